import { createHash } from "node:crypto";
import { AsnConvert, OctetString } from "@peculiar/asn1-schema";
import {
  AuthorityKeyIdentifier,
  BasicConstraints,
  ExtendedKeyUsage,
  Extension,
  KeyIdentifier,
  KeyUsage,
  SubjectAlternativeName,
  SubjectKeyIdentifier,
  type GeneralName,
  type SubjectPublicKeyInfo,
} from "@peculiar/asn1-x509";
import type { CertificateInputs } from "../certificate.ts";
import { toArrayBuffer } from "./signature.ts";
import { EXTENDED_KEY_USAGES, KEY_USAGES } from "./uses.ts";

const ID = {
  subjectKeyIdentifier: "2.5.29.14",
  keyUsage: "2.5.29.15",
  subjectAlternativeName: "2.5.29.17",
  basicConstraints: "2.5.29.19",
  authorityKeyIdentifier: "2.5.29.35",
  extendedKeyUsage: "2.5.29.37",
};

const ED25519 = "1.3.101.112";

/** Key usages that are asked for, or none. */
export function usageExtensions({ allowedUses }: CertificateInputs): Extension[] {
  const flags = allowedUses.reduce((bits, use) => {
    const bit = KEY_USAGES[use];
    return bit === undefined ? bits : bits | (1 << bit);
  }, 0);
  const purposes = allowedUses.flatMap((use) => EXTENDED_KEY_USAGES[use] ?? []);
  return [
    ...(flags === 0 ? [] : [extension(ID.keyUsage, new KeyUsage(flags), true)]),
    ...(purposes.length === 0
      ? []
      : [extension(ID.extendedKeyUsage, new ExtendedKeyUsage(purposes), false)]),
  ];
}

export function basicConstraints(inputs: CertificateInputs): Extension {
  const { isCaCertificate: cA, maxPathLength = 0 } = inputs;
  if (!cA && maxPathLength > 0) {
    throw new Error("x509: only CAs are allowed to specify MaxPathLen");
  }
  // The official plugin can't tell a length of 0 from none, and leaves both out.
  const value = new BasicConstraints({
    cA,
    ...(maxPathLength > 0 && { pathLenConstraint: maxPathLength }),
  });
  return extension(ID.basicConstraints, value, true);
}

export function subjectKeyIdentifier(id: ArrayBuffer): Extension {
  return extension(ID.subjectKeyIdentifier, new SubjectKeyIdentifier(id), false);
}

export function authorityKeyIdentifier(id: ArrayBuffer): Extension {
  const keyIdentifier = new KeyIdentifier(id);
  const value = new AuthorityKeyIdentifier({ keyIdentifier });
  return extension(ID.authorityKeyIdentifier, value, false);
}

/** Critical in a certificate that has no subject to go by, RFC 5280, 4.2.1.6. */
export function subjectAlternativeName(names: GeneralName[], critical: boolean): Extension[] {
  if (names.length === 0) return [];
  return [extension(ID.subjectAlternativeName, new SubjectAlternativeName(names), critical)];
}

/** SHA-1 of the public key, RFC 5280, 4.2.1.2; of Ed25519's, the official plugin hashes the DER. */
export function keyId(publicKey: SubjectPublicKeyInfo): ArrayBuffer {
  const bits = publicKey.subjectPublicKey;
  const hashed =
    publicKey.algorithm.algorithm === ED25519 ? AsnConvert.serialize(new OctetString(bits)) : bits;
  return toArrayBuffer(createHash("sha1").update(Buffer.from(hashed)).digest());
}

export function parseSubjectKeyId(extensions: readonly Extension[]): ArrayBuffer | undefined {
  const found = extensions.find(({ extnID }) => extnID === ID.subjectKeyIdentifier);
  return found && AsnConvert.parse(found.extnValue, SubjectKeyIdentifier).buffer;
}

export function parseIsAuthority(extensions: readonly Extension[]): boolean {
  const found = extensions.find(({ extnID }) => extnID === ID.basicConstraints);
  return found !== undefined && AsnConvert.parse(found.extnValue, BasicConstraints).cA;
}

export function parseAlternativeNames(extensions: readonly Extension[]): GeneralName[] {
  const found = extensions.find(({ extnID }) => extnID === ID.subjectAlternativeName);
  return found ? [...AsnConvert.parse(found.extnValue, SubjectAlternativeName)] : [];
}

function extension(extnID: string, value: object, critical: boolean): Extension {
  const extnValue = new OctetString(AsnConvert.serialize(value));
  return new Extension({ extnID, critical, extnValue });
}
