import { createPrivateKey, randomBytes, sign, X509Certificate, type KeyObject } from "node:crypto";
import { loaded } from "./certificate-extensions.ts";

/** Name of a signature's algorithm (RFC 5758, RFC 8017, RFC 8410), by the kind of key. */
const signatures: Readonly<Record<string, { readonly id: string; readonly hash: string | null }>> =
  {
    rsa: { id: "1.2.840.113549.1.1.11", hash: "sha256" },
    prime256v1: { id: "1.2.840.10045.4.3.2", hash: "sha256" },
    secp384r1: { id: "1.2.840.10045.4.3.3", hash: "sha384" },
    secp521r1: { id: "1.2.840.10045.4.3.4", hash: "sha512" },
    ed25519: { id: "1.3.101.112", hash: null },
  };

/**
 * One authority certified by another: its name, key and limits as they are, to the byte, under the other's signature.
 * It lives as long as both of them do. All PEM.
 */
export function certifiedBy(newer: string, older: string, olderKey: string): string {
  const { AsnConvert, x509 } = loaded();
  const [subject, issuer] = [newer, older].map((pem) => new X509Certificate(pem));
  if (subject === undefined || issuer === undefined) throw new Error("no certificate");
  const { tbsCertificate } = AsnConvert.parse(subject.raw, x509.Certificate);
  const above = AsnConvert.parse(issuer.raw, x509.Certificate).tbsCertificate;
  const key = createPrivateKey(olderKey);
  const { id, hash } = signatureOf(key);
  const signatureAlgorithm = new x509.AlgorithmIdentifier({
    algorithm: id,
    // What RFC 8017, A.2.4 wants, and the others don't.
    ...(key.asymmetricKeyType === "rsa" ? { parameters: null } : {}),
  });
  const keyIdOfIssuer = above.extensions?.find(
    ({ extnID }) => extnID === x509.id_ce_subjectKeyIdentifier,
  );
  // Of its first issuer, and of what only that one says.
  const kept = [
    ...[x509.id_ce_basicConstraints, x509.id_ce_keyUsage, x509.id_ce_extKeyUsage],
    ...[x509.id_ce_nameConstraints, x509.id_ce_subjectKeyIdentifier],
  ];
  const limits = tbsCertificate.extensions?.filter(({ extnID }) => kept.includes(extnID)) ?? [];
  const content = new x509.TBSCertificate({
    version: x509.Version.v3,
    serialNumber: serial(),
    signature: signatureAlgorithm,
    issuer: above.subject,
    validity: new x509.Validity({
      notBefore: new Date(Math.max(...[subject, issuer].map((one) => one.validFromDate.getTime()))),
      notAfter: new Date(Math.min(...[subject, issuer].map((one) => one.validToDate.getTime()))),
    }),
    subject: tbsCertificate.subject,
    subjectPublicKeyInfo: tbsCertificate.subjectPublicKeyInfo,
    extensions: new x509.Extensions([
      ...limits,
      ...(keyIdOfIssuer === undefined ? [] : [authorityKeyId(keyIdOfIssuer.extnValue.buffer)]),
    ]),
  });
  const signature = sign(hash, Buffer.from(AsnConvert.serialize(content)), key);
  const whole = new x509.Certificate({
    ...{ tbsCertificate: content, signatureAlgorithm },
    signatureValue: new Uint8Array(signature).buffer,
  });
  return new X509Certificate(Buffer.from(AsnConvert.serialize(whole))).toString();
}

/** Who has signed, by the identifier of the key (RFC 5280, 4.2.1.1). */
function authorityKeyId(
  subjectKeyId: ArrayBuffer,
): InstanceType<ReturnType<typeof loaded>["x509"]["Extension"]> {
  const { AsnConvert, x509 } = loaded();
  const keyIdentifier = AsnConvert.parse(subjectKeyId, x509.SubjectKeyIdentifier);
  const value = new x509.AuthorityKeyIdentifier({
    keyIdentifier: new x509.KeyIdentifier(keyIdentifier.buffer),
  });
  const extension = new x509.Extension({ extnID: x509.id_ce_authorityKeyIdentifier });
  extension.extnValue.buffer = AsnConvert.serialize(value);
  return extension;
}

function signatureOf(key: KeyObject): { readonly id: string; readonly hash: string | null } {
  const { asymmetricKeyType: kind = "", asymmetricKeyDetails: details } = key;
  const found = signatures[kind === "ec" ? (details?.namedCurve ?? "") : kind];
  if (found === undefined) throw new Error("a key of a kind that nothing here signs with");
  return found;
}

/** Positive, and not to be guessed (RFC 5280, 4.1.2.2). */
function serial(): ArrayBuffer {
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40;
  return new Uint8Array(bytes).buffer;
}
