import { remote } from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import type { Login } from "../config.ts";
import { convergeEnvelope } from "../model/converge-envelope.ts";
import type { DesiredHost, unmanagedWays } from "../model/desired.ts";
import type { DaemonSettings } from "../model/daemon-keys.ts";
import { sha256 } from "../model/digest.ts";
import { standardInput } from "../model/envelope.ts";
import type { Groundwork } from "../model/groundwork.ts";
import type { Listener, TlsFile } from "../model/listener.ts";
import { commandConnection, connectionTo, shell } from "./connection.ts";
import { HostState } from "./host-state.ts";
import { remoteProgram } from "./remote/programs.ts";

/** Contents of the TLS files of a machine, PEM. A change of any restarts dockerd. */
export interface TlsContents {
  /** Whom the daemon trusts. */
  readonly ca: pulumi.Input<string>;
  /** The daemon's certificate. */
  readonly cert: pulumi.Input<string>;
  /** Its private key; secret. */
  readonly key: pulumi.Input<string>;
}

export interface HostArgs {
  /** `project/stack/host`: the marker that says whose machine it is. */
  readonly owner: string;
  /** How to log in. A change looks at the machine again; an unchanged machine stays untouched. */
  readonly login: Login;
  /** Where dockerd listens, and where its TLS files lie. A change restarts dockerd. */
  readonly listener: Listener;
  /** Keys of daemon.json that are ours. A change restarts dockerd. */
  readonly daemon: DaemonSettings;
  /** Whether `daemon` came as a secret: then no value of it is shown anywhere. */
  readonly daemonIsSecret: boolean;
  /** What becomes of keys of daemon.json that `daemon` does not name. A change restarts dockerd. */
  readonly unmanaged: (typeof unmanagedWays)[number];
  /** What the TLS files hold; none with plain TCP. */
  readonly tls: TlsContents | undefined;
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
    const contents: TlsOutput = pulumi.output(args.tls);
    const desired = desiredHost(args, contents);

    // Nothing but `delete`: it is in the state before the machine is touched, so that even a first
    // run that was killed can be taken back. It dials only then.
    const undo = new remote.Command(
      `${name}-undo`,
      {
        connection: commandConnection(args.login),
        delete: shell(args.login),
        stdin: standardInput(remoteProgram("remove"), {
          settings: { owner: args.owner },
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
        .all([desired, groundworkOf(state), contents, state.repair])
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

type TlsOutput = pulumi.Output<Readonly<Record<TlsFile, string>> | undefined>;

/** Digests of random keys tell nothing about them, so they may be seen in a diff. */
function desiredHost(args: HostArgs, contents: TlsOutput): pulumi.Output<DesiredHost> {
  const { owner, listener, daemonIsSecret } = args;
  const daemon = daemonIsSecret ? pulumi.secret(args.daemon) : args.daemon;
  const unmanaged = args.unmanaged === "remove" ? { unmanaged: args.unmanaged } : {};
  const desired = { owner, listener, daemonIsSecret, daemon, ...unmanaged };
  if (args.tls === undefined) return pulumi.output(desired);
  const tlsFiles = pulumi.unsecret(
    contents.apply((files) => ({
      ca: sha256(files?.ca ?? ""),
      cert: sha256(files?.cert ?? ""),
      key: sha256(files?.key ?? ""),
    })),
  );
  return pulumi.output({ ...desired, tlsFiles });
}

function groundworkOf(state: HostState): pulumi.Output<Groundwork> {
  const { base, baseSha, current, edited, execStart } = state;
  return pulumi.output({ base, baseSha, current, edited, execStart });
}
