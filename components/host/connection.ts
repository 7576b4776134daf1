import type * as pulumi from "@pulumi/pulumi";
import type { types } from "@pulumi/command";
import type { SshServer, SshTarget } from "../model/ssh-target.ts";

/**
 * A target as `remote.Command` takes it. By default it repeats a refused login ten times, which locks
 * people out of machines that count; HostState has looked at the machine moments before.
 */
export function commandConnection({
  bastion,
  // It goes on standard input.
  sudoPassword: _,
  ...machine
}: SshTarget<pulumi.Input<string>>): types.input.remote.ConnectionArgs {
  return {
    ...dialledOnce(machine),
    ...(bastion === undefined ? {} : { proxy: dialledOnce(bastion) }),
  };
}

// It knows no setting for one key of an agent; the socket offers no other.
const dialledOnce = ({ publicKey: _, ...server }: SshServer<pulumi.Input<string>>) => ({
  ...server,
  dialErrorLimit: 0,
  perDialTimeout: 10,
});
