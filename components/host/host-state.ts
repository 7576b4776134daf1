import * as pulumi from "@pulumi/pulumi";
import { pluginTypes } from "../identity.ts";
import type { AuthoritiesInput } from "../model/authority-change.ts";
import type { DesiredInputs } from "./desired-inputs.ts";
import type { Impact } from "../model/plan/impact.ts";
import type { Repair } from "../model/plan/repair.ts";
import type { SshTarget } from "../model/ssh-target.ts";

export interface HostStateArgs {
  /** Name of the machine in the configuration; every message about it begins with it. */
  readonly host: string;
  /** How to reach the machine. A change looks at the machine again, nothing more. */
  readonly connection: pulumi.Input<SshTarget<pulumi.Input<string>>>;
  /** Whether remote programs run through sudo. */
  readonly sudo: boolean;
  /** The desired state; compared with the machine at every refresh. */
  readonly desired: DesiredInputs;
  /**
   * Where each host of the stack is reached, `address:port`, by its name: decides whether a machine that belongs
   * to one of them may be taken over. A change by itself does nothing. It is not kept in the state.
   */
  readonly hostEndpoints: Readonly<Record<string, string>>;
  /** Whether the machine may be taken over from any owner. A change by itself does nothing. */
  readonly takeOver: boolean;
  /**
   * From when on the daemon's certificate is valid, RFC 3339: decides how long a machine is waited for whose
   * clock is behind. A change by itself does nothing. It is not kept in the state.
   */
  readonly certificateValidFrom: pulumi.Input<string> | undefined;
  /**
   * Seconds that an update waits for a machine that is still being set up. A change by itself does nothing. It is not
   * kept in the state.
   */
  readonly waitFor: number | undefined;
  /** Whether the machine is in maintenance: it is not looked at, and what was recorded stays as it is. */
  readonly maintenance: true | undefined;
  /**
   * The authorities of the stack, by which one that was exchanged by accident is refused before anything is touched. A
   * change by itself does nothing.
   */
  readonly authorities: AuthoritiesInput;
  /** Whether the host key stands in the configuration itself: for policies. A change by itself does nothing. */
  readonly inlineHostKey: true | undefined;
}

/**
 * The observed machine. Looks over SSH and changes nothing: at every refresh it records how the machine differs
 * from its desired state, which is how a plain `pulumi preview` shows drift.
 * Implemented by provider/host-state.ts.
 */
export class HostState extends pulumi.CustomResource {
  /** Distribution and release, as /etc/os-release names it. */
  declare readonly operatingSystem: pulumi.Output<string>;
  /** Version that dockerd gives itself. */
  declare readonly dockerdVersion: pulumi.Output<string>;
  /** Command line of dockerd by the vendor's unit and foreign drop-ins. Secret: flags may be, too. */
  declare readonly execStart: pulumi.Output<string>;
  /** Path on which systemd listens for dockerd by the machine's own files; empty where it does not. */
  declare readonly systemdSocket: pulumi.Output<string>;
  /** daemon.json as it would be without this program. Secret: foreign keys may hold passwords. */
  declare readonly base: pulumi.Output<string>;
  /** SHA-256 of the daemon.json that `base` was read from, or `absent`. */
  declare readonly baseSha: pulumi.Output<string>;
  /** That daemon.json, whole. Secret. */
  declare readonly current: pulumi.Output<string>;
  /** Whether others have changed daemon.json since this program first touched the machine. */
  declare readonly edited: pulumi.Output<boolean>;
  /** Keys of daemon.json, and members of its maps, that the configuration says nothing about; they stay as they are. */
  declare readonly unmanagedKeys: pulumi.Output<string[]>;
  /** Differences that the next `pulumi up` repairs; empty after it. */
  declare readonly drift: pulumi.Output<string[]>;
  /** What no `pulumi up` can repair: reported, never a reason to act. */
  declare readonly findings: pulumi.Output<string[]>;
  /** Why the machine could not be looked at; empty when it could. */
  declare readonly unreachable: pulumi.Output<string>;
  /** Why the machine can't be converged as it is now; empty when it can. */
  declare readonly blocked: pulumi.Output<string>;
  /** What repairing the drift does to dockerd. */
  declare readonly impact: pulumi.Output<Impact>;
  /** Another when drift was found, so that the converge runs again. */
  declare readonly repair: pulumi.Output<Repair>;
  /** Another when a look before a change found the machine's script missing: HostScript then puts it there. */
  declare readonly installation: pulumi.Output<string>;
  /**
   * The fencing token: a number that grows whenever the host's address comes to lead to another machine; "0" in
   * states from before there were tokens.
   */
  declare readonly claim: pulumi.Output<string>;
  /** The previous owner that the converge may follow, as `previousOwnerText` writes it; empty: none. */
  declare readonly former: pulumi.Output<string>;

  constructor(name: string, args: HostStateArgs, opts: pulumi.CustomResourceOptions) {
    const outputs = {
      operatingSystem: undefined,
      dockerdVersion: undefined,
      execStart: undefined,
      systemdSocket: undefined,
      base: undefined,
      baseSha: undefined,
      current: undefined,
      edited: undefined,
      unmanagedKeys: undefined,
      drift: undefined,
      findings: undefined,
      unreachable: undefined,
      blocked: undefined,
      impact: undefined,
      repair: undefined,
      installation: undefined,
      claim: undefined,
      former: undefined,
    };
    super(pluginTypes.hostState, name, { ...args, ...outputs }, opts);
  }
}
