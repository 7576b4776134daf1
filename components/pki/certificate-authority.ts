import * as pulumi from "@pulumi/pulumi";
import * as tls from "@pulumi/tls";
import { authorityInGeneration, certificateNames, componentTypes } from "../identity.ts";
import { renewBefore, type Lifetime } from "../model/certificates.ts";
import type { KeyAlgorithm } from "../model/key-algorithm.ts";
import { privateKey } from "./key.ts";

export interface CertificateAuthorityArgs {
  /** Name of its certificate, without its generation. */
  readonly certificate: string;
  /** Common name of the authority, without its generation. Part of the certificate from its birth. */
  readonly commonName: string;
  /**
   * How long it lives; a change has no effect on one that exists. It is renewed with the same key and subject, so that
   * whoever trusts the former certificate trusts the renewed one's leaves.
   */
  readonly lifetime: Lifetime;
  /**
   * Which authority in its line, from 1. Another number is a new authority, and a new key and certificate for everyone
   * under it; nothing else ever makes one.
   */
  readonly generation: number;
  /** Kind of its key, from its birth. */
  readonly algorithm: KeyAlgorithm;
  /** Whether it signs for clients alone: then none of its certificates can be a machine's. */
  readonly clientsOnly?: boolean;
}

/** Who signs for the machines and the clients of one stack, or for a group of clients. Its key never leaves the state. */
export class CertificateAuthority extends pulumi.ComponentResource {
  /** The authority's certificate, PEM; public. */
  readonly certificate: pulumi.Output<string>;
  /** Its private key, PEM; secret. */
  readonly privateKey: pulumi.Output<string>;
  /** Which authority in its line it is; keys and certificates under it are of the same. */
  readonly generation: number;
  /** Its name in each certificate that it signs. */
  readonly subject: { readonly commonName: string; readonly organization: string };

  constructor(
    name: string,
    args: CertificateAuthorityArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super(componentTypes.certificateAuthority, name, {}, opts);
    this.generation = args.generation;
    // Of each generation's own: where two authorities share a subject, clients try the wrong key.
    const commonName = `${args.commonName} g${String(args.generation)}`;
    this.subject = { commonName, organization: "dockertls" };
    const prefix = authorityInGeneration(args.certificate, args.generation);
    const key = privateKey(certificateNames.key(prefix), args.algorithm, { parent: this });
    const authority = new tls.SelfSignedCert(
      prefix,
      {
        privateKeyPem: key.privateKeyPem,
        isCaCertificate: true,
        subject: this.subject,
        validityPeriodHours: args.lifetime.hours,
        earlyRenewalHours: renewBefore(prefix, args.lifetime),
        allowedUses: [
          ...["cert_signing", "crl_signing"],
          ...(args.clientsOnly === true ? ["client_auth"] : []),
        ],
        setSubjectKeyId: true,
      },
      {
        parent: this,
        ignoreChanges: ["subject", "validityPeriodHours", "allowedUses", "setSubjectKeyId"],
      },
    );
    this.certificate = authority.certPem;
    this.privateKey = pulumi.secret(key.privateKeyPem);
    this.registerOutputs({ certificate: this.certificate });
  }
}
