import { sign, type KeyObject } from "node:crypto";
import { AlgorithmIdentifier } from "@peculiar/asn1-x509";

interface Scheme {
  readonly algorithm: string;
  /** Ed25519 hashes on its own. */
  readonly digest: string | null;
  readonly nullParameters?: boolean;
}

const RSA: Scheme = { algorithm: "1.2.840.113549.1.1.11", digest: "sha256", nullParameters: true };
const ED25519: Scheme = { algorithm: "1.3.101.112", digest: null };
const ECDSA_SHA256: Scheme = { algorithm: "1.2.840.10045.4.3.2", digest: "sha256" };
const ECDSA: Readonly<Record<string, Scheme>> = {
  secp384r1: { algorithm: "1.2.840.10045.4.3.3", digest: "sha384" },
  secp521r1: { algorithm: "1.2.840.10045.4.3.4", digest: "sha512" },
};

export function signatureAlgorithm(key: KeyObject): AlgorithmIdentifier {
  const { algorithm, nullParameters } = schemeOf(key);
  return new AlgorithmIdentifier(nullParameters ? { algorithm, parameters: null } : { algorithm });
}

export function signatureOf(der: ArrayBuffer, key: KeyObject): ArrayBuffer {
  return toArrayBuffer(sign(schemeOf(key).digest, Buffer.from(der), key));
}

export function toArrayBuffer(bytes: Uint8Array): ArrayBuffer {
  return Uint8Array.from(bytes).buffer;
}

function schemeOf(key: KeyObject): Scheme {
  if (key.asymmetricKeyType === "rsa") return RSA;
  if (key.asymmetricKeyType === "ed25519") return ED25519;
  return ECDSA[key.asymmetricKeyDetails?.namedCurve ?? ""] ?? ECDSA_SHA256;
}
