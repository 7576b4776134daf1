// A stack in a folder, as the fake engine keeps it; used by the tests and by the engine alike.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { checkout } from "../../../lab/paths.ts";
import { revealAll } from "../../../standins/values.ts";
import { readState } from "./recorded.ts";

const commands = ["up", "preview", "refresh", "destroy"];

export const statePath = (directory: string): string => join(directory, "fake-state.json");
const configurationPath = (directory: string): string => join(directory, "fake-configuration.json");

/** What the program is given: `{ hosts: { t1: { … } } }`. */
export function writeFakeConfiguration(directory: string, settings: object): void {
  writeFileSync(configurationPath(directory), JSON.stringify(settings));
}

export function readFakeConfiguration(directory: string): Readonly<Record<string, unknown>> {
  return JSON.parse(readFileSync(configurationPath(directory), "utf8")) as Record<string, unknown>;
}

/** The command line that stands for `pulumi ARGS`. */
export function fakeCommand(
  directory: string,
  stack: string,
  args: readonly string[],
): [string, ...string[]] {
  if (!commands.includes(args[0] ?? "")) {
    throw new Error(`pulumi ${args.join(" ")}: the fake engine can't`);
  }
  const node = join(checkout, "node_modules", ".bin", "node");
  const main = join(checkout, "tests", "support", "fake-engine", "main.mjs");
  return [node, "--disable-warning=ExperimentalWarning", main, directory, stack, ...args];
}

/** One of the stack's outputs, secret or not. */
export function fakeOutput(directory: string, stack: string, key: string): unknown {
  const found = readState(statePath(directory)).find(({ type }) => type === "pulumi:pulumi:Stack");
  if (found === undefined) throw new Error(`stack ${stack}: nothing was made yet`);
  return revealAll(found.outputs)[key];
}
