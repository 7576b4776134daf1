// npm test: set-up, lint, every layer of tests; `--unit` leaves out the one that needs machines.
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { consoleReports } from "../lab/engine/report.ts";
import { ensureImage } from "../lab/machines/image.ts";
import { downLab } from "../lab/machines/machines.ts";
import { oneAtATime } from "../lab/one-at-a-time.ts";
import { cacheDirectory, checkout } from "../lab/paths.ts";
import { installTools, labObstacle, labTools, lintTools, unlockSudo } from "../lab/requirements.ts";
import { lint } from "./lint.ts";
import { prepareEngine } from "./prepare.ts";
import { lastLine, sum, tallyOf } from "./tally.ts";
import type { JestResult, Tally } from "./tally.ts";

const reports = consoleReports();
const { say } = reports;

// An interrupted run ends jest, and stays to take the lab away.
const interruption = new AbortController();

async function jest(layer: string, args: string[]): Promise<Tally> {
  const results = join(checkout, ".dockertls", "tests");
  // Of this run's own: another one may be testing at the same time.
  const outputFile = join(results, `${layer}-${String(process.pid)}.json`);
  mkdirSync(results, { recursive: true });
  const child = spawn(
    process.execPath,
    [
      "--experimental-vm-modules",
      "--disable-warning=ExperimentalWarning",
      join(checkout, "node_modules", "jest", "bin", "jest.js"),
      ...["--json", `--outputFile=${outputFile}`, ...args],
    ],
    { cwd: checkout, stdio: ["ignore", "inherit", "inherit"], signal: interruption.signal },
  );
  // Being interrupted comes as an error; what counts is that jest has ended.
  child.once("error", () => undefined);
  await new Promise((done) => child.once("close", done));
  if (!existsSync(outputFile)) return tallyOf(undefined);
  const result = JSON.parse(readFileSync(outputFile, "utf8")) as JestResult;
  rmSync(outputFile);
  return tallyOf(result);
}

/** Folders that the unit layers leave out here. */
function leftOut(): string[] {
  if (process.platform === "linux") return ["/tests/integration/"];
  say("tests/remote: skipped; the scripts are for Linux, with GNU coreutils and flock");
  return ["/tests/integration/", "/tests/remote/"];
}

const failure = (count: number): Tally => ({ passed: 0, failed: count });

/** The layer that needs root, machines and the real engine. */
async function integration(args: string[]): Promise<Tally> {
  const obstacle = labObstacle();
  if (obstacle) {
    say(
      `integration: did not run; the lab can't run on this machine: ${obstacle}; use a Debian machine with root, or npm run test:unit`,
    );
    return failure(1);
  }
  // The lab is one for all checkouts, and the first to end takes it away.
  const turn = {
    lock: join(cacheDirectory, "tests.lock"),
    doing: "tests on the lab's machines",
    say,
    signal: interruption.signal,
  };
  return oneAtATime(turn, () => onMachines(args));
}

async function onMachines(args: string[]): Promise<Tally> {
  try {
    await prepareEngine(reports);
    await ensureImage("trixie", say);
    const tally = await jest("integration", [
      ...args,
      ...["--runInBand", "--testTimeout=600000", "--roots=tests/integration"],
    ]);
    if (tally.passed + tally.failed > 0) return tally;
    say(
      "integration: did not run; no test of tests/integration was executed; a run without it proves too little",
    );
    return failure(1);
  } finally {
    await downLab("test", { say });
  }
}

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    options: {
      unit: { type: "boolean", default: false },
      "skip-lint": { type: "boolean", default: false },
    },
    allowPositionals: true,
  });
  const everything = !values.unit;
  if (everything && !labObstacle()) {
    unlockSudo();
    await installTools([...labTools, ...lintTools], reports);
  }
  const tallies: Tally[] = [];
  if (!values["skip-lint"]) tallies.push(failure(await lint()));
  tallies.push(
    await jest("unit", [
      // Before the options, one of which would take them for more of its own values.
      ...positionals,
      ...(positionals.length > 0 ? ["--passWithNoTests"] : []),
      ...leftOut().map((folder) => `--testPathIgnorePatterns=${folder}`),
    ]),
  );
  if (everything && !interruption.signal.aborted) tallies.push(await integration(positionals));
  const total = sum(tallies);
  say(lastLine(total));
  return total.failed > 0 ? 1 : 0;
}

process.on("SIGINT", () => interruption.abort());
process.on("SIGTERM", () => interruption.abort());

try {
  const code = await main();
  process.exitCode = interruption.signal.aborted ? 130 : code;
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  say(lastLine(failure(1)));
  process.exitCode = 1;
}
