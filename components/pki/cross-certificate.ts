import * as tls from "@pulumi/tls";
import type * as pulumi from "@pulumi/pulumi";
import { certificateNames, crossCertificateName } from "../identity.ts";
import { renewBefore } from "../model/certificates.ts";
import type { CertificateAuthority } from "./certificate-authority.ts";

/** A rotation takes weeks; one that is left alone goes on, since it is renewed as well. */
const hours = 8_760;

/**
 * The newer authority, certified by the older one (NewWithOld of RFC 4210, 4.4): whoever trusts the older alone follows
 * it to the newer one's leaves.
 * @returns PEM, for the place behind a leaf.
 */
export function crossCertificate(
  { newer, older }: { readonly newer: CertificateAuthority; readonly older: CertificateAuthority },
  parent: pulumi.Resource,
): pulumi.Output<string> {
  const name = crossCertificateName(newer.generation, older.generation);
  const request = new tls.CertRequest(
    certificateNames.request(name),
    { privateKeyPem: newer.privateKey, subject: newer.subject },
    { parent },
  );
  const certificate = new tls.LocallySignedCert(
    name,
    {
      certRequestPem: request.certRequestPem,
      caPrivateKeyPem: older.privateKey,
      caCertPem: older.certificate,
      isCaCertificate: true,
      validityPeriodHours: hours,
      earlyRenewalHours: renewBefore(name, { hours, renewBeforeHours: undefined }),
      allowedUses: ["cert_signing", "crl_signing"],
      setSubjectKeyId: true,
    },
    { parent },
  );
  return certificate.certPem;
}
