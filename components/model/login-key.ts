// The private keys that people have, in a form that both SSH clients read: ssh2, which looks at machines, and Go's,
// by which @pulumi/command changes them. States hold the result, so the same key must always give the same text.
import { createPrivateKey, type KeyObject } from "node:crypto";
import { sha256 } from "./digest.ts";

/** Why a text is no key to log in with. */
export type KeyFault =
  /** No key at all. */
  | "none"
  /** Protected by a passphrase. */
  | "locked"
  /** PuTTY's own format. */
  | "putty"
  /** Of a kind that one of the clients does not know. */
  | "kind";

/** A private key to log in with, or the public one of a key that an agent holds. */
export type LoginKey =
  { readonly privateKey: string } | { readonly publicKey: string } | { readonly fault: KeyFault };

const pem = /-----BEGIN ((?:[A-Z0-9]+ )*?)PRIVATE KEY-----[\s\S]+?-----END \1PRIVATE KEY-----/;
const publicLine = /^(?:(?:ssh|ecdsa|sk)-\S+) AAAA\S+/;
const publicKinds = /^(ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(256|384|521)) ([A-Za-z0-9+/]+={0,2})/;

export function loginKey(text: string): LoginKey {
  const trimmed = text.trim();
  if (trimmed.startsWith("PuTTY-User-Key-File-")) return { fault: "putty" };
  if (publicLine.test(trimmed)) {
    const [publicKey] = publicKinds.exec(trimmed) ?? [];
    return publicKey === undefined ? { fault: "kind" } : { publicKey };
  }
  const [block, label = ""] = pem.exec(trimmed) ?? [];
  if (block === undefined) return { fault: "none" };
  if (isLocked(block, label)) return { fault: "locked" };
  if (label === "") return fromPkcs8(block);
  // What stands around it, such as the parameters of its curve, ssh2 does not pass over.
  return { privateKey: block === trimmed ? text : `${block}\n` };
}

function isLocked(block: string, label: string): boolean {
  if (label !== "OPENSSH ") return label === "ENCRYPTED " || /^Proc-Type: 4,ENCRYPTED/m.test(block);
  const content = Buffer.from(block.replace(/-----[^-]+-----|\s/g, ""), "base64");
  // PROTOCOL.key: a word that says what it is, then the name of a cipher.
  const name = content.subarray(opensshMagic.length);
  return name.length > 4 && name.subarray(4, 4 + name.readUInt32BE()).toString() !== "none";
}

function fromPkcs8(block: string): LoginKey {
  let key: KeyObject;
  try {
    key = createPrivateKey(block);
  } catch {
    return { fault: "none" };
  }
  switch (key.asymmetricKeyType) {
    case "rsa":
      return { privateKey: key.export({ format: "pem", type: "pkcs1" }).toString() };
    case "ec":
      return /^(prime256v1|secp384r1|secp521r1)$/.test(key.asymmetricKeyDetails?.namedCurve ?? "")
        ? { privateKey: key.export({ format: "pem", type: "sec1" }).toString() }
        : { fault: "kind" };
    case "ed25519":
      return { privateKey: opensshEd25519(key) };
    default:
      return { fault: "kind" };
  }
}

const opensshMagic = "openssh-key-v1\0";

/** An ed25519 key in OpenSSH's format (PROTOCOL.key), the only one of it that ssh2 reads. */
function opensshEd25519(key: KeyObject): string {
  const { d = "", x = "" } = key.export({ format: "jwk" });
  const secret = Buffer.from(d, "base64url");
  const point = Buffer.from(x, "base64url");
  const publicKey = Buffer.concat([field("ssh-ed25519"), field(point)]);
  // Twice the same number, which says whether a passphrase was right. Elsewhere it is random.
  const check = Buffer.from(sha256(publicKey.toString("base64")).slice(0, 8), "hex");
  const inner = Buffer.concat([
    check,
    check,
    publicKey,
    field(Buffer.concat([secret, point])),
    field(""),
  ]);
  const padding = Buffer.from(Array.from({ length: -inner.length & 7 }, (_, at) => at + 1));
  const content = Buffer.concat([
    Buffer.from(opensshMagic),
    ...[field("none"), field("none"), field(""), uint32(1), field(publicKey)],
    field(Buffer.concat([inner, padding])),
  ]);
  const lines = content.toString("base64").match(/.{1,70}/g) ?? [];
  return [
    "-----BEGIN OPENSSH PRIVATE KEY-----",
    ...lines,
    "-----END OPENSSH PRIVATE KEY-----",
    "",
  ].join("\n");
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

function field(content: string | Buffer): Buffer {
  const bytes = Buffer.from(content as string);
  return Buffer.concat([uint32(bytes.length), bytes]);
}
