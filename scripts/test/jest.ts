// Runs jest on one layer of the tests, and brings back what its JSON result says.
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join, relative } from "node:path";
import { testLabNames } from "../../lab/machines/labs.ts";
import { checkout } from "../../lab/paths.ts";
import type { Span } from "../../tests/support/stopwatch.ts";
import { fieldCasesOf, tallyOf, type FieldCases, type JestResult, type Tally } from "./tally.ts";
import type { FileTime } from "./times.ts";

/** How many files are tested side by side. */
const workers = availableParallelism();

/**
 * The same for tests on machines, which wait a good part of their time. Each has a lab of its own, so there are no more
 * of them than labs. Where the tests of faults write their page, one comes after the other.
 */
export const machineWorkers =
  process.env["DOCKERTLS_FAULTS"] === "write"
    ? 1
    : Math.min(Math.ceil(1.5 * availableParallelism()), testLabNames.length);

export interface LayerOptions {
  /** What the layer is called in the tables. */
  readonly name: string;
  /** Arguments of jest besides the ones that every layer has. */
  readonly args: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  /** How many files side by side; as many as there are processors, if it says nothing. */
  readonly sideBySide?: number;
  /** Ends jest. */
  readonly signal: AbortSignal;
}

/** What came of a layer. */
export interface LayerResult {
  readonly name: string;
  readonly tally: Tally;
  /** From the start of jest to its end. */
  readonly seconds: number;
  readonly files: readonly FileTime[];
  readonly fieldCases: FieldCases;
}

/** Where results of runs lie for the commands that come after. */
export const resultsDirectory = join(checkout, ".dockertls", "tests");

export async function runLayer({
  name,
  args,
  environment = {},
  sideBySide = workers,
  signal,
}: LayerOptions): Promise<LayerResult> {
  mkdirSync(resultsDirectory, { recursive: true });
  // Of this run's own: another one may be testing at the same time.
  const own = join(resultsDirectory, `${name}-${String(process.pid)}`);
  const [results, spans] = [`${own}.json`, `${own}.spans`];
  const begun = performance.now();
  await jestEnds(
    ["--json", `--outputFile=${results}`, `--maxWorkers=${String(sideBySide)}`, ...args],
    { ...environment, DOCKERTLS_TEST_SPANS: spans },
    signal,
  );
  const seconds = (performance.now() - begun) / 1000;
  const result = taken(results, (text) => JSON.parse(text) as JestResult);
  const seen = taken(spans, (text) =>
    text
      .split("\n")
      .filter(Boolean)
      .map((line) => JSON.parse(line) as Span),
  );
  return {
    ...{ name, seconds, tally: tallyOf(result) },
    files: filesOf(result, seen ?? []),
    fieldCases: fieldCasesOf(result),
  };
}

async function jestEnds(
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<void> {
  const child = spawn(
    process.execPath,
    [
      "--experimental-vm-modules",
      "--disable-warning=ExperimentalWarning",
      join(checkout, "node_modules", "jest", "bin", "jest.js"),
      ...args,
    ],
    {
      cwd: checkout,
      env: { ...process.env, ...environment },
      stdio: ["ignore", "inherit", "inherit"],
      signal,
    },
  );
  // Being interrupted comes as an error; what counts is that jest has ended.
  child.once("error", () => undefined);
  await new Promise((done) => child.once("close", done));
}

/** What a file says, if it is there; it is gone afterwards. */
function taken<T>(path: string, read: (text: string) => T): T | undefined {
  if (!existsSync(path)) return undefined;
  const text = readFileSync(path, "utf8");
  rmSync(path);
  return read(text);
}

function filesOf(result: JestResult | undefined, spans: readonly Span[]): FileTime[] {
  return (result?.testResults ?? []).map(({ name, startTime, endTime, assertionResults }) => ({
    file: relative(join(checkout, "tests"), name),
    seconds: (endTime - startTime) / 1000,
    tests: assertionResults.length,
    spans: spans.filter(({ file }) => file === name),
  }));
}
