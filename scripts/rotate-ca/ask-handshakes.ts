// Asks the machines who fails to get in, side by side: by the program's own way in, and with its limits.
import type { HostConfiguration } from "../../components/model/configuration/parse.ts";
import type { FailedHandshake } from "../../components/model/observed/handshakes.ts";
import { formatProblem, MachineError } from "../../components/model/problem.ts";
import { readSshTarget } from "../../components/stack/ssh-target.ts";
import { readFailedHandshakes } from "../../provider/handshakes.ts";
import { problemOfHost } from "../../provider/host-look.ts";

/** Who failed to get in at a machine since its last restart; null: that is not known, and why. */
export interface HostHandshakes {
  readonly host: string;
  readonly failed: readonly FailedHandshake[] | null;
  readonly unknown: string;
}

/** Machines in maintenance are dialled by nobody. */
export function askHandshakes(hosts: readonly HostConfiguration[]): Promise<HostHandshakes[]> {
  return Promise.all(hosts.filter(({ maintenance }) => maintenance === false).map(askOne));
}

async function askOne(host: HostConfiguration): Promise<HostHandshakes> {
  const { name, sudo } = host;
  const unknown = (why: string): HostHandshakes => ({ host: name, failed: null, unknown: why });
  const connection = readSshTarget(host);
  if ("problems" in connection) return unknown(connection.problems.map(formatProblem).join("; "));
  try {
    const { failed, silence } = await readFailedHandshakes({ host: name, connection, sudo });
    return failed === undefined ? unknown(silence) : { host: name, failed, unknown: "" };
  } catch (error) {
    if (error instanceof MachineError) return unknown(problemOfHost(name, error).message);
    throw error;
  }
}
