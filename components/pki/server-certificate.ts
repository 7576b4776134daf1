import * as pulumi from "@pulumi/pulumi";
import { componentTypes } from "../identity.ts";
import { subjectAlternativeNames } from "../model/certificates.ts";
import { signLeaf, type LeafArgs } from "./leaf.ts";

export interface ServerCertificateArgs extends LeafArgs {
  /** The address that clients dial. A change reissues the certificate and restarts dockerd. */
  readonly address: string;
  /** Further names that it covers. A change reissues the certificate and restarts dockerd. */
  readonly extraSans: readonly string[];
}

/** Identity of one machine's Docker API. */
export class ServerCertificate extends pulumi.ComponentResource {
  /** Certificate, PEM; public. */
  readonly certificate: pulumi.Output<string>;
  /** The certificate and what follows it: what dockerd shows. */
  readonly chain: pulumi.Output<string>;
  /** From when on it is valid, RFC 3339: when it was issued, by the clock of machine A. */
  readonly validFrom: pulumi.Output<string>;
  /** Private key, PEM; secret. A renewal keeps it. */
  readonly privateKey: pulumi.Output<string>;

  constructor(name: string, args: ServerCertificateArgs, opts?: pulumi.ComponentResourceOptions) {
    super(componentTypes.serverCertificate, name, {}, opts);
    const names = subjectAlternativeNames(args.address, args.extraSans);
    const leaf = signLeaf(name, args, { usage: "server_auth", ...names }, this);
    this.certificate = leaf.certificate;
    this.chain = leaf.chain;
    this.validFrom = leaf.validFrom;
    this.privateKey = leaf.privateKey;
    this.registerOutputs({ certificate: this.certificate });
  }
}
