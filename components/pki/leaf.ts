import type * as pulumi from "@pulumi/pulumi";
import * as tls from "@pulumi/tls";
import type { CertificateAuthority } from "./certificate-authority.ts";

export interface LeafArgs {
  /** Who signs. Another authority reissues the certificate; the key stays. */
  readonly authority: CertificateAuthority;
  /** Whom the certificate is for. A change reissues it. */
  readonly commonName: string;
  /** Life in hours. A change reissues it. */
  readonly validityHours: number;
  /** The first `pulumi up` this many hours before the end reissues it. */
  readonly renewBeforeHours: number;
}

interface LeafUse {
  readonly dnsNames?: string[];
  readonly ipAddresses?: string[];
  /** Extended key usage, RFC 5280, 4.2.1.12. */
  readonly usage: "server_auth" | "client_auth";
}

/** A key and the certificate that the authority gives it, for one purpose only. */
export function signLeaf(
  name: string,
  args: LeafArgs,
  { usage, dnsNames = [], ipAddresses = [] }: LeafUse,
  parent: pulumi.ComponentResource,
): { certificate: tls.LocallySignedCert; key: tls.PrivateKey } {
  const key = new tls.PrivateKey(
    `${name}-key`,
    { algorithm: "ECDSA", ecdsaCurve: "P256" },
    { parent },
  );
  const request = new tls.CertRequest(
    `${name}-request`,
    {
      privateKeyPem: key.privateKeyPem,
      subject: { commonName: args.commonName, organization: "dockertls" },
      dnsNames,
      ipAddresses,
    },
    { parent },
  );
  const certificate = new tls.LocallySignedCert(
    name,
    {
      certRequestPem: request.certRequestPem,
      caPrivateKeyPem: args.authority.privateKey,
      caCertPem: args.authority.certificate,
      validityPeriodHours: args.validityHours,
      earlyRenewalHours: args.renewBeforeHours,
      allowedUses: ["digital_signature", usage],
      setSubjectKeyId: true,
    },
    { parent },
  );
  return { certificate, key };
}
