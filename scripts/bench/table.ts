// The fleet's figures as rows of a table: for a terminal of 80 columns, and for the page.
import { limitFigures } from "./limits.ts";
import { printed } from "./figures.ts";
import { countsIn, phaseNames, ratioTo, resultOf, statePerMachine, toolNames } from "./results.ts";
import type { Report, Result } from "./results.ts";

export const columns = [
  "phase",
  "tool",
  "wall s",
  "x pyinfra",
  "CPU s",
  "MB",
  "logins",
  "restarts",
  "no API s",
] as const;

const widths = [10, 10, 7, 10, 7, 6, 7, 9, 11];

/** Marks a figure of which some clients are not part: nobody knows how long they would have waited. */
const hungMark = "*";

export const hasHungClients = ({ results }: Report): boolean =>
  results.some(({ hungClients = 0 }) => hungClients > 0);

/** One row for each phase and tool. */
export function rowsOf(report: Report, machines: number): string[][] {
  return phaseNames.flatMap((phase) =>
    toolNames.flatMap((tool) => {
      const result = resultOf(report, tool, machines, phase);
      return result === undefined ? [] : [rowOf(report, result)];
    }),
  );
}

function rowOf(report: Report, result: Result): string[] {
  const ratio = ratioTo(report, result, "pyinfra");
  const hung = (result.hungClients ?? 0) > 0 ? hungMark : "";
  return [
    result.phase,
    result.tool,
    result.wallSeconds.toFixed(1),
    ratio === undefined ? "–" : `${ratio.toFixed(2)}x`,
    result.cpuSeconds.toFixed(1),
    (result.memoryBytes / 1e6).toFixed(0),
    countOf(result.logins),
    countOf(result.restarts),
    result.outageSeconds === undefined ? "–" : `${result.outageSeconds.toFixed(2)}${hung}`,
  ];
}

/** A mean of whole numbers is one itself, most of the time. */
const countOf = (mean: number): string => (Number.isInteger(mean) ? String(mean) : mean.toFixed(1));

export const hungNote = `${hungMark} a client that had connected got no answer within 20 s`;

/** For a terminal. */
export function tableLines(report: Report): string[] {
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, at) => (at < 2 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0)))
      .join("")
      .trimEnd();
  return [
    ...countsIn(report).flatMap((machines) => [
      "",
      `${machines} ${machines === 1 ? "machine" : "machines"}; medians of ${report.rounds} where rounds were run`,
      line(columns),
      ...rowsOf(report, machines).map(line),
    ]),
    ...(hasHungClients(report) ? [hungNote] : []),
    ...report.missing.map((reason) => `not measured: ${reason}`),
  ];
}

/** What was promised, and whether it was kept. */
export function limitLines(report: Report): string[] {
  const figures = limitFigures(report);
  return [
    ...(statePerMachine(report) === undefined && report.states.length > 0
      ? ["state of a machine more: takes two numbers of machines to tell"]
      : []),
    ...(figures.length === 0 ? [] : printed(figures)),
  ];
}
