import { createPublicKey, randomBytes, type KeyObject } from "node:crypto";
import { AsnConvert } from "@peculiar/asn1-schema";
import { Certificate, Extensions, TBSCertificate, Validity, Version } from "@peculiar/asn1-x509";
import type { Extension, GeneralName, Name } from "@peculiar/asn1-x509";
import { explained, type CertificateInputs } from "../certificate.ts";
import {
  authorityKeyIdentifier,
  basicConstraints,
  keyId,
  parseIsAuthority,
  parseSubjectKeyId,
  subjectAlternativeName,
  subjectKeyIdentifier,
  usageExtensions,
} from "./extensions.ts";
import { publicKeyInfo } from "./request.ts";
import { signatureAlgorithm, signatureOf, toArrayBuffer } from "./signature.ts";

export interface Authority {
  readonly subject: Name;
  readonly isAuthority: boolean;
  readonly keyId: ArrayBuffer | undefined;
  readonly publicKey: KeyObject;
}

export interface Order {
  readonly subject: Name;
  readonly names: GeneralName[];
  readonly publicKey: KeyObject;
  /** Left out, the certificate signs itself. */
  readonly authority?: Authority;
  readonly signingKey: KeyObject;
  readonly start: Date;
  readonly end: Date;
  readonly inputs: CertificateInputs;
}

/** Makes and signs a certificate; its serial number is decimal, the certificate is DER. */
export function issue(order: Order): { serial: string; der: Buffer } {
  const { subject, signingKey, inputs } = order;
  if (inputs.isCaCertificate && subject.length === 0) {
    throw new Error(
      "Invalid Certificate Subject: Must contain at least one Distinguished Name when creating " +
        "Certificate Authority (CA)",
    );
  }
  const extensions = extensionsOf(order);
  assertKeyOf(order);

  const serial = randomBytes(16);
  const algorithm = signatureAlgorithm(signingKey);
  const tbsCertificate = new TBSCertificate({
    version: Version.v3,
    serialNumber: positive(serial),
    signature: algorithm,
    issuer: order.authority?.subject ?? subject,
    validity: new Validity({ notBefore: order.start, notAfter: order.end }),
    subject,
    subjectPublicKeyInfo: publicKeyInfo(order.publicKey),
    extensions: new Extensions(extensions),
  });
  const certificate = new Certificate({
    tbsCertificate,
    signatureAlgorithm: algorithm,
    signatureValue: signatureOf(AsnConvert.serialize(tbsCertificate), signingKey),
  });
  return {
    serial: BigInt(`0x${serial.toString("hex")}`).toString(),
    der: Buffer.from(AsnConvert.serialize(certificate)),
  };
}

export function parseAuthority(der: Buffer): Authority {
  const { tbsCertificate } = explained("failed to parse certificate", () =>
    AsnConvert.parse(der, Certificate),
  );
  const extensions = tbsCertificate.extensions ?? new Extensions();
  return {
    subject: tbsCertificate.subject,
    isAuthority: parseIsAuthority(extensions),
    keyId: parseSubjectKeyId(extensions),
    publicKey: createPublicKey({
      key: Buffer.from(AsnConvert.serialize(tbsCertificate.subjectPublicKeyInfo)),
      format: "der",
      type: "spki",
    }),
  };
}

function extensionsOf({ subject, names, publicKey, authority, inputs }: Order): Extension[] {
  const named = inputs.isCaCertificate || inputs.setSubjectKeyId;
  const own = named ? keyId(publicKeyInfo(publicKey)) : undefined;
  if (inputs.setAuthorityKeyId && own === undefined) {
    throw new Error("Invalid Certificate Authority: Could not determine Authority Key Identifier");
  }
  // A certificate names its issuer's key unless it is its own issuer; then only when asked to.
  const issuers = authority && !sameName(authority.subject, subject) ? authority.keyId : undefined;
  const signer = issuers ?? (inputs.setAuthorityKeyId ? own : undefined);
  return [
    ...usageExtensions(inputs),
    explained("Failed to create certificate", () => basicConstraints(inputs)),
    ...(own ? [subjectKeyIdentifier(own)] : []),
    ...(signer ? [authorityKeyIdentifier(signer)] : []),
    ...subjectAlternativeName(names, subject.length === 0),
  ];
}

function assertKeyOf({ authority, signingKey }: Order): void {
  // By their bytes: comparing keys of different types leaves an error behind in OpenSSL, which the
  // next key that is read would be blamed for.
  if (!authority || spki(authority.publicKey).equals(spki(createPublicKey(signingKey)))) return;
  throw new Error(
    "Failed to create certificate: x509: provided PrivateKey doesn't match parent's PublicKey",
  );
}

function spki(key: KeyObject): Buffer {
  return key.export({ type: "spki", format: "der" });
}

function sameName(a: Name, b: Name): boolean {
  return Buffer.from(AsnConvert.serialize(a)).equals(Buffer.from(AsnConvert.serialize(b)));
}

/** An INTEGER in DER: no more zeros in front than it takes not to be negative. */
function positive(bytes: Buffer): ArrayBuffer {
  const first = bytes.findIndex((byte) => byte !== 0);
  const digits = first === -1 ? Buffer.from([0]) : bytes.subarray(first);
  const negative = (digits[0] ?? 0) > 0x7f;
  return toArrayBuffer(negative ? Buffer.concat([Buffer.from([0]), digits]) : digits);
}
