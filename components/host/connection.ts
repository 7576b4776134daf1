import type * as pulumi from "@pulumi/pulumi";
import type { types } from "@pulumi/command";
import type { Login } from "../stack/configuration.ts";

/** How the plugins reach a machine, in the words of @pulumi/command. */
export interface Connection {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly hostKey: string;
  readonly privateKey?: pulumi.Input<string>;
}

export function connectionTo(login: Login): Connection {
  return {
    host: login.address,
    port: login.port,
    user: login.user,
    hostKey: login.hostKey,
    ...(login.privateKey === undefined ? {} : { privateKey: login.privateKey }),
  };
}

/**
 * The same for `remote.Command`. It would repeat a refused authentication ten times, which locks
 * people out of machines that count; HostState has looked at the machine moments before.
 */
export function commandConnection(login: Login): types.input.remote.ConnectionArgs {
  return { ...connectionTo(login), dialErrorLimit: 0, perDialTimeout: 10 };
}
