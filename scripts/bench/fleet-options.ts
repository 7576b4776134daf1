// What `npm run bench -- fleet` takes from its command line.
import { parseArgs } from "node:util";
import { toolNames } from "./results.ts";
import type { ToolName } from "./results.ts";

export interface FleetOptions {
  /** Numbers of machines, from the least to the most. */
  readonly machines: readonly number[];
  /** How often the phases are run whose median counts. */
  readonly rounds: number;
  readonly tools: readonly ToolName[];
  /** Larger numbers of machines, on which this program alone is measured: how it grows. */
  readonly growth: readonly number[];
  /** Folder of the page and its chart. */
  readonly out: string;
  /** Measures nothing: draws the figures that the last run left. */
  readonly redraw: boolean;
}

const usualMachines = "1,10,30";
const usualGrowth = "99";

/** A lab has addresses for so many. */
const most = 99;

/** Where the figures of a run go that is not the whole of it. */
export const scratchFolder = ".dockertls/bench";

/** @throws Error `where: what; why; do this`. */
export function parseFleetArgs(args: readonly string[]): FleetOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      machines: { type: "string", default: usualMachines },
      rounds: { type: "string", default: "3" },
      only: { type: "string", default: toolNames.join(",") },
      growth: { type: "string", default: usualGrowth },
      out: { type: "string" },
      redraw: { type: "boolean", default: false },
    },
  });
  const machines = numbersIn("machines", values.machines);
  const tools = values.only.split(",").map(toolNamed);
  const isWhole =
    values.machines === usualMachines &&
    values.growth === usualGrowth &&
    toolNames.every((name) => tools.includes(name));
  const growth = values.growth === "none" ? [] : numbersIn("growth", values.growth);
  return {
    machines,
    growth: tools.includes("dockertls") ? growth : [],
    rounds: numberIn("rounds", values.rounds, most),
    tools: toolNames.filter((name) => tools.includes(name)),
    out: values.out ?? (isWhole || values.redraw ? "docs" : scratchFolder),
    redraw: values.redraw,
  };
}

/** From the least to the most. */
function numbersIn(option: string, text: string): number[] {
  const numbers = text.split(",").map((word) => numberIn(option, word, most));
  return [...new Set(numbers)].sort((a, b) => a - b);
}

function numberIn(option: string, text: string, limit: number): number {
  if (/^[1-9][0-9]*$/.test(text) && Number(text) <= limit) return Number(text);
  throw new Error(
    `--${option} ${text}: is not a number from 1 to ${limit}; nothing was measured; write for example --${option} 3`,
  );
}

function toolNamed(text: string): ToolName {
  const known = toolNames.find((name) => name === text);
  if (known !== undefined) return known;
  throw new Error(
    `--only ${text}: no such tool; there are ${toolNames.join(", ")}; name some of them, with commas between`,
  );
}
