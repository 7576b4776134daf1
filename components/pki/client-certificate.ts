import * as pulumi from "@pulumi/pulumi";
import { componentTypes } from "../identity.ts";
import type { ClientBundle } from "../model/certificates.ts";
import { signLeaf, type LeafArgs } from "./leaf.ts";

/**
 * Identity of a Docker client. Whoever holds its bundle is root on every machine of the stack, until
 * another generation of the authority takes its place: see docs/stolen.md.
 */
export class ClientCertificate extends pulumi.ComponentResource {
  /** Certificate, PEM; public. */
  readonly certificate: pulumi.Output<string>;
  /** Private key, PEM; secret. A renewal keeps it. */
  readonly privateKey: pulumi.Output<string>;
  /** All three files of a client; secret. */
  readonly bundle: pulumi.Output<ClientBundle>;

  constructor(name: string, args: LeafArgs, opts?: pulumi.ComponentResourceOptions) {
    super(componentTypes.clientCertificate, name, {}, opts);
    const { certificate, key } = signLeaf(name, args, { usage: "client_auth" }, this);
    this.certificate = certificate.certPem;
    this.privateKey = pulumi.secret(key.privateKeyPem);
    this.bundle = pulumi.secret(
      pulumi.output({
        ca: args.authority.certificate,
        cert: this.certificate,
        key: this.privateKey,
      }),
    );
    this.registerOutputs({ certificate: this.certificate, bundle: this.bundle });
  }
}
