import * as pulumi from "@pulumi/pulumi";
import * as tls from "@pulumi/tls";
import { certificateNames, leafInGeneration } from "../identity.ts";
import { renewBefore, type Lifetime } from "../model/certificates.ts";
import type { KeyAlgorithm } from "../model/key-algorithm.ts";
import type { Side } from "./authorities.ts";
import { privateKey } from "./key.ts";

export interface LeafArgs {
  /** Who signs, and what follows the certificate. An authority of another generation means another key and certificate. */
  readonly side: Pick<Side, "authority" | "chain">;
  /** Whom the certificate is for. A change reissues it. */
  readonly commonName: string;
  /**
   * How long it lives, and when the first `pulumi up` renews it. A change reissues it, unless the configuration says
   * nothing of it any more: what exists then stays as it is.
   */
  readonly lifetime: Lifetime;
  /** Kind of a new key. */
  readonly algorithm: KeyAlgorithm;
  /** Whether another `algorithm` makes another key. */
  readonly keyFollows?: boolean;
  /** Whether it stays as the state has it, since its machine is in maintenance. */
  readonly maintenance?: boolean;
}

interface LeafUse {
  /** A request whose key was made elsewhere, PEM; undefined: the key is made here. */
  readonly request?: string | undefined;
  readonly dnsNames?: string[];
  readonly ipAddresses?: string[];
  /** Extended key usage, RFC 5280, 4.2.1.12. */
  readonly usage: "server_auth" | "client_auth";
}

/** A certificate as it is shown to the other side, and its key. */
export interface Leaf {
  /** The certificate and what follows it, PEM; public. */
  readonly chain: pulumi.Output<string>;
  /** The certificate alone, PEM. */
  readonly certificate: pulumi.Output<string>;
  /** From when on it is valid, RFC 3339: when it was issued, by the clock of machine A. */
  readonly validFrom: pulumi.Output<string>;
  /** PEM, secret; empty where it was made elsewhere. */
  readonly privateKey: pulumi.Output<string>;
}

/** A key and the certificate that the authority gives it, for one purpose only. */
export function signLeaf(
  name: string,
  args: LeafArgs,
  { usage, request, dnsNames = [], ipAddresses = [] }: LeafUse,
  parent: pulumi.ComponentResource,
): Leaf {
  const { side, lifetime, algorithm, maintenance = false } = args;
  // A key that outlived its authority would be known to whoever has the old files.
  const prefix = leafInGeneration(name, side.authority.generation);
  const kept = (all: string[], some: string[] = []): pulumi.CustomResourceOptions => ({
    parent,
    ignoreChanges: maintenance ? all : some,
  });
  const key =
    request === undefined
      ? privateKey(certificateNames.key(prefix), algorithm, {
          parent,
          follows: args.keyFollows === true,
        })
      : undefined;
  const requested =
    key === undefined
      ? request
      : new tls.CertRequest(
          certificateNames.request(prefix),
          {
            privateKeyPem: key.privateKeyPem,
            subject: { commonName: args.commonName, organization: "dockertls" },
            dnsNames,
            ipAddresses,
          },
          kept(["privateKeyPem", "subject", "dnsNames", "ipAddresses"]),
        ).certRequestPem;
  const certificate = new tls.LocallySignedCert(
    prefix,
    {
      certRequestPem: requested ?? "",
      caPrivateKeyPem: side.authority.privateKey,
      caCertPem: side.authority.certificate,
      validityPeriodHours: lifetime.hours,
      earlyRenewalHours: renewBefore(prefix, lifetime),
      allowedUses: ["digital_signature", usage],
      setSubjectKeyId: true,
    },
    kept(
      [
        ...["certRequestPem", "caPrivateKeyPem", "caCertPem"],
        ...["validityPeriodHours", "earlyRenewalHours", "allowedUses", "setSubjectKeyId"],
      ],
      keptLifetime(lifetime),
    ),
  );
  const chain =
    side.chain === undefined
      ? certificate.certPem
      : pulumi.all([certificate.certPem, side.chain]).apply((parts) => parts.join(""));
  return {
    chain,
    certificate: certificate.certPem,
    validFrom: certificate.validityStartTime,
    privateKey: pulumi.secret(key?.privateKeyPem ?? ""),
  };
}

/** What nobody has chosen is no reason to reissue a certificate: an earlier version may have had other defaults. */
function keptLifetime({ isDefault, renewBeforeHours }: Lifetime): string[] {
  if (!isDefault) return [];
  return ["validityPeriodHours", ...(renewBeforeHours === undefined ? ["earlyRenewalHours"] : [])];
}
