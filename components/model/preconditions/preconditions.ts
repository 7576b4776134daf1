import { baselineOf, type Groundwork } from "../desired/baseline.ts";
import type { DesiredHost } from "../desired/desired-host.ts";
import type { MachineFacts } from "../observed/facts.ts";
import type { Problem } from "../problem.ts";
import { foreignExecStart } from "../systemd/drop-ins.ts";
import { hidingProblem, swarmProblem } from "./containers.ts";
import { dockerServiceProblem, lookProblem } from "./docker-service.ts";
import { daemonJsonProblem, pathProblem } from "./files.ts";
import { unitConflict } from "./unit-conflicts.ts";

/** What the machine brings along for a converge, or the first reason why it cannot be converged. */
export function groundwork(facts: MachineFacts, desired: DesiredHost): Groundwork | Problem {
  const execStart = foreignExecStart(facts.unitText);
  const unready =
    lookProblem(facts) ??
    dockerServiceProblem(facts, execStart) ??
    pathProblem(facts, desired.listener.socket) ??
    swarmProblem(facts, desired) ??
    daemonJsonProblem(facts);
  if (unready !== undefined) return unready;
  const ground = baselineOf(facts, desired, execStart ?? "");
  return unitConflict(facts, desired, ground) ?? hidingProblem(facts, desired, ground) ?? ground;
}
