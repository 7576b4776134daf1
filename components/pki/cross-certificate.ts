import * as pulumi from "@pulumi/pulumi";
import * as tls from "@pulumi/tls";
import { certificateNames, crossCertificateName, pluginTypes } from "../identity.ts";
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
  const { subject } = newer;
  if (subject === undefined) {
    const { certificate, privateKey } = older;
    const args = { newer: newer.certificate, older: certificate, olderKey: privateKey };
    return new CrossCertificate(name, args, { parent }).certificate;
  }
  const request = new tls.CertRequest(
    certificateNames.request(name),
    { privateKeyPem: newer.privateKey, subject },
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

interface CrossCertificateArgs {
  /** The authority that is certified, PEM. */
  readonly newer: pulumi.Input<string>;
  /** Who certifies it, PEM. */
  readonly older: pulumi.Input<string>;
  /** The key of that one, PEM; secret. */
  readonly olderKey: pulumi.Input<string>;
}

/**
 * The same for an authority that was made elsewhere: its name goes over byte by byte, as its leaves bear it, which the
 * tls plugin does not do. Implemented by provider/cross-certificate.ts.
 */
class CrossCertificate extends pulumi.CustomResource {
  /** PEM. */
  declare readonly certificate: pulumi.Output<string>;

  constructor(name: string, args: CrossCertificateArgs, opts: pulumi.CustomResourceOptions) {
    super(pluginTypes.crossCertificate, name, { ...args, certificate: undefined }, opts);
  }
}
