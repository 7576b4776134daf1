import "../../support/errors-of-node.ts";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { lifetime } from "../../../components/model/certificates.ts";
import { formatProblem } from "../../../components/model/problem.ts";
import { readClient } from "../../../components/stack/certificate-request.ts";

const body = `MIGMMEACAQAwDTELMAkGA1UEAwwCY2kwKjAFBgMrZXADIQAOBgS9bs+q8A1vCRTG
Db4vMtarWZ1WmTSmKGL+qfw7x6AAMAUGAytlcANBAIqk1BBNmrcc4tyoHfKioZJv
D7lsW04lw4hv/mGsgL5DJIRJcOQQ+QDTFjBN7T/J8fvBQq/tubI99KI/6KxrsAo=`;
const request = `-----BEGIN CERTIFICATE REQUEST-----\n${body}\n-----END CERTIFICATE REQUEST-----\n`;
const key = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n";
let folder: string;
beforeAll(() => (folder = mkdtempSync(join(tmpdir(), "requests-"))));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

function read(certificateRequestPem: string | undefined): string | undefined {
  const client = readClient({
    ...{ name: "ci", group: undefined, algorithm: undefined, certificateRequestPem },
    lifetime: lifetime(undefined, 720),
  });
  return "problem" in client
    ? formatProblem(client.problem).replaceAll(folder, "FOLDER")
    : client.request;
}

test("none is none", () => {
  expect(read(undefined)).toBeUndefined();
});

test.each([
  ["as openssl prints it", request],
  ["with text around it", `Certificate Request:\n    Data:\n${request}\n`],
  ["with Windows' line ends", request.replaceAll("\n", "\r\n")],
  ["as older programs call it", request.replaceAll("CERT", "NEW CERT")],
])("a request %s is read from text and from a file, in one form", (_case, text) => {
  writeFileSync(join(folder, "ci.csr"), text);
  expect(read(text)).toBe(request);
  expect(read(join(folder, "ci.csr"))).toBe(request);
});

const where = "dockertls:clients.ci.certificateRequestPem:";
const none =
  "holds no certificate request; there is nothing to sign; write what `openssl req -new -key KEY -subj /CN=NAME` prints";
test.each([
  ["a certificate", request.replaceAll(" REQUEST", ""), none],
  ["half of one", request.replace(body, body.slice(0, 64)), none],
  ["another kind of data", request.replace(body, "MAMCAQE="), none],
  [
    "a private key beside it",
    `${key}${request}`,
    "holds a private key; it would be kept where only a request belongs; write the request alone, and consider who has seen the key",
  ],
])("%s is none", (_case, text, problem) => {
  expect(read(text)).toBe(`${where} ${problem}`);
  writeFileSync(join(folder, "ci.csr"), text);
  expect(read(join(folder, "ci.csr"))).toBe(`${where} "FOLDER/ci.csr" ${problem}`);
});

test("a file that is not there is told", () => {
  expect(read(join(folder, "none.csr"))).toBe(
    `${where} "FOLDER/none.csr" can't be read (ENOENT); there is nothing to sign; correct the path, which is relative to the project, or write the PEM text itself`,
  );
});
