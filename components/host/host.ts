import { remote } from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import type { Login } from "../config.ts";
import { convergeEnvelope, type DesiredHost, type Groundwork } from "../model/desired.ts";
import type { DaemonSettings } from "../model/daemon-keys.ts";
import type { TlsListener } from "../model/daemon-json.ts";
import { sha256 } from "../model/digest.ts";
import { standardInput } from "../model/envelope.ts";
import { commandConnection, connectionTo, shell } from "./connection.ts";
import { HostState } from "./host-state.ts";
import { remoteProgram } from "./remote/programs.ts";

export interface HostArgs {
  /** `project/stack/host`: the marker that says whose machine it is. */
  readonly owner: string;
  /** How to log in. A change looks at the machine again; an unchanged machine stays untouched. */
  readonly login: Login;
  /** Port and TLS directory. A change restarts dockerd. */
  readonly tls: TlsListener;
  /** Keys of daemon.json that are ours. A change restarts dockerd. */
  readonly daemon: DaemonSettings;
  /** Whether `daemon` came as a secret: then no value of it is shown anywhere. */
  readonly daemonIsSecret: boolean;
  /** Whom the daemon trusts, PEM. A change restarts dockerd. */
  readonly ca: pulumi.Input<string>;
  /** The daemon's certificate, PEM. A change restarts dockerd. */
  readonly certificate: pulumi.Input<string>;
  /** The daemon's private key, PEM; secret. A change restarts dockerd. */
  readonly privateKey: pulumi.Input<string>;
}

/** One machine, put into its desired state and kept there. */
export class Host extends pulumi.ComponentResource {
  /** Changes whenever the machine was converged; unknown in a preview while that is due. */
  readonly converged: pulumi.Output<string>;
  /** What no `pulumi up` can repair. */
  readonly findings: pulumi.Output<string[]>;
  /** Keys of daemon.json that others have set and that stay as they are. */
  readonly unmanagedKeys: pulumi.Output<string[]>;

  constructor(name: string, args: HostArgs, opts?: pulumi.ComponentResourceOptions) {
    super("dockertls:index:Host", name, {}, opts);
    const tlsFiles = pulumi.output({
      "ca.pem": args.ca,
      "cert.pem": args.certificate,
      "key.pem": args.privateKey,
    });
    const desired = desiredHost(args, tlsFiles);

    // Nothing but `delete`: it is in the state before the machine is touched, so that even a first
    // run that was killed can be taken back. It dials only then.
    const undo = new remote.Command(
      `${name}-undo`,
      {
        connection: commandConnection(args.login),
        delete: shell(args.login),
        stdin: standardInput(remoteProgram("remove"), {
          settings: { owner: args.owner, directory: args.tls.directory },
          files: [],
        }),
        logging: remote.Logging.None,
        addPreviousOutputInEnv: false,
      },
      { parent: this },
    );

    const state = new HostState(
      `${name}-state`,
      { host: name, connection: connectionTo(args.login), sudo: args.login.sudo, desired },
      { parent: this, additionalSecretOutputs: ["base", "current", "execStart"] },
    );

    const stdin = pulumi.secret(
      pulumi
        .all([desired, groundworkOf(state), tlsFiles, state.repair])
        .apply((inputs) => standardInput(remoteProgram("apply"), convergeEnvelope(...inputs))),
    );
    // Nothing but `create`: without an `update`, changed inputs run it again in place.
    const converge = new remote.Command(
      `${name}-converge`,
      {
        connection: commandConnection(args.login),
        create: shell(args.login),
        stdin,
        logging: remote.Logging.None,
        addPreviousOutputInEnv: false,
      },
      { parent: this, dependsOn: undo },
    );

    // Two runs may print the same, so what went in counts as well as what came out.
    this.converged = pulumi
      .all([converge.stdout, pulumi.unsecret(stdin.apply(sha256))])
      .apply(([, digest]) => digest);
    this.findings = state.findings;
    this.unmanagedKeys = state.unmanagedKeys;
    this.registerOutputs({ findings: this.findings, unmanagedKeys: this.unmanagedKeys });
  }
}

type TlsFiles = Record<"ca.pem" | "cert.pem" | "key.pem", string>;

/** Digests of random keys tell nothing about them, so they may be seen in a diff. */
function desiredHost(
  args: HostArgs,
  tlsFiles: pulumi.Output<TlsFiles>,
): pulumi.Output<DesiredHost> {
  const { owner, tls, daemonIsSecret } = args;
  const digests = pulumi.unsecret(
    tlsFiles.apply((files) => ({
      "ca.pem": sha256(files["ca.pem"]),
      "cert.pem": sha256(files["cert.pem"]),
      "key.pem": sha256(files["key.pem"]),
    })),
  );
  const daemon = daemonIsSecret ? pulumi.secret(args.daemon) : args.daemon;
  return pulumi.output({ owner, tls, daemonIsSecret, daemon, tlsFiles: digests });
}

function groundworkOf(state: HostState): pulumi.Output<Groundwork> {
  const { base, baseSha, current, edited, execStart } = state;
  return pulumi.output({ base, baseSha, current, edited, execStart });
}
