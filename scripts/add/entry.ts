// A machine's entry in the stack's file: what the stack's defaults do not say already.
import type { HostConfiguration } from "../../components/model/configuration/parse.ts";

/** How a machine was reached. */
export interface Way {
  readonly address: string;
  readonly port: number;
  readonly user: string;
  /** `algorithm base64`. */
  readonly hostKey: string;
  readonly identityFile?: string | undefined;
}

/** What a host has that says nothing but its address. */
export type Defaults = Pick<HostConfiguration, "sudo"> & {
  readonly ssh: Pick<HostConfiguration["ssh"], "user" | "port">;
};

export interface Entry {
  readonly address: string;
  readonly ssh: Readonly<Record<string, string | number>>;
  readonly sudo?: boolean;
}

/** Every user but root needs sudo. */
export const needsSudo = (user: string): boolean => user !== "root";

export function entryOf(way: Way, defaults: Defaults): Entry {
  const { address, port, user, hostKey, identityFile } = way;
  const sudo = needsSudo(user);
  return {
    address,
    ssh: {
      ...(user === defaults.ssh.user ? {} : { user }),
      ...(port === defaults.ssh.port ? {} : { port }),
      hostKey,
      ...(identityFile === undefined ? {} : { identityFile }),
    },
    ...(sudo === defaults.sudo ? {} : { sudo }),
  };
}
