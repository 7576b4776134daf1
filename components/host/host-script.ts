import * as pulumi from "@pulumi/pulumi";
import { pluginTypes } from "../identity.ts";
import type { SshTarget } from "../model/ssh-target.ts";

export interface HostScriptArgs {
  /** Name of the machine in the configuration; every message about it begins with it. */
  readonly host: string;
  /** How to reach the machine. A change by itself does nothing. */
  readonly connection: pulumi.Input<SshTarget<pulumi.Input<string>>>;
  /** Whether remote scripts run through sudo. */
  readonly sudo: boolean;
  /** SHA-256 of the script. Another one is brought to the machine; empty: none is. */
  readonly digest: string;
  /** Another when a look found that the script is missing: then it is brought again. */
  readonly installation: pulumi.Input<string>;
  /** The fencing token. Another one replaces this resource. */
  readonly claim: pulumi.Input<string>;
}

/**
 * The script that changes and restores the machine, as a file there that only root can read or change. Deleting
 * this resource brings the script once more, since undo runs from it and is deleted after it.
 * Implemented by provider/host-script.ts.
 */
export class HostScript extends pulumi.CustomResource {
  constructor(name: string, args: HostScriptArgs, opts: pulumi.CustomResourceOptions) {
    super(pluginTypes.hostScript, name, { ...args }, opts);
  }
}
