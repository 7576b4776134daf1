// What the engine's events tell of a stack's machines and certificates, beside what became of them.
import { endpoint } from "../../components/model/address.ts";
import { hostNames, parseUrn, pluginTypes } from "../../components/identity.ts";
import { oneLine } from "../../components/model/problem.ts";
import type { EngineEvents, Step } from "../engine-events.ts";
import { certificatesIn } from "../expiry/certificates.ts";
import { expiryReport, type Row } from "../expiry/report.ts";
import type { StateResource } from "../forget/deployment.ts";

import type { HostFacts } from "./schema.ts";

type Events = Pick<EngineEvents, "steps" | "resources">;

export function certificateRows(stack: string, { resources }: Events, at: Date): readonly Row[] {
  return expiryReport(certificatesIn(stack, { deployment: { resources } }), at).certificates;
}

export function hostFacts(host: string, events: Events): HostFacts {
  const state = outputsOf(events.resources, pluginTypes.hostState, hostNames.state(host));
  const proof = outputsOf(events.resources, pluginTypes.endpointProof, hostNames.proof(host));
  const problems = lines(proof["problems"]);
  const wasProven = Array.isArray(proof["problems"]) && state["maintenance"] !== true;
  return {
    endpoint: text(proof["endpoint"]) || endpointIn(host, events.steps),
    dockerd: text(proof["serverVersion"]) || text(state["dockerdVersion"]),
    system: text(proof["operatingSystem"]) || text(state["operatingSystem"]),
    proof: wasProven ? (problems.length === 0 ? "proven" : "not proven") : "none",
    refusals: lines(proof["refusals"]),
  };
}

/** Where a machine is to be reached that was not proven yet. */
function endpointIn(host: string, steps: readonly Step[]): string {
  const { address, port } =
    steps.findLast(
      ({ type, name }) => type === pluginTypes.endpointProof && name === hostNames.proof(host),
    )?.inputs ?? {};
  return typeof address === "string" && typeof port === "number" ? endpoint(address, port) : "";
}

function outputsOf(
  resources: readonly StateResource[],
  kind: string,
  wanted: string,
): Readonly<Record<string, unknown>> {
  const found = resources.find(({ type, urn }) => type === kind && parseUrn(urn).name === wanted);
  return found?.outputs ?? {};
}

const text = (value: unknown): string => (typeof value === "string" ? oneLine(value) : "");

const lines = (value: unknown): string[] =>
  (Array.isArray(value) ? (value as unknown[]) : [])
    .filter((line): line is string => typeof line === "string")
    .map((line) => oneLine(line));
