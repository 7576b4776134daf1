// Who a certificate is for: subjects and alternative names, from request to certificate.
import type { Values } from "../values.ts";
import { PluginClient } from "./plugin-client.ts";
import {
  certificate,
  extension,
  LOCALLY_SIGNED,
  material,
  NAMES,
  REQUEST,
  requestedNames,
  SELF_SIGNED,
  type Material,
} from "./tls-material.ts";

let plugin: PluginClient;
let made: Material;

beforeAll(async () => {
  plugin = await PluginClient.start("tls");
  await plugin.configure();
  made = await material(plugin);
}, 30_000);

afterAll(() => plugin.stop());

/** A request for these, and the certificate that the authority gives it. */
async function issue(inputs: Values) {
  const request = await plugin.make(REQUEST, { privateKeyPem: made.hostKey, ...inputs });
  const certRequestPem = request.state["certRequestPem"] ?? null;
  const leaf = await plugin.make(LOCALLY_SIGNED, made.leafInputs({ certRequestPem }));
  return { request, leaf, cert: certificate(leaf) };
}

describe("alternative names", () => {
  test.each<[string, Values, string]>([
    ["a wildcard", { dnsNames: ["*.example.org"] }, "DNS:*.example.org"],
    ["a name of one word", { dnsNames: ["localhost"] }, "DNS:localhost"],
    ["names twice", { dnsNames: ["a", "a"] }, "DNS:a, DNS:a"],
    [
      "IPv6, however it is written",
      { ipAddresses: ["::1", "FD00:0:0:0:0:0:0:5"] },
      "IP Address:0:0:0:0:0:0:0:1, IP Address:FD00:0:0:0:0:0:0:5",
    ],
    ["IPv4 in the clothes of IPv6", { ipAddresses: ["::ffff:10.0.0.4"] }, "IP Address:10.0.0.4"],
    [
      "all kinds, in their order",
      { uris: ["spiffe://a/b"], ipAddresses: ["10.0.0.4"], dnsNames: ["a.b"] },
      "DNS:a.b, IP Address:10.0.0.4, URI:spiffe://a/b",
    ],
  ])("%s", async (_what, names, expected) => {
    const { cert } = await issue({ subject: { commonName: "c" }, ...names });
    expect(cert.subjectAltName).toBe(expected);
  });

  test("a wildcard covers one level of names, and clients take it", async () => {
    const { cert } = await issue({ dnsNames: ["*.example.org"] });
    expect(cert.checkHost("web-1.example.org")).toBe("*.example.org");
    expect(cert.checkHost("a.web-1.example.org")).toBeUndefined();
  });

  test("empty lists are no names", async () => {
    const none = { dnsNames: [], ipAddresses: [], uris: [] };
    const { cert, request } = await issue({ subject: { commonName: "c" }, ...none });
    expect(cert.subjectAltName).toBeUndefined();
    expect(requestedNames(request)).toBeUndefined();
    expect(request.state).toMatchObject(none);
  });

  test("without a subject they are critical in the certificate, but not in the request", async () => {
    const { leaf, request } = await issue({ dnsNames: ["a.b"] });
    expect([requestedNames(request)?.critical, extension(leaf, NAMES)?.critical]).toEqual([
      false,
      true,
    ]);
    const { leaf: named } = await issue({ dnsNames: ["a.b"], subject: { commonName: "c" } });
    expect(extension(named, NAMES)?.critical).toBe(false);
  });

  test.each<[string, Values, RegExp]>([
    ["half an address", { ipAddresses: ["10.0.0"] }, /Invalid IP address: .* "10\.0\.0"/],
    ["a network", { ipAddresses: ["10.0.0.0/8"] }, /Invalid IP address/],
    ["an address with a zone", { ipAddresses: ["fe80::1%eth0"] }, /Invalid IP address/],
    ["no address at all", { ipAddresses: [""] }, /ip_addresses\[0\] string length must be at le/],
    [
      "a name that is not ASCII",
      { dnsNames: ["ü.de"] },
      /"ü\.de" cannot be encoded as an IA5String/,
    ],
    [
      "a blank in a URI",
      { uris: ["http://a b/"] },
      /Invalid URI: Failed to parse "http:\/\/a b\/"/,
    ],
    ["a URI with a word for a port", { uris: ["http://a:b/"] }, /Invalid URI: Failed to parse/],
  ])("%s is refused", async (_what, names, reason) => {
    await expect(plugin.make(REQUEST, made.requestInputs(names))).rejects.toThrow(reason);
  });
});

describe("the subject", () => {
  const subject = {
    commonName: "c",
    country: "DE",
    emailAddress: "a@b.c",
    locality: "l",
    organization: "o",
    organizationalUnit: "ou",
    postalCode: "pc",
    province: "p",
    serialNumber: "s",
    streetAddresses: ["one", "two"],
  };

  test("a certificate has what its request has, but for the e-mail address", async () => {
    const { cert } = await issue({ subject });
    const lines = cert.subject.split(/\n| \+ /);
    expect(lines.toSorted()).toEqual([
      "C=DE",
      "CN=c",
      "L=l",
      "O=o",
      "OU=ou",
      "ST=p",
      "postalCode=pc",
      "serialNumber=s",
      "street=one",
      "street=two",
    ]);
    const own = await plugin.make(SELF_SIGNED, made.authorityInputs({ subject }));
    expect(certificate(own).subject).toContain("emailAddress=a@b.c");
  });

  test("an empty common name is none", async () => {
    const { cert } = await issue({ subject: { commonName: "", organization: "o" } });
    expect(cert.subject).toBe("O=o");
  });

  test("letters beyond ASCII arrive", async () => {
    const { cert } = await issue({ subject: { commonName: "Zoë & Söhne" } });
    expect(cert.toLegacyObject().subject.CN).toBe("Zoë & Söhne");
  });
});

describe("a changed request is a new one", () => {
  test.each<[string, Values, string]>([
    ["one more name", { dnsNames: ["web-1.example", "b"] }, "dnsNames"],
    ["names in another order", { ipAddresses: ["fd00::4", "10.0.0.4"] }, "ipAddresses"],
    ["no names where there were some", { uris: [] }, "uris"],
    ["another subject", { subject: { commonName: "web-2" } }, "subject"],
    ["one more part of the subject", { subject: { commonName: "web-1", country: "" } }, "subject"],
  ])("%s", async (_what, change, property) => {
    const difference = await plugin.diff(REQUEST, made.request, made.requestInputs(change));
    expect(difference.replaces).toEqual([property]);
  });

  // A program that leaves a list out must not start to say that it is empty.
  test("an empty list is not the same as none", async () => {
    const { uris: _, ...without } = made.requestInputs();
    const old = await plugin.make(REQUEST, without);
    expect((await plugin.diff(REQUEST, old, without)).changes).toBe(false);
    expect((await plugin.diff(REQUEST, old, { ...without, uris: [] })).replaces).toEqual(["uris"]);
  });
});
