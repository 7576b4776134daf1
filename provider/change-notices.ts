// What a person is told of a change before it is made: a preview shows that a resource changes, but not what comes of
// it on the machine.
import {
  changeImpact,
  combined,
  describeImpact,
  type Impact,
} from "../components/model/plan/impact.ts";
import { repairImpact } from "../components/model/plan/repair.ts";
import {
  isSameAddress,
  noticed,
  readInputs,
  readRecord,
  wasUnseen,
  writtenBy,
  type Observed,
} from "./host-state-record.ts";
import type { Properties, Told } from "./provider.ts";
import { strings } from "./wire.ts";

/** By a look that was made for the change. `state` is undefined for a machine that is new. */
export function tellOfChange(
  observed: Observed,
  state: Properties | undefined,
  inputs: Properties,
  tell: Told,
): void {
  const { owner } = observed.facts;
  if (owner !== undefined && owner.id !== readInputs(inputs).desired.owner) {
    tell.info(`owner: ${owner.id} so far; the machine stays converged, and nothing is restored`);
  }
  tell.info(impactLine(observed, state, inputs));
  const { findings } = noticed(observed, readInputs(inputs));
  for (const line of strings({ findings }, "findings")) tell.warn(`finding: ${line}`);
}

function impactLine(observed: Observed, state: Properties | undefined, inputs: Properties): string {
  const { desired } = readInputs(inputs);
  if (state === undefined || !knowsTheMachine(state, inputs)) {
    const written = state === undefined || !isReadable(state) ? undefined : writtenBy(state);
    return `impact: ${describeImpact(repairImpact(observed, desired, written))}`;
  }
  const before = readRecord(state);
  const change = changeImpact(readInputs(state).desired, desired, before);
  const isBoth = [before.impact, change].every(({ effect }) => effect !== "nothing");
  const of = isBoth ? " of the drift and of the change" : "";
  return `impact${of}: ${describeImpact(combined([before.impact, change]))}`;
}

/** Whether the state says how the machine is that the inputs lead to. */
function knowsTheMachine(state: Properties, inputs: Properties): boolean {
  return isReadable(state) && !wasUnseen(state) && isSameAddress(state, inputs);
}

/** Versions before the third recorded no impact. */
function isReadable(state: Properties): boolean {
  return (readRecord(state) as { readonly impact?: Impact }).impact !== undefined;
}
