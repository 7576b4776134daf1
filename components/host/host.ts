import { remote } from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { componentTypes, hostNames } from "../identity.ts";
import { convergeEnvelope } from "../model/plan/converge-envelope.ts";
import type { unmanagedWays } from "../model/daemon-json/merge.ts";
import type { DaemonSettings } from "../model/daemon-json/keys.ts";
import { sha256 } from "../model/digest.ts";
import { envelopeText, withSettings } from "../model/envelope.ts";
import type { Groundwork } from "../model/desired/baseline.ts";
import type { Listener, TlsFile } from "../model/daemon-json/listener.ts";
import { applyLine, removeLine } from "../model/remote-shell.ts";
import { placeOf } from "../model/address.ts";
import { readRepair } from "../model/plan/repair.ts";
import type { SshTarget } from "../model/ssh-target.ts";
import { commandConnection } from "./connection.ts";
import { HostScript } from "./host-script.ts";
import { HostState, type DesiredInputs } from "./host-state.ts";
import { machineScript } from "./remote/scripts.ts";

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
  /** How to reach the machine. A change looks at it again; an unchanged machine stays untouched. */
  readonly ssh: SshTarget<pulumi.Input<string>>;
  /** Whether remote programs run through `sudo -n`. A change does nothing to dockerd. */
  readonly sudo: boolean;
  /** Every host of the stack by name, with the place where it is reached. A change does nothing. */
  readonly places: Readonly<Record<string, string>>;
  /** Whether the machine may be taken from whomever it belongs to. A change by itself does nothing. */
  readonly takeOver: boolean;
  /** Where dockerd listens, and where its TLS files lie. A change restarts dockerd. */
  readonly listener: Listener;
  /** Keys of daemon.json that are ours. A change reloads dockerd, or restarts it where it must. */
  readonly daemon: DaemonSettings;
  /** Whether `daemon` came as a secret: then no value of it is shown anywhere. */
  readonly daemonIsSecret: boolean;
  /** Whether a restart may go ahead that would stop running containers. A change does nothing by itself. */
  readonly allowContainerRestart: boolean;
  /** What becomes of keys that `daemon` does not name. A change does to dockerd what the keys demand. */
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
    super(componentTypes.host, name, {}, opts);
    const contents: TlsOutput = pulumi.output(args.tls);
    const desired = desiredHost(args);

    const { ssh, sudo, places, takeOver } = args;
    const { digest } = machineScript();
    const state = new HostState(
      hostNames.state(name),
      { host: name, connection: ssh, sudo, desired, places, takeOver },
      { parent: this, additionalSecretOutputs: ["base", "current", "execStart"] },
    );

    // Nothing but `delete`: it is in the state before the machine is touched, so that even a first
    // run that was killed can be taken back. It dials only then. With another machine's claim it is
    // replaced, and the one of before gives the machine of before back at the end of the same run.
    const undo = new remote.Command(
      hostNames.undo(name),
      {
        connection: commandConnection(ssh),
        delete: removeLine(sudo),
        stdin: state.claim.apply((claim) =>
          envelopeText({
            settings: {
              owner: args.owner,
              claim,
              allow_container_restart: String(args.allowContainerRestart),
            },
            files: [],
          }),
        ),
        triggers: triggersOf(state.claim),
        logging: remote.Logging.None,
        addPreviousOutputInEnv: false,
      },
      { parent: this },
    );

    // Once the machine can be given back, since it is the first file of ours on it.
    const script = new HostScript(
      hostNames.script(name),
      {
        host: name,
        connection: ssh,
        sudo,
        digest,
        installation: state.installation,
        claim: state.claim,
      },
      { parent: this, dependsOn: undo },
    );

    const envelope = pulumi.secret(
      pulumi
        .all([
          pulumi.output(desired),
          groundworkOf(state),
          contents,
          state.repair.apply(readRepair),
        ])
        .apply((inputs) => convergeEnvelope(...inputs)),
    );
    const hold = pulumi.all([state.claim, state.former]).apply(([claim, former]) => ({
      address: placeOf(ssh.host, ssh.port),
      claim,
      former,
    }));
    const stdin = pulumi.secret(
      pulumi.all([envelope, hold]).apply((parts) => envelopeText(withSettings(...parts))),
    );
    // Nothing but `create`: without an `update`, changed inputs run it again in place.
    const converge = new remote.Command(
      hostNames.converge(name),
      {
        connection: commandConnection(ssh),
        create: applyLine(digest, sudo),
        stdin,
        logging: remote.Logging.None,
        addPreviousOutputInEnv: false,
      },
      { parent: this, dependsOn: script },
    );

    // Two runs may print the same, so what went in counts as well as what came out.
    this.converged = pulumi
      .all([converge.stdout, pulumi.unsecret(stdin.apply(sha256))])
      .apply(([, input]) => sha256(`${digest} ${input}`));
    this.findings = state.findings;
    this.unmanagedKeys = state.unmanagedKeys;
    this.registerOutputs({ findings: this.findings, unmanagedKeys: this.unmanagedKeys });
  }
}

/**
 * None with the claim of a state of before there were any: `triggers` that appear replace, and the old
 * program would give the machine back.
 */
function triggersOf(claim: pulumi.Output<string>): pulumi.Output<string[]> {
  return claim.apply((one) => (one === "0" ? undefined : [one])) as pulumi.Output<string[]>;
}

type TlsOutput = pulumi.Output<Readonly<Record<TlsFile, string>> | undefined>;

/**
 * Each part by itself: in a preview the digest of a certificate that is about to be issued is not
 * known, and would take all the rest along.
 */
function desiredHost(args: HostArgs): DesiredInputs {
  const { owner, listener, daemonIsSecret, allowContainerRestart, unmanaged, tls } = args;
  const daemon = daemonIsSecret ? pulumi.secret(args.daemon) : args.daemon;
  const { digest: script } = machineScript();
  const desired = {
    ...{ owner, listener, daemonIsSecret, allowContainerRestart, unmanaged, daemon, script },
  };
  if (tls === undefined) return desired;
  const tlsFiles = { ca: digestOf(tls.ca), cert: digestOf(tls.cert), key: digestOf(tls.key) };
  return { ...desired, tlsFiles };
}

/** Digests of random keys tell nothing about them, so they may be seen in a diff. */
function digestOf(content: pulumi.Input<string>): pulumi.Output<string> {
  return pulumi.unsecret(pulumi.output(content).apply(sha256));
}

function groundworkOf(state: HostState): pulumi.Output<Groundwork> {
  const { base, baseSha, current, edited, execStart } = state;
  return pulumi.output({ base, baseSha, current, edited, execStart });
}
