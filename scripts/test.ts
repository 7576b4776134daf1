// npm test: set-up, lint, and every layer of tests, each test once. `--unit` leaves out the layers that
// need an engine and machines; `--image bookworm` runs those on another kind of machine than Debian 13.
import { parseArgs } from "node:util";
import { consoleReports } from "../lab/engine/report.ts";
import { defaultImage, imageNamed, type ImageName } from "../lab/machines/image.ts";
import { installTools, labObstacle, labTools, lintTools, unlockSudo } from "../lab/requirements.ts";
import { lint } from "./lint.ts";
import { prepareEngine } from "./prepare.ts";
import { runLayer, type LayerResult } from "./test/jest.ts";
import { keepSeconds, testOn, withLabs } from "./test/machines.ts";
import { failure, lastLine, sum } from "./test/tally.ts";
import { timeTable } from "./test/times.ts";

const reports = consoleReports();
const { say } = reports;

// An interrupted run ends jest, and stays to take the labs away.
const interruption = new AbortController();
const { signal } = interruption;

/** Folders below tests/ that the unit layer has none of. */
function leftOutOfUnit(withEngine: boolean): string[] {
  const folders = ["/tests/integration/", ...(withEngine ? ["/tests/plugins/"] : [])];
  if (process.platform === "linux") return folders;
  say("tests/remote: skipped; the scripts are for Linux, with GNU coreutils and flock");
  return [...folders, "/tests/remote/"];
}

/** Naming files, one may name none of a layer's. */
const mayBeEmpty = (patterns: readonly string[]): string[] =>
  patterns.length > 0 ? ["--passWithNoTests"] : [];

function unit(patterns: readonly string[], withEngine: boolean): Promise<LayerResult> {
  return runLayer({
    name: "unit",
    args: [
      // First: an option of jest that takes several values would take them, too.
      ...patterns,
      ...leftOutOfUnit(withEngine).map((folder) => `--testPathIgnorePatterns=${folder}`),
      ...mayBeEmpty(patterns),
    ],
    signal,
  });
}

/**
 * The layers that need the real engine: tests of the plugins that it turned out to use, which may have
 * been downloaded a moment ago, then tests on machines, which need root.
 */
function withEngineAndMachines(
  patterns: readonly string[],
  images: readonly ImageName[],
): Promise<LayerResult[]> {
  return withLabs({ reports, signal }, async () => {
    await prepareEngine(reports);
    const layers = [
      await runLayer({
        name: "plugins",
        args: [...patterns, ...mayBeEmpty(patterns), "--testMatch=**/tests/plugins/**/*.test.ts"],
        signal,
      }),
    ];
    for (const image of images) {
      if (signal.aborted) break;
      layers.push(await testOn({ reports, signal }, { image, patterns, folder: "" }));
    }
    return layers;
  });
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
  const images = values.image?.map(imageNamed) ?? [defaultImage];
  const withEngine = !values.unit && labObstacle() === undefined;
  if (withEngine) {
    unlockSudo();
    await installTools([...labTools, ...lintTools], reports);
  }
  const lintFailures = values["skip-lint"] ? 0 : await lint();
  const layers = [await unit(positionals, withEngine)];
  if (!values.unit && !signal.aborted) {
    layers.push(...(await withEngineAndMachines(positionals, images)));
    if (positionals.length === 0) keepSeconds(layers);
  }
  for (const line of timeTable(layers)) say(line);
  const total = sum([failure(lintFailures), ...layers.map(({ tally }) => tally)]);
  say(lastLine(total));
  return total.failed > 0 ? 1 : 0;
}

process.on("SIGINT", () => interruption.abort());
process.on("SIGTERM", () => interruption.abort());

try {
  const code = await main();
  process.exitCode = signal.aborted ? 130 : code;
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  say(lastLine(failure(1)));
  process.exitCode = 1;
}
