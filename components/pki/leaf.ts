import type * as pulumi from "@pulumi/pulumi";
import * as tls from "@pulumi/tls";
import { certificateNames, leafInGeneration } from "../identity.ts";
import type { CertificateAuthority } from "./certificate-authority.ts";

export interface LeafArgs {
  /** Who signs. An authority of another generation means another key and certificate. */
  readonly authority: CertificateAuthority;
  /** Whom the certificate is for. A change reissues it. */
  readonly commonName: string;
  /** Life in hours. A change reissues it. */
  readonly validityHours: number;
  /** The first `pulumi up` this many hours before the end reissues it. */
  readonly renewBeforeHours: number;
  /** Whether it stays as the state has it, since its machine is in maintenance. */
  readonly maintenance?: boolean;
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
  // A key that outlived its authority would be known to whoever has the old files.
  const prefix = leafInGeneration(name, args.authority.generation);
  const kept = (...inputs: string[]): pulumi.CustomResourceOptions =>
    args.maintenance === true ? { parent, ignoreChanges: inputs } : { parent };
  const key = new tls.PrivateKey(
    certificateNames.key(prefix),
    { algorithm: "ECDSA", ecdsaCurve: "P256" },
    { parent },
  );
  const request = new tls.CertRequest(
    certificateNames.request(prefix),
    {
      privateKeyPem: key.privateKeyPem,
      subject: { commonName: args.commonName, organization: "dockertls" },
      dnsNames,
      ipAddresses,
    },
    kept("privateKeyPem", "subject", "dnsNames", "ipAddresses"),
  );
  const certificate = new tls.LocallySignedCert(
    prefix,
    {
      certRequestPem: request.certRequestPem,
      caPrivateKeyPem: args.authority.privateKey,
      caCertPem: args.authority.certificate,
      validityPeriodHours: args.validityHours,
      earlyRenewalHours: args.renewBeforeHours,
      allowedUses: ["digital_signature", usage],
      setSubjectKeyId: true,
    },
    kept(
      ...["certRequestPem", "caPrivateKeyPem", "caCertPem"],
      ...["validityPeriodHours", "earlyRenewalHours", "allowedUses", "setSubjectKeyId"],
    ),
  );
  return { certificate, key };
}
