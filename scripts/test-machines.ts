// npm run test:machines: the tests on machines on every kind of machine, by the real engine, with every fault.
// `--minutes` takes a share of it, another one for each commit.
import { parseArgs } from "node:util";
import { execa } from "execa";
import {
  ensureImage,
  imageNamed,
  isMoving,
  secondsToBuild,
  testedImageNames,
  type ImageName,
} from "../lab/machines/image.ts";
import { checkout } from "../lab/paths.ts";
import { installTools, labTools, unlockSudo } from "../lab/requirements.ts";
import { showedHelp } from "./help.ts";
import { prepareEngine } from "./prepare.ts";
import { runTests, type Results } from "./test/command.ts";
import { machineWorkers, type LayerResult } from "./test/jest.ts";
import { keptSeconds, machineFiles, testOn, withLabs, type MachineRun } from "./test/machines.ts";
import { shareOf, type Job } from "./test/share.ts";
import { failure, type Tally } from "./test/tally.ts";

const isFault = (file: string): boolean => file.startsWith("integration/machine/faults/");

/** What all of the faults take, beside a sample of them, at most: 2 to 3.6 times on Debian 13. */
const everyFault = 4;
/** What a file takes by the real engine, beside the fake one, at most. */
const byRealEngine = 2.5;
/** What a file takes of which nothing is known. */
const unknownSeconds = 90;

function allJobs(images: readonly ImageName[], patterns: readonly string[]): Job<ImageName>[] {
  const seconds = keptSeconds();
  const files = machineFiles().filter(
    (file) => patterns.length === 0 || patterns.some((pattern) => file.includes(pattern)),
  );
  return images.flatMap((image) =>
    files.map((file) => ({
      image,
      file,
      seconds: (seconds[file] ?? unknownSeconds) * (isFault(file) ? everyFault : byRealEngine),
    })),
  );
}

/** Seconds until the first test runs on a kind of machine. */
const preparation = (image: ImageName): number => secondsToBuild(image) + 15;

/** A number that goes up by one with each commit; where that is not known, any number that differs. */
async function commitNumber(): Promise<number> {
  const git = async (...args: string[]): Promise<string> =>
    (await execa("git", args, { cwd: checkout })).stdout.trim();
  if ((await git("rev-parse", "--is-shallow-repository")) === "true") {
    return parseInt((await git("rev-parse", "HEAD")).slice(0, 8), 16);
  }
  return Number(await git("rev-list", "--count", "HEAD"));
}

async function chosenJobs(
  jobs: readonly Job<ImageName>[],
  minutes: number | undefined,
): Promise<readonly Job<ImageName>[]> {
  if (minutes === undefined) return jobs;
  const turn = await commitNumber();
  return shareOf(jobs, { seconds: minutes * 60, workers: machineWorkers, preparation, turn });
}

function sayWhatRuns(
  jobs: readonly Job<ImageName>[],
  all: readonly Job<ImageName>[],
  say: (line: string) => void,
): void {
  say(`test:machines: ${String(jobs.length)} of ${String(all.length)} test files on machines`);
  for (const image of new Set(all.map((job) => job.image))) {
    const own = jobs.filter((job) => job.image === image).map(({ file }) => shortName(file));
    say(`  ${image}: ${own.length > 0 ? own.join(", ") : "none this time"}`);
  }
}

const shortName = (file: string): string =>
  file.replace("integration/machine/", "").replace(".test.ts", "");

/**
 * Runs the jobs of one kind. An image that can't be built is reported, and does not stop the other kinds.
 * In a share, a kind that can't be built that day is left out; without `--minutes` it is a failure.
 */
async function runOn(
  image: ImageName,
  jobs: readonly Job<ImageName>[],
  isShare: boolean,
  run: MachineRun,
): Promise<LayerResult | Tally> {
  const { say } = run.reports;
  try {
    await ensureImage(image, say);
  } catch (error) {
    say(error instanceof Error ? error.message : String(error));
    if (!isShare || !isMoving(image)) return failure(1);
    say(`${image}: left out of this share`);
    return failure(0);
  }
  return testOn(run, {
    image,
    patterns: jobs.map(({ file }) => `tests/${file}`),
    folder: "machine",
    environment: {
      DOCKERTLS_FAULTS: process.env["DOCKERTLS_FAULTS"] ?? "all",
      DOCKERTLS_TESTS_ENGINE: "real",
    },
  });
}

async function testMachines(run: MachineRun): Promise<Results> {
  const { reports, signal } = run;
  const { values, positionals } = parseArgs({
    options: {
      image: { type: "string", multiple: true },
      minutes: { type: "string" },
    },
    allowPositionals: true,
  });
  const all = allJobs(values.image?.map(imageNamed) ?? testedImageNames, positionals);
  const minutes = values.minutes === undefined ? undefined : Number(values.minutes);
  if (minutes !== undefined && !(minutes > 0)) {
    throw new Error(
      `--minutes ${String(values.minutes)}: is not a number of minutes; write --minutes 15`,
    );
  }
  const jobs = await chosenJobs(all, minutes);
  sayWhatRuns(jobs, all, reports.say);
  unlockSudo();
  await installTools(labTools, reports);
  return withLabs(run, async () => {
    await prepareEngine(reports);
    const results: (LayerResult | Tally)[] = [];
    for (const image of new Set(jobs.map((job) => job.image))) {
      if (signal.aborted) break;
      const own = jobs.filter((job) => job.image === image);
      results.push(await runOn(image, own, minutes !== undefined, run));
    }
    return results;
  });
}

const usage = `usage: npm run test:machines [-- OPTIONS] [PATTERN…]: the tests on every kind of machine, by the real engine,
                                                      every fault
  --image NAME   on this kind only; more than once if you like
  --minutes N    a share that takes about as long, another one for each commit`;

if (!showedHelp(usage)) await runTests(testMachines);
