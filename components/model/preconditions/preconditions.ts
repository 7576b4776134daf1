import { baselineOf, type Baseline } from "../desired/baseline.ts";
import type { DesiredHost } from "../desired/desired-host.ts";
import type { MachineFacts } from "../observed/facts.ts";
import type { Problem } from "../problem.ts";
import { foreignExecStart } from "../systemd/drop-ins.ts";
import { addressesProblem } from "./addresses.ts";
import { hidingProblem, swarmProblem } from "./containers.ts";
import { dockerServiceProblem, lookProblem } from "./docker-service.ts";
import { daemonKeysProblem } from "./daemon-keys.ts";
import { daemonJsonProblem, pathProblem } from "./files.ts";
import { portProblem } from "./port.ts";
import { socketUnitsProblem } from "./socket-units.ts";
import { takenAlongProblem } from "./taken-along.ts";
import { unitConflict } from "./unit-conflicts.ts";

/** What the machine brings along, or the first reason why it cannot be converged. */
export function checkPreconditions(facts: MachineFacts, desired: DesiredHost): Baseline | Problem {
  const execStart = foreignExecStart(facts.unitText);
  const unready =
    lookProblem(facts) ??
    dockerServiceProblem(facts, execStart) ??
    pathProblem(facts, desired.listener.socket) ??
    addressesProblem(facts, desired) ??
    swarmProblem(facts, desired) ??
    daemonJsonProblem(facts);
  if (unready !== undefined) return unready;
  const baseline = baselineOf(facts, desired, execStart ?? "");
  return (
    unitConflict(facts, desired, baseline) ??
    socketUnitsProblem(facts, desired, baseline) ??
    portProblem(facts, desired.listener) ??
    daemonKeysProblem(facts, desired, baseline) ??
    hidingProblem(facts, desired, baseline) ??
    // A later change may need no restart.
    (facts.record === undefined ? takenAlongProblem(facts, desired, baseline) : undefined) ??
    baseline
  );
}
