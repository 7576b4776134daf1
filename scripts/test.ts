// npm test: set-up, lint, and every layer of tests, each test once. `--unit` leaves out the layers that
// need an engine and machines; `--image bookworm` runs those on another kind of machine than Debian 13.
import { parseArgs } from "node:util";
import { defaultImage, ensureImage, imageNamed, type ImageName } from "../lab/machines/image.ts";
import { installTools, labObstacle, labTools, lintTools, unlockSudo } from "../lab/requirements.ts";
import { showedHelp } from "./help.ts";
import { lint } from "./lint.ts";
import { prepareEngine } from "./prepare.ts";
import { runTests, type Results } from "./test/command.ts";
import { runLayer, type LayerResult } from "./test/jest.ts";
import { keepSeconds, noLab, testOn, withLabs, type MachineRun } from "./test/machines.ts";
import { failure } from "./test/tally.ts";

/** Folders below tests/ that the unit layer leaves out. */
function leftOutOfUnit(withEngine: boolean, { reports }: MachineRun): string[] {
  const folders = ["/tests/integration/", ...(withEngine ? ["/standins/tests/"] : [])];
  if (process.platform === "linux") return folders;
  reports.say("tests/remote: skipped; the scripts are for Linux, with GNU coreutils and flock");
  return [...folders, "/tests/remote/"];
}

/** A person who names files may name none of this layer. */
const mayBeEmpty = (patterns: readonly string[]): string[] =>
  patterns.length > 0 ? ["--passWithNoTests"] : [];

function unit(
  patterns: readonly string[],
  withEngine: boolean,
  run: MachineRun,
): Promise<LayerResult> {
  return runLayer({
    name: "unit",
    args: [
      // First: an option of jest that takes several values would take them, too.
      ...patterns,
      ...leftOutOfUnit(withEngine, run).map((folder) => `--testPathIgnorePatterns=${folder}`),
      ...mayBeEmpty(patterns),
    ],
    signal: run.signal,
  });
}

/**
 * The layers that need the real engine: tests of the plugins that it turned out to use, which may have
 * been downloaded a moment ago, then tests on machines, which need root.
 */
function withEngineAndMachines(
  patterns: readonly string[],
  images: readonly ImageName[],
  run: MachineRun,
): Promise<LayerResult[]> {
  const { reports, signal } = run;
  return withLabs(run, async () => {
    await prepareEngine(reports);
    const layers = [
      await runLayer({
        name: "plugins",
        args: [...patterns, ...mayBeEmpty(patterns), "--testMatch=**/standins/tests/**/*.test.ts"],
        signal,
      }),
    ];
    for (const image of images) {
      if (signal.aborted) break;
      await ensureImage(image, reports.say);
      layers.push(await testOn(run, { image, patterns, folder: "" }));
    }
    return layers;
  });
}

async function test(run: MachineRun): Promise<Results> {
  const { values, positionals } = parseArgs({
    options: {
      unit: { type: "boolean", default: false },
      "skip-lint": { type: "boolean", default: false },
      image: { type: "string", multiple: true },
    },
    allowPositionals: true,
  });
  const images = values.image?.map(imageNamed) ?? [defaultImage];
  const obstacle = values.unit ? undefined : labObstacle();
  const withEngine = !values.unit && obstacle === undefined;
  if (withEngine) {
    unlockSudo();
    await installTools([...labTools, ...lintTools], run.reports);
  }
  const others = [failure(values["skip-lint"] ? 0 : await lint())];
  const layers = [await unit(positionals, withEngine, run)];
  if (obstacle !== undefined) {
    run.reports.say(noLab(obstacle));
    others.push(failure(1));
  }
  if (withEngine && !run.signal.aborted) {
    layers.push(...(await withEngineAndMachines(positionals, images, run)));
    if (positionals.length === 0) keepSeconds(layers);
  }
  return [...others, ...layers];
}

const usage = `usage: npm test [-- OPTIONS] [PATTERN…]: every test once, or the files whose path holds a pattern
  --unit         without root, without a lab (npm run test:unit)
  --image NAME   on another kind of machine; more than once if you like
  --skip-lint    without types, rules and shellcheck`;

if (!showedHelp(usage)) await runTests(test);
