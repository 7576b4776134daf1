import * as pulumi from "@pulumi/pulumi";
import { componentTypes, hostNames } from "../identity.ts";
import type { AuthoritiesInput } from "../model/authority-change.ts";
import type { DaemonSettings } from "../model/daemon-json/keys.ts";
import type { Listener } from "../model/daemon-json/listener.ts";
import type { UnmanagedPolicy } from "../model/daemon-json/merge.ts";
import { sha256 } from "../model/digest.ts";
import type { HealthCheck } from "../model/health-check.ts";
import type { SshTarget } from "../model/ssh-target.ts";
import { converge, undo } from "./commands.ts";
import { desiredInputs, type TlsContents } from "./desired-inputs.ts";
import { HostScript } from "./host-script.ts";
import { HostState } from "./host-state.ts";
import { leftAlone } from "./left-alone.ts";
import { machineScript } from "./remote/scripts.ts";

export interface HostArgs {
  /** `project/stack/host`: the marker that says whose machine it is. */
  readonly owner: string;
  /** How to reach the machine. A change looks at it again; an unchanged machine stays untouched. */
  readonly ssh: SshTarget<pulumi.Input<string>>;
  /** Whether the host key stands in the configuration itself, and not in a file. A change does nothing. */
  readonly inlineHostKey: boolean;
  /** Whether remote programs run through sudo. A change does nothing to dockerd. */
  readonly sudo: boolean;
  /** Where each host of the stack is reached, `address:port`, by its name. A change does nothing. */
  readonly hostEndpoints: Readonly<Record<string, string>>;
  /** Whether the machine may be taken over from any owner. A change by itself does nothing. */
  readonly takeOver: boolean;
  /** Seconds that a machine is waited for that is still being set up. A change does nothing. */
  readonly waitFor: number | undefined;
  /** What must pass before a change and after it. A change by itself does nothing. */
  readonly healthCheck: HealthCheck | undefined;
  /**
   * Whether the machine is left alone: what the state has of it stays as it is, and nobody dials. Taken out again, the
   * machine is looked at and repaired.
   */
  readonly maintenance: boolean;
  /** Where dockerd listens, and where its TLS files lie. A change restarts dockerd. */
  readonly listener: Listener;
  /** Keys of daemon.json that are ours. A change reloads dockerd, or restarts it where it must. */
  readonly daemon: DaemonSettings;
  /** Whether `daemon` came as a secret: then no value of it is shown anywhere. */
  readonly daemonIsSecret: boolean;
  /** Whether a restart may go ahead that would stop running containers. A change does nothing by itself. */
  readonly allowContainerRestart: boolean;
  /** What becomes of keys that `daemon` does not name. A change does to dockerd what the keys demand. */
  readonly unmanaged: UnmanagedPolicy;
  /** What the TLS files hold; none with plain TCP. */
  readonly tls: TlsContents | undefined;
  /** From when on the daemon's certificate is valid, RFC 3339. A change by itself does nothing. */
  readonly certificateValidFrom: pulumi.Input<string> | undefined;
  /** The authorities of the stack. A change by itself does nothing. */
  readonly authorities: AuthoritiesInput;
  /** What changes the machine waits for it; the look does not. */
  readonly turn: Promise<void>;
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
    const { ssh, sudo, hostEndpoints, takeOver, waitFor, certificateValidFrom, maintenance } = args;
    const { digest } = machineScript();
    const desired = desiredInputs(args);
    const state = new HostState(
      hostNames.state(name),
      {
        ...{ host: name, connection: ssh, sudo, desired, hostEndpoints, takeOver },
        ...{ certificateValidFrom, waitFor, maintenance: maintenance || undefined },
        inlineHostKey: args.inlineHostKey || undefined,
        authorities: args.authorities,
      },
      { parent: this, additionalSecretOutputs: ["base", "current", "execStart"] },
    );
    const undoCommand = undo(name, args, state, this);
    // After undo, since the script is the first file of ours on the machine.
    const script = new HostScript(
      hostNames.script(name),
      {
        host: name,
        connection: ssh,
        sudo,
        digest: maintenance ? "" : digest,
        installation: state.installation,
        claim: state.claim,
      },
      { parent: this, dependsOn: undoCommand, ...leftAlone(maintenance) },
    );
    const { command, change } = converge(name, args, { desired, state, script }, this);
    // Two runs may print the same, so what went in counts as well as what came out.
    this.converged = pulumi
      .all([command.stdout, pulumi.unsecret(change.apply(sha256))])
      .apply(([, input]) => sha256(`${digest} ${input}`));
    this.findings = state.findings;
    this.unmanagedKeys = state.unmanagedKeys;
    this.registerOutputs({ findings: this.findings, unmanagedKeys: this.unmanagedKeys });
  }
}
