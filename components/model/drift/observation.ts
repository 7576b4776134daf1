import type { MachineFacts } from "../observed/facts.ts";
import type { SeenFromHere } from "../observed/endpoint-probe.ts";
import type { Groundwork } from "../desired/baseline.ts";

/** A machine as it was seen: on it, from here, and what a converge takes from it. */
export interface Sight {
  readonly facts: MachineFacts;
  readonly outside: SeenFromHere;
  readonly ground: Groundwork;
}
