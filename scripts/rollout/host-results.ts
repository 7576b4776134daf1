// What became of each machine of a stack in its turn of a rollout.
import type { EngineEvent } from "@pulumi/pulumi/automation/events.js";
import { hostNames, otherTypes, parseUrn, pluginTypes } from "../../components/identity.ts";
import { idle } from "../engine-events.ts";
import { hostOf, type HostChange } from "./changes.ts";
import { isGreen, type HostResult, type StackResult } from "./report.ts";

export interface TurnEnd extends Pick<StackResult, "outcome" | "errors"> {
  readonly events: readonly EngineEvent[];
}

type Result = HostChange & Pick<HostResult, "outcome" | "seconds">;

export function hostResults(changes: readonly HostChange[], turn: TurnEnd): Result[] {
  return changes.map((change) => {
    const steps = turn.events.filter((event) => isStepOf(change.host, event));
    return { ...change, outcome: outcomeOf(change, steps, turn), seconds: secondsOf(steps) };
  });
}

function outcomeOf(
  { host, state, effect, impact }: HostChange,
  steps: readonly EngineEvent[],
  { outcome, errors }: TurnEnd,
): HostResult["outcome"] {
  if (state === "in maintenance") return "in maintenance";
  const isDue = effect !== "nothing" || impact.length > 0 || state !== "in sync";
  if (outcome === "due") return isDue ? "due" : "unchanged";
  const failed = steps.flatMap(({ resOpFailedEvent }) =>
    resOpFailedEvent === undefined ? [] : [parseUrn(resOpFailedEvent.metadata.urn).type],
  );
  const isNamed = errors.some((line) => line.startsWith(`${host}: `));
  if (state === "unreachable") return "unreachable";
  // It was looked at, and nothing was begun.
  if (state === "blocked" || failed.includes(pluginTypes.hostState)) return "refused";
  if (failed.length > 0 || isNamed) return "failed";
  if (steps.some(({ resOutputsEvent }) => resOutputsEvent !== undefined)) {
    return state === "removed" ? "removed" : "changed";
  }
  return isDue && !isGreen({ outcome }) ? "not begun" : "unchanged";
}

/** Whether an event is of something that is done to a machine, and not of a preview or of a look. */
function isStepOf(host: string, event: EngineEvent): boolean {
  const { resourcePreEvent, resOutputsEvent, resOpFailedEvent } = event;
  const { metadata } = resourcePreEvent ?? resOutputsEvent ?? resOpFailedEvent ?? {};
  if (metadata === undefined || hostOf(metadata.urn) !== host) return false;
  const isPlanned = (resourcePreEvent ?? resOutputsEvent)?.planning === true;
  return !isPlanned && !idle.includes(metadata.op);
}

/** From its converge to its proof: before that, it may have waited for the waves before its own. */
function secondsOf(steps: readonly EngineEvent[]): number {
  const times = steps.flatMap((event) => {
    const { resourcePreEvent, resOutputsEvent, resOpFailedEvent, timestamp } = event;
    const urn = (resourcePreEvent ?? resOutputsEvent ?? resOpFailedEvent)?.metadata.urn ?? "";
    const { type, name } = parseUrn(urn);
    const isOfChange =
      (type === otherTypes.command && name === hostNames.converge(hostOf(urn) ?? "")) ||
      type === pluginTypes.endpointProof;
    return isOfChange ? [timestamp] : [];
  });
  return times.length === 0 ? 0 : Math.max(...times) - Math.min(...times);
}
