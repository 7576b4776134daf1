import type { MachineFacts } from "../observed/facts.ts";
import type { EndpointProbe } from "../observed/endpoint-probe.ts";
import type { Baseline } from "../desired/baseline.ts";

/** A machine as it was seen: on it, from here, and what a converge takes from it. */
export interface Observation {
  readonly facts: MachineFacts;
  readonly endpointProbe: EndpointProbe;
  readonly baseline: Baseline;
}
