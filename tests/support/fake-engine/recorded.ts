// What the fake engine remembers of a stack between two runs: JSON in the stack's folder, in clear.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import type { Values } from "../../../standins/values.ts";

/** One resource, as the last run left it. */
export interface Recorded {
  readonly urn: string;
  readonly type: string;
  readonly name: string;
  /** Whether a plugin has made it; a component is the program's alone. */
  readonly custom: boolean;
  readonly id: string;
  readonly inputs: Values;
  readonly outputs: Values;
  /** URNs of what must be there as long as it is. */
  readonly needs: readonly string[];
  /** Whether another has taken its place: it is deleted at the end of the run. */
  readonly replaced: boolean;
}

export function readState(path: string): Recorded[] {
  return existsSync(path) ? (JSON.parse(readFileSync(path, "utf8")) as Recorded[]) : [];
}

export function writeState(path: string, resources: readonly Recorded[]): void {
  writeFileSync(path, JSON.stringify(resources));
}
