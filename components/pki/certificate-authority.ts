import * as pulumi from "@pulumi/pulumi";
import * as tls from "@pulumi/tls";
import { authorityInGeneration, certificateNames, componentTypes } from "../identity.ts";
import { renewsFrom as renewsFromOf } from "../model/authority-checks.ts";
import { renewBefore, type Lifetime } from "../model/certificates.ts";
import { generated } from "../model/authority-change.ts";
import type { KeyAlgorithm } from "../model/key-algorithm.ts";
import type { OwnAuthority } from "../model/own-authority.ts";
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
  /** One that was made elsewhere takes its place: nothing is generated, and the rest but `generation` does not count. */
  readonly own?: OwnAuthority | undefined;
}

/** Who signs for the machines and the clients of one stack, or for a group of clients. Its key goes nowhere else. */
export class CertificateAuthority extends pulumi.ComponentResource {
  /** The authority's certificate, PEM; public. */
  readonly certificate: pulumi.Output<string>;
  /** Its private key, PEM; secret. */
  readonly privateKey: pulumi.Output<string>;
  /** Which authority in its line it is; keys and certificates under it are of the same. */
  readonly generation: number;
  /** Its name in each certificate that it signs; undefined for one that was made elsewhere. */
  readonly subject: { readonly commonName: string; readonly organization: string } | undefined;
  /** Who stands above it, PEM, the root last; none above one that was made here. */
  readonly above: readonly string[];
  /** By what it is known as the same one. */
  readonly identity: string;

  constructor(
    name: string,
    args: CertificateAuthorityArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super(componentTypes.certificateAuthority, name, {}, opts);
    this.generation = args.generation;
    this.above = args.own?.chain ?? [];
    this.identity = args.own?.key ?? generated;
    if (args.own !== undefined) {
      this.subject = undefined;
      this.certificate = pulumi.output(args.own.certificate);
      this.privateKey = pulumi.secret(args.own.privateKey);
      // For those who read the state: it holds no resource of it.
      this.registerOutputs({
        ...{ certificate: this.certificate, generation: args.generation },
        endsAt: new Date(args.own.endsAt).toISOString(),
        renewsFrom: new Date(renewsFromOf(args.own)).toISOString(),
      });
      return;
    }
    // Of each generation's own: where two authorities share a subject, clients try the wrong key.
    const commonName = `${args.commonName} g${String(args.generation)}`;
    const subject = { commonName, organization: "dockertls" };
    this.subject = subject;
    const prefix = authorityInGeneration(args.certificate, args.generation);
    const key = privateKey(certificateNames.key(prefix), args.algorithm, { parent: this });
    const authority = new tls.SelfSignedCert(
      prefix,
      {
        privateKeyPem: key.privateKeyPem,
        isCaCertificate: true,
        subject,
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
