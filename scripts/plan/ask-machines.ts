// Asks the machines of a plan who uses them, side by side: by the program's own way in, and with its limits.
import type { HostConfiguration } from "../../components/model/configuration/parse.ts";
import type { Census } from "../../components/model/observed/census.ts";
import { formatProblem, MachineError } from "../../components/model/problem.ts";
import { readSshTarget } from "../../components/stack/ssh-target.ts";
import { takeCensus } from "../../provider/census.ts";
import { problemOfHost } from "../../provider/host-look.ts";
import type { EngineEvents } from "../engine-events.ts";
import { hostPlan, type Change } from "./host-plan.ts";
import type { Asked } from "./plan.ts";

/** One that the preview could not look at is not dialled again, and one in maintenance by nobody. */
export async function askMachines(
  hosts: readonly HostConfiguration[],
  events: EngineEvents,
): Promise<Asked> {
  const asked = hosts.flatMap((host) => {
    const { change } = hostPlan(host, events);
    return change === "unreachable" || change === "in maintenance" ? [] : [askOne(host, change)];
  });
  return new Map(await Promise.all(asked));
}

async function askOne(
  host: HostConfiguration,
  change: Change,
): Promise<readonly [string, Census | string]> {
  const { name, sudo, listener } = host;
  const connection = readSshTarget(host);
  if ("problems" in connection) return [name, connection.problems.map(formatProblem).join("; ")];
  const { port } = listener;
  try {
    const census = await takeCensus({
      ...{ host: name, connection, sudo, port, restart: change === "restart" },
    });
    return [name, census];
  } catch (error) {
    if (error instanceof MachineError) return [name, problemOfHost(name, error).message];
    throw error;
  }
}
