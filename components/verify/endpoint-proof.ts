import * as pulumi from "@pulumi/pulumi";
import { pluginTypes } from "../identity.ts";
import type { SshTarget } from "../model/ssh-target.ts";

/** A client that must be let in beside the program's own; all PEM. */
export interface AdmittedClient {
  /** How messages call it: `a client of group contractors`. */
  readonly name: string;
  /** The authority that signed its certificate: when that goes, the client must be refused from then on. */
  readonly issuer: pulumi.Input<string>;
  /** Whom it trusts. */
  readonly ca: pulumi.Input<string>;
  readonly certificate: pulumi.Input<string>;
  /** Secret. */
  readonly privateKey: pulumi.Input<string>;
}

/** What it takes to prove mutual TLS; all PEM. */
export interface TlsProofArgs {
  /** Whom the client trusts. */
  readonly ca: pulumi.Input<string>;
  /** Whom the daemon trusts of those, where it is fewer: whoever only the others vouch for must be turned away. */
  readonly trusted?: pulumi.Input<string>;
  /** Who the client is. */
  readonly clientCertificate: pulumi.Input<string>;
  /** Its private key; secret. */
  readonly clientKey: pulumi.Input<string>;
  /** A client of another authority: it must be turned away. */
  readonly strangerCertificate: pulumi.Input<string>;
  /** Its private key; secret. */
  readonly strangerKey: pulumi.Input<string>;
  /** The certificate that the endpoint must serve. */
  readonly serverCertificate: pulumi.Input<string>;
  /** The machine's own certificate and key, shown as a client's: it must be turned away. The key is secret. */
  readonly misused: {
    readonly certificate: pulumi.Input<string>;
    readonly privateKey: pulumi.Input<string>;
  };
  /** Further clients that must be let in, where there are any. */
  readonly admitted?: readonly AdmittedClient[];
  /**
   * SHA-256 fingerprints of authorities whose clients are let in as well, where there are any: the
   * client of a previous authority among them need not be turned away.
   */
  readonly alsoTrusted?: readonly string[];
}

export interface EndpointProofArgs {
  /** Name of the machine in the configuration; every message about it begins with it. */
  readonly host: string;
  /** What a Docker client dials: over the network, or on the machine at the end of the tunnel. */
  readonly address: string;
  readonly port: number;
  /** An SSH tunnel to go through, where dockerd listens on the machine's loopback alone or behind a bastion. */
  readonly tunnel: SshTarget<pulumi.Input<string>> | undefined;
  /** Who may come in, and who must not; undefined: plain TCP, where everyone may. */
  readonly tls: TlsProofArgs | undefined;
  /** Whether live-restore must be in effect. */
  readonly liveRestore: pulumi.Input<boolean>;
  /** Registry mirrors that must be in effect; empty: whatever is. */
  readonly registryMirrors: pulumi.Input<string[]>;
  /** Whether settings came as a secret of the stack: then no value of theirs is shown. */
  readonly settingsAreSecret: boolean;
  /** Stands for the converge that comes before: whenever that runs, the proof is made anew. */
  readonly converged: pulumi.Input<string>;
  /** Whether the machine is in maintenance: nothing is proven, and what was recorded stays as it is. */
  readonly maintenance: true | undefined;
}

/**
 * Proof, made over the network from this machine, that the endpoint serves as configured. With mutual
 * TLS: it answers the client with the certificate that was issued to it, its settings are in effect,
 * and it turns away a client without a certificate, one of another authority, one with a certificate for servers, one in
 * plaintext and one of TLS 1.1; where an authority is trusted no more, its client as well, by its own key.
 * With plain TCP: it answers, and its settings are in effect. Made again at every refresh.
 * Implemented by provider/endpoint-proof.ts.
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
  /** End of the served certificate's life, ISO 8601; empty with plain TCP. */
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
    super(pluginTypes.endpointProof, name, { ...args, ...outputs }, opts);
  }
}
