import * as pulumi from "@pulumi/pulumi";
import { componentTypes } from "../identity.ts";
import type { IssuedBundle } from "../model/certificates.ts";
import type { Side } from "./authorities.ts";
import { signLeaf, type LeafArgs } from "./leaf.ts";

export interface ClientCertificateArgs extends LeafArgs {
  /** Name of the certificate, without the generation of its authority. */
  readonly certificate: string;
  /** Whom the client trusts: the stack's own authorities, whoever signs for the client. */
  readonly trusts: Side["trusts"];
  /** A request whose key was made elsewhere, PEM; undefined: the key is made here. */
  readonly request?: string | undefined;
}

/**
 * Identity of a Docker client. Whoever holds its bundle is root on every machine of the stack, until another generation
 * of its authority takes its place: see docs/stolen.md and docs/certificates.md.
 */
export class ClientCertificate extends pulumi.ComponentResource {
  /** Certificate and what follows it, PEM; public. */
  readonly certificate: pulumi.Output<string>;
  /** Private key, PEM; secret, and empty where it was made elsewhere. A renewal keeps it. */
  readonly privateKey: pulumi.Output<string>;
  /** Whom it trusts, PEM. */
  readonly trusts: pulumi.Output<string>;
  /** The files of a client; secret. */
  readonly bundle: pulumi.Output<IssuedBundle>;

  constructor(name: string, args: ClientCertificateArgs, opts?: pulumi.ComponentResourceOptions) {
    super(componentTypes.clientCertificate, name, {}, opts);
    const { certificate, trusts, request } = args;
    const leaf = signLeaf(certificate, args, { usage: "client_auth", request }, this);
    this.certificate = leaf.chain;
    this.trusts = trusts;
    this.privateKey = leaf.privateKey;
    this.bundle = pulumi.secret(
      pulumi.output({
        ca: trusts,
        cert: this.certificate,
        ...(request === undefined ? { key: leaf.privateKey } : {}),
      }),
    );
    this.registerOutputs({ certificate: this.certificate, bundle: this.bundle });
  }
}
