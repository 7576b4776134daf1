import * as pulumi from "@pulumi/pulumi";
import { pluginTypes } from "../identity.ts";
import type { DesiredHost } from "../model/desired/desired-host.ts";
import type { Impact } from "../model/plan/impact.ts";
import type { Repair } from "../model/plan/repair.ts";
import type { TlsFile } from "../model/daemon-json/listener.ts";
import type { SshTarget } from "../model/ssh-target.ts";

export interface HostStateArgs {
  /** Name of the machine in the configuration; every message about it begins with it. */
  readonly host: string;
  /** How to reach the machine. A change looks at the machine again, nothing more. */
  readonly connection: pulumi.Input<SshTarget<pulumi.Input<string>>>;
  /** Whether remote programs run through `sudo -n`. */
  readonly sudo: boolean;
  /** What the machine shall be; compared with what it is at every refresh. */
  readonly desired: DesiredInputs;
  /**
   * Every host of the stack by name, with the place where it is reached: whether a machine that belongs
   * to one of them can be had. A change by itself does nothing. It is not kept in the state.
   */
  readonly places: Readonly<Record<string, string>>;
  /** Whether the machine may be taken from whomever it belongs to. A change by itself does nothing. */
  readonly takeOver: boolean;
}

/** A desired state, of which parts may be known only when a certificate is issued. */
export type DesiredInputs = {
  readonly [Part in Exclude<keyof DesiredHost, "tlsFiles">]-?: pulumi.Input<
    NonNullable<DesiredHost[Part]>
  >;
} & { readonly tlsFiles?: Readonly<Record<TlsFile, pulumi.Input<string>>> };

/**
 * The machine as it is. Looks over SSH and changes nothing: at every refresh it records how the
 * machine differs from its desired state, which is how a plain `pulumi preview` shows drift.
 * Implemented by provider/host-state.ts.
 */
export class HostState extends pulumi.CustomResource {
  /** Distribution and release, as /etc/os-release names it. */
  declare readonly operatingSystem: pulumi.Output<string>;
  /** Version that dockerd gives itself. */
  declare readonly dockerdVersion: pulumi.Output<string>;
  /** Command line of dockerd by the vendor's unit and foreign drop-ins. Secret: flags may be, too. */
  declare readonly execStart: pulumi.Output<string>;
  /** daemon.json as it would be without this program. Secret: foreign keys may hold passwords. */
  declare readonly base: pulumi.Output<string>;
  /** SHA-256 of the daemon.json that `base` was read from, or `absent`. */
  declare readonly baseSha: pulumi.Output<string>;
  /** That daemon.json, whole. Secret. */
  declare readonly current: pulumi.Output<string>;
  /** Whether others have changed daemon.json since this program first touched the machine. */
  declare readonly edited: pulumi.Output<boolean>;
  /** Keys of daemon.json that the configuration says nothing about; they stay as they are. */
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
  /**
   * Another when a look before a change found that the machine's script was missing, so that HostScript puts
   * it there.
   */
  declare readonly installation: pulumi.Output<string>;
  /**
   * By which claim of this host the machine is held: a number that grows with every other machine that
   * its address leads to; "0" since before there were claims.
   */
  declare readonly claim: pulumi.Output<string>;
  /** From whom the converge may take the machine, as `holderText` writes it; empty: from nobody. */
  declare readonly former: pulumi.Output<string>;

  constructor(name: string, args: HostStateArgs, opts: pulumi.CustomResourceOptions) {
    const outputs = {
      operatingSystem: undefined,
      dockerdVersion: undefined,
      execStart: undefined,
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
