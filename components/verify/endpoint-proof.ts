import * as pulumi from "@pulumi/pulumi";

export interface EndpointProofArgs {
  /** Name of the machine in the configuration; every message about it begins with it. */
  readonly host: string;
  /** What a Docker client dials. */
  readonly address: string;
  readonly port: number;
  /** Whom the client trusts, PEM. */
  readonly ca: pulumi.Input<string>;
  /** Who the client is, PEM. */
  readonly clientCertificate: pulumi.Input<string>;
  /** Its private key, PEM; secret. */
  readonly clientKey: pulumi.Input<string>;
  /** A client of another authority, PEM: it must be turned away. */
  readonly strangerCertificate: pulumi.Input<string>;
  /** Its private key, PEM; secret. */
  readonly strangerKey: pulumi.Input<string>;
  /** The certificate that the endpoint must serve, PEM. */
  readonly serverCertificate: pulumi.Input<string>;
  /** Whether live-restore must be in effect. */
  readonly liveRestore: pulumi.Input<boolean>;
  /** Registry mirrors that must be in effect; empty: whatever is. */
  readonly registryMirrors: pulumi.Input<string[]>;
  /** Whether settings came as a secret of the stack: then no value of theirs is shown. */
  readonly settingsAreSecret: boolean;
  /** Stands for the converge that comes before: whenever that runs, the proof is made anew. */
  readonly converged: pulumi.Input<string>;
}

/**
 * Proof, made over the network from this machine, that the endpoint speaks mutual TLS: it answers
 * the client with the certificate that was issued to it, its settings are in effect, and it turns
 * away a client without a certificate, one of another authority, and one in plaintext. Made again
 * at every refresh. Implemented by provider/endpoint-proof.ts.
 */
export class EndpointProof extends pulumi.CustomResource {
  /** `tcp://address:port`. Known only once the proof was made. */
  declare readonly endpoint: pulumi.Output<string>;
  /** Host name that dockerd gives itself. */
  declare readonly daemonName: pulumi.Output<string>;
  declare readonly serverVersion: pulumi.Output<string>;
  declare readonly operatingSystem: pulumi.Output<string>;
  declare readonly registryMirrorsInEffect: pulumi.Output<string[]>;
  declare readonly liveRestoreInEffect: pulumi.Output<boolean>;
  /** End of the served certificate's life, ISO 8601. */
  declare readonly certificateExpiresAt: pulumi.Output<string>;
  /** Clients that were turned away, a line each. */
  declare readonly refusals: pulumi.Output<string[]>;
  /** What was wrong at the last look; the next `pulumi up` fails if it still is. */
  declare readonly problems: pulumi.Output<string[]>;

  constructor(name: string, args: EndpointProofArgs, opts: pulumi.CustomResourceOptions) {
    const outputs = {
      endpoint: undefined,
      daemonName: undefined,
      serverVersion: undefined,
      operatingSystem: undefined,
      registryMirrorsInEffect: undefined,
      liveRestoreInEffect: undefined,
      certificateExpiresAt: undefined,
      refusals: undefined,
      problems: undefined,
    };
    super("dockertls-host:index:EndpointProof", name, { ...args, ...outputs }, opts);
  }
}
