// What the commands `test` and `test:machines` have in common: they can be interrupted, and end with the
// tables and the line that counts.
import { consoleReports } from "../../lab/engine/report.ts";
import type { LayerResult } from "./jest.ts";
import type { MachineRun } from "./machines.ts";
import { failure, fieldCasesLine, lastLine, sum, type Tally } from "./tally.ts";
import { timeTable } from "./times.ts";

/** What a command has run: layers of tests, and what is counted beside them. */
export type Results = readonly (LayerResult | Tally)[];

const isLayer = (result: LayerResult | Tally): result is LayerResult => "tally" in result;

/** Runs a command to its last line, and sets the exit code. */
export async function runTests(command: (run: MachineRun) => Promise<Results>): Promise<void> {
  const reports = consoleReports();
  const { say } = reports;
  // An interrupted run ends jest, and stays to take the labs away.
  const interruption = new AbortController();
  for (const name of ["SIGINT", "SIGTERM"]) process.on(name, () => interruption.abort());
  const { signal } = interruption;
  try {
    const results = await command({ reports, signal });
    const layers = results.filter(isLayer);
    for (const line of timeTable(layers)) say(line);
    for (const line of fieldCasesLine(layers.map(({ fieldCases }) => fieldCases))) say(line);
    const total = sum(results.map((result) => (isLayer(result) ? result.tally : result)));
    say(lastLine(total));
    process.exitCode = signal.aborted ? 130 : Math.min(total.failed, 1);
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error));
    say(lastLine(failure(1)));
    process.exitCode = 1;
  }
}
