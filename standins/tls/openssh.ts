// A key in the forms of OpenSSH: its PROTOCOL.key file for the private one, RFC 4253 and 5656 for
// the public one. Node's crypto module has no export for them.
import { createHash, randomBytes, type JsonWebKey, type KeyObject } from "node:crypto";
import { toPem } from "./key.ts";

const CURVES: Readonly<Record<string, string>> = {
  "P-256": "nistp256",
  "P-384": "nistp384",
  "P-521": "nistp521",
};

export interface OpensshForms {
  readonly [form: string]: string;
  readonly privateKeyOpenssh: string;
  readonly publicKeyOpenssh: string;
  readonly publicKeyFingerprintMd5: string;
  readonly publicKeyFingerprintSha256: string;
}

/** OpenSSH knows no P-224: there the official plugin leaves all of them empty, and so does this. */
export function openssh(key: KeyObject): OpensshForms {
  if (key.asymmetricKeyDetails?.namedCurve === "secp224r1") {
    return {
      privateKeyOpenssh: "",
      publicKeyOpenssh: "",
      publicKeyFingerprintMd5: "",
      publicKeyFingerprintSha256: "",
    };
  }
  const { type, publicFields, privateFields } = fields(key.export({ format: "jwk" }));
  const publicBlob = Buffer.concat([string(type), ...publicFields]);
  const md5 = createHash("md5").update(publicBlob).digest("hex");
  const sha256 = createHash("sha256").update(publicBlob).digest("base64");
  return {
    privateKeyOpenssh: privateFile(type, publicBlob, privateFields),
    publicKeyOpenssh: `${type} ${publicBlob.toString("base64")}\n`,
    publicKeyFingerprintMd5: md5.replace(/..(?=.)/g, "$&:"),
    publicKeyFingerprintSha256: `SHA256:${sha256.replace(/=+$/, "")}`,
  };
}

function fields(jwk: JsonWebKey) {
  const { n, e, d, p, q, qi, x, y, crv = "" } = decoded(jwk);
  switch (jwk.kty) {
    case "RSA":
      return {
        type: "ssh-rsa",
        publicFields: [integer(e), integer(n)],
        privateFields: [n, e, d, qi, p, q].map(integer),
      };
    case "EC": {
      const curve = CURVES[crv] ?? "";
      const point = string(Buffer.concat([Buffer.from([4]), x, y]));
      const publicFields = [string(curve), point];
      return {
        type: `ecdsa-sha2-${curve}`,
        publicFields,
        privateFields: [...publicFields, integer(d)],
      };
    }
    default:
      return {
        type: "ssh-ed25519",
        publicFields: [string(x)],
        privateFields: [string(x), string(Buffer.concat([d, x]))],
      };
  }
}

function decoded({ n, e, d, p, q, qi, x, y, crv }: JsonWebKey) {
  const bytes = (field?: string) => Buffer.from(field ?? "", "base64url");
  return {
    n: bytes(n),
    e: bytes(e),
    d: bytes(d),
    p: bytes(p),
    q: bytes(q),
    qi: bytes(qi),
    x: bytes(x),
    y: bytes(y),
    crv,
  };
}

function privateFile(type: string, publicBlob: Buffer, privateFields: Buffer[]): string {
  // The same number twice: with a passphrase it would tell whether the right one was used.
  const check = randomBytes(4);
  const noComment = string("");
  const body = Buffer.concat([check, check, string(type), ...privateFields, noComment]);
  const padding = Buffer.from(Array.from({ length: -body.length & 7 }, (_, index) => index + 1));
  const file = Buffer.concat([
    Buffer.from("openssh-key-v1\0"),
    string("none"),
    string("none"),
    string(""),
    uint32(1),
    string(publicBlob),
    string(Buffer.concat([body, padding])),
  ]);
  return toPem(file, "OPENSSH PRIVATE KEY");
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

function string(value: string | Buffer): Buffer {
  const bytes = Buffer.from(value);
  return Buffer.concat([uint32(bytes.length), bytes]);
}

/** A number without leading zeros, but never one that would read as negative. */
function integer(value: Buffer): Buffer {
  const first = value.findIndex((byte) => byte !== 0);
  const digits = first === -1 ? Buffer.alloc(0) : value.subarray(first);
  const negative = (digits[0] ?? 0) > 0x7f;
  return string(negative ? Buffer.concat([Buffer.from([0]), digits]) : digits);
}
