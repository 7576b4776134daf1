import type { Client } from "ssh2";
import { MachineError, oneLine } from "../components/model/problem.ts";
import type { SshTarget } from "../components/model/ssh-target.ts";
import type { Opener } from "./docker-api.ts";
import { forwarded } from "./session.ts";
import { sshPlace } from "./ssh-problems.ts";
import { converse } from "./ssh.ts";

/** Seconds that all requests through one tunnel may take; each has a limit of its own as well. */
const tunnelSeconds = 60;

/**
 * Lends connections to a port that only the machine itself can reach, all of them inside one SSH
 * connection that lasts as long as `work`.
 * @throws MachineError when the machine can't be reached or its SSH server forwards nothing.
 */
export function throughTunnel<T>(
  connection: SshTarget,
  work: (open: Opener) => Promise<T>,
): Promise<T> {
  return converse(connection, tunnelSeconds, (client) => work(openerOf(client, connection)));
}

/** Connections inside an SSH connection that stands. */
export function openerOf(client: Client, connection: SshTarget): Opener {
  return (host, port) =>
    forwarded(client, host, port, (error) =>
      notForwarded(connection, `${host}:${String(port)}`, error),
    );
}

function notForwarded(connection: SshTarget, target: string, error: Error): Error {
  // What a server says when nothing listens there; everything else is its own refusal.
  if (/connection refused|connect failed/i.test(error.message)) {
    return Object.assign(new Error(`${target}: connection refused`), { code: "ECONNREFUSED" });
  }
  return new MachineError({
    where: sshPlace(connection),
    what: `no tunnel to ${target} (${oneLine(error.message, 120)})`,
    why:
      connection.bastion === undefined
        ? "dockerd listens on the machine's loopback alone, and is reached through one"
        : "the machine is behind a bastion, and its API is asked from inside",
    fix: `set \`AllowTcpForwarding local\` for this user in the machine's sshd_config${connection.bastion === undefined ? ", or `listen` to an address that can be dialled" : ""}`,
  });
}
