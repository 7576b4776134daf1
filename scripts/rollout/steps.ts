// How far a machine is in a run of the engine, by the events that the engine tells of it.
import type { EngineEvent } from "@pulumi/pulumi/automation/events.js";
import { hostNames, parseUrn, pluginTypes, otherTypes } from "../../components/identity.ts";
import { hostOf } from "./changes.ts";

export interface HostStep {
  readonly host: string;
  readonly step: "looking" | "changing" | "proving" | "restoring" | "done" | "failed";
}

/** What an event says of a machine, if it says anything. */
export function stepOf(event: EngineEvent): HostStep | undefined {
  const failed = event.resOpFailedEvent?.metadata;
  const metadata = failed ?? (event.resourcePreEvent ?? event.resOutputsEvent)?.metadata;
  const host = metadata === undefined ? undefined : hostOf(metadata.urn);
  if (metadata === undefined || host === undefined) return undefined;
  if (failed !== undefined) return { host, step: "failed" };
  const { type, name } = parseUrn(metadata.urn);
  const ended = event.resOutputsEvent !== undefined;
  const proof = type === pluginTypes.endpointProof;
  if (proof && ended && metadata.op !== "refresh") return { host, step: "done" };
  // A preview, and the look before an `up`, change nothing.
  if (metadata.op === "refresh" || event.resourcePreEvent?.planning === true) {
    return type === pluginTypes.hostState && !ended ? { host, step: "looking" } : undefined;
  }
  if (metadata.op === "same" || ended) return undefined;
  if (proof) return { host, step: "proving" };
  if (type !== otherTypes.command) return undefined;
  if (name === hostNames.converge(host)) return { host, step: "changing" };
  return metadata.op === "delete" ? { host, step: "restoring" } : undefined;
}
