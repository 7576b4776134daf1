import { generateKeyPairSync, type KeyObject } from "node:crypto";
import ssh from "ssh2";
import { loginKey } from "../../components/model/login-key.ts";
import { ed25519Keys } from "../support/ssh-keys.ts";
import { lockedKey } from "../support/ssh-machine.ts";

const ed25519 = generateKeyPairSync("ed25519").privateKey;
const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey;
const curve = (namedCurve: string): KeyObject =>
  generateKeyPairSync("ec", { namedCurve }).privateKey;
const pkcs8 = (key: KeyObject): string => key.export({ type: "pkcs8", format: "pem" }).toString();
const openssh = ed25519Keys().private;
/** As `openssl ecparam -genkey` writes it. */
const parameters = "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n";

function privateKeyIn(text: string): string {
  const found = loginKey(text);
  if (!("privateKey" in found)) throw new Error(JSON.stringify(found));
  return found.privateKey;
}

/** What of a key stands in its public half on the wire. */
function publicParts(key: KeyObject): Buffer[] {
  const { n, e, x, y = "" } = key.export({ format: "jwk" });
  const parts = n === undefined || e === undefined ? [x ?? "", y] : [e, n];
  return parts.map((part) => Buffer.from(part, "base64url"));
}

describe("keys in PKCS#8, which ssh2 does not read", () => {
  test.each([
    ["ed25519", ed25519, "ssh-ed25519"],
    ["RSA", rsa, "ssh-rsa"],
    ["P-256", curve("P-256"), "ecdsa-sha2-nistp256"],
    ["P-384", curve("P-384"), "ecdsa-sha2-nistp384"],
    ["P-521", curve("P-521"), "ecdsa-sha2-nistp521"],
  ])("%s: the same key, in the same text every time", (_case, key, type) => {
    const converted = privateKeyIn(pkcs8(key));
    expect(privateKeyIn(pkcs8(key))).toBe(converted);
    const read = ssh.utils.parseKey(converted);
    if (read instanceof Error) throw read;
    expect(read).toMatchObject({ type });
    for (const part of publicParts(key)) expect(read.getPublicSSH().includes(part)).toBe(true);
    const signature = read.sign("text");
    if (signature instanceof Error) throw signature;
    expect(read.verify("text", signature)).toBe(true);
  });

  test.each([
    [
      "a passphrase",
      ed25519.export({ type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase: "x" }),
      "locked",
    ],
    ["another curve", pkcs8(curve("secp256k1")), "kind"],
    ["ed448", pkcs8(generateKeyPairSync("ed448").privateKey), "kind"],
    [
      "a content that is none",
      "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
      "none",
    ],
  ])("with %s", (_case, text, fault) => {
    expect(loginKey(String(text))).toEqual({ fault });
  });
});

describe("keys that both clients read stay as they are, to the byte: states hold them", () => {
  test.each([
    ["OpenSSH's own", openssh],
    ["PKCS#1", rsa.export({ type: "pkcs1", format: "pem" }).toString()],
    ["SEC1", curve("P-256").export({ type: "sec1", format: "pem" }).toString()],
    ["with the line ends of Windows", openssh.replaceAll("\n", "\r\n")],
    ["without a last line end", openssh.trim()],
  ])("%s", (_case, text) => {
    expect(loginKey(text)).toEqual({ privateKey: text });
  });
});

test.each([
  ["the parameters of its curve", parameters],
  ["what openssl says of it", "Bag Attributes\n    friendlyName: ops\n"],
])("%s before a key is left out", (_case, before) => {
  const key = curve("P-256").export({ type: "sec1", format: "pem" }).toString();
  expect(loginKey(before + key)).toEqual({ privateKey: key });
});

test.each([
  ["one with a passphrase", lockedKey(), "locked"],
  [
    "an old one with a passphrase",
    rsa.export({ type: "pkcs1", format: "pem", cipher: "aes-128-cbc", passphrase: "x" }).toString(),
    "locked",
  ],
  ["PuTTY's", "PuTTY-User-Key-File-3: ssh-ed25519\nEncryption: none\n", "putty"],
  ["a certificate", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "none"],
  ["half a key", openssh.slice(0, 100), "none"],
  ["a word", "secret", "none"],
  ["nothing", "", "none"],
  ["a public key on a token", "sk-ssh-ed25519@openssh.com AAAAGnNr ops@a", "kind"],
  ["a certificate of SSH", "ssh-ed25519-cert-v01@openssh.com AAAAIHNz ops@a", "kind"],
])("what can't be used: %s", (_case, text, fault) => {
  expect(loginKey(text)).toEqual({ fault });
});

test("a public key is the one of an agent", () => {
  const publicKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGVkMjU1MTk";
  expect(loginKey(`${publicKey} ops@a\n`)).toEqual({ publicKey });
});
