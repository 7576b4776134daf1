// npm test: set-up, lint, every layer of tests; `--unit` leaves out the one that needs machines, and
// `--image bookworm` runs that one on one kind of machine only.
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { consoleReports } from "../lab/engine/report.ts";
import { ensureImage, imageNamed, imageNames } from "../lab/machines/image.ts";
import type { ImageName } from "../lab/machines/image.ts";
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

async function jest(
  layer: string,
  args: string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<Tally> {
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
    {
      cwd: checkout,
      env: { ...process.env, ...environment },
      stdio: ["ignore", "inherit", "inherit"],
      signal: interruption.signal,
    },
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
function leftOut(pluginsComeLater: boolean): string[] {
  const folders = ["/tests/integration/", ...(pluginsComeLater ? ["/tests/plugins/"] : [])];
  if (process.platform === "linux") return folders;
  say("tests/remote: skipped; the scripts are for Linux, with GNU coreutils and flock");
  return [...folders, "/tests/remote/"];
}

const failure = (count: number): Tally => ({ passed: 0, failed: count });

/**
 * The layers that need the real engine: tests of the plugins that it turned out to use, which may have
 * been downloaded a moment ago, then tests on machines, which need root, once for each kind of machine.
 */
async function integration(images: readonly ImageName[], args: string[]): Promise<Tally> {
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
  return oneAtATime(turn, () => onMachines(images, args));
}

async function onMachines(images: readonly ImageName[], args: string[]): Promise<Tally> {
  const tallies: Tally[] = [];
  try {
    await prepareEngine(reports);
    const some = args.length > 0 ? ["--passWithNoTests"] : [];
    tallies.push(
      await jest("plugins", [...args, ...some, "--testMatch=**/tests/plugins/**/*.test.ts"]),
    );
    for (const image of images) {
      if (!interruption.signal.aborted) tallies.push(await integrationOn(image, args));
    }
    return sum(tallies);
  } finally {
    await downLab("test", { say });
  }
}

/**
 * What a whole run leaves out on a kind of machine; whoever names files has them there. Names, addresses,
 * stacks and states are the same on every kind, and so are the steps of a run: on all three they would
 * bring a whole run to its limit in CI. docker-ce's layout has Debian 13's dockerd, so what that says of
 * itself is told there.
 */
const onOneKind = ["identity", "dead-machine", "upgrade", "faults", "swarm"];
const leftOutOn: Readonly<Record<ImageName, readonly string[]>> = {
  trixie: [],
  bookworm: onOneKind,
  "docker-ce-layout": [...onOneKind, "drift"],
};

async function integrationOn(image: ImageName, args: string[]): Promise<Tally> {
  await ensureImage(image, say);
  say(`integration on ${image}`);
  const tally = await jest(
    `integration-${image}`,
    // Patterns of jest add up, so the folder is none of them.
    [
      ...args,
      ...(args.length > 0 ? [] : leftOutOn[image]).map(
        (file) => `--testPathIgnorePatterns=/tests/integration/${file}\\.test\\.ts$`,
      ),
      "--runInBand",
      "--testTimeout=600000",
      "--testMatch=**/tests/integration/**/*.test.ts",
    ],
    { DOCKERTLS_TEST_IMAGE: image },
  );
  if (tally.passed + tally.failed > 0) {
    say(`integration on ${image}: ${lastLine(tally)}`);
    return tally;
  }
  say(
    `integration on ${image}: did not run; no test of tests/integration was executed; a run without it proves too little`,
  );
  return failure(1);
}

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    options: {
      unit: { type: "boolean", default: false },
      "skip-lint": { type: "boolean", default: false },
      image: { type: "string", multiple: true },
    },
    allowPositionals: true,
  });
  const images = values.image?.map(imageNamed) ?? imageNames;
  const everything = !values.unit;
  const withEngine = everything && !labObstacle();
  if (withEngine) {
    unlockSudo();
    await installTools([...labTools, ...lintTools], reports);
  }
  const tallies: Tally[] = [];
  if (!values["skip-lint"]) tallies.push(failure(await lint()));
  tallies.push(
    await jest("unit", [
      // First: an option of jest that takes several values would take them, too.
      ...positionals,
      ...leftOut(withEngine).map((folder) => `--testPathIgnorePatterns=${folder}`),
      ...(positionals.length > 0 ? ["--passWithNoTests"] : []),
    ]),
  );
  if (everything && !interruption.signal.aborted) {
    tallies.push(await integration(images, positionals));
  }
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
