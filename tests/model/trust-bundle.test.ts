import { authoritiesIn, trustBundle } from "../../components/model/trust-bundle.ts";
import { makeAuthority } from "../support/authority.ts";

const one = await makeAuthority("One");
const two = await makeAuthority("Two");
const leaf = await one.issue("client");

const subjectsIn = (text: string): string[] => {
  const found = authoritiesIn(text);
  if ("what" in found) throw new Error(found.what);
  return found.map(({ subject }) => subject);
};

test("certificates of authorities, whatever stands around them and however lines end", () => {
  const text = `Certificate:\n  Data: …\n${one.certificate}\r\n\n# the old one\n${two.certificate}`;
  expect(subjectsIn(text)).toEqual(["CN=One", "CN=Two"]);
  expect(subjectsIn(text.replaceAll("\n", "\r\n"))).toEqual(["CN=One", "CN=Two"]);
});

test.each([
  ["a private key", `${one.certificate}\n${one.privateKey}`, "holds a private key"],
  ["half a private key", one.privateKey.slice(0, 60), "holds a private key"],
  [
    "a request",
    "-----BEGIN CERTIFICATE REQUEST-----\nAA==\n-----END CERTIFICATE REQUEST-----\n",
    "holds something besides whole certificates",
  ],
  [
    "half a certificate",
    one.certificate.slice(0, 90),
    "holds something besides whole certificates",
  ],
  ["nothing", "\n", "holds no certificate"],
  [
    "a certificate that is none",
    "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
    "certificate 1 can't be read",
  ],
  [
    "a client's certificate",
    `${one.certificate}\n${leaf.certificate}\n`,
    "certificate 2 is not of an authority (it lacks CA:TRUE)",
  ],
])("%s is refused, and not repeated", (_what, text, what) => {
  const found = authoritiesIn(text);
  expect(found).toMatchObject({ what });
  expect(JSON.stringify(found)).not.toContain("-----");
});

describe("the bundle", () => {
  test("with nobody else is our own authority's text, to the byte", () => {
    expect(trustBundle("OURS", [])).toBe("OURS");
  });

  test("has ours first, and each of the others once", () => {
    const bundle = trustBundle(`${one.certificate}\n`, [two.certificate, two.certificate]);
    expect(subjectsIn(bundle)).toEqual(["CN=One", "CN=Two"]);
    expect(bundle.endsWith("-----\n")).toBe(true);
  });
});
