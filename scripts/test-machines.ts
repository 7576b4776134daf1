// npm run test:machines: the tests on machines on every kind of machine, with every fault. `--minutes`
// takes a share of it that `npm test` has not run, another one for each commit.
import { existsSync } from "node:fs";
import { parseArgs } from "node:util";
import { execa } from "execa";
import { consoleReports } from "../lab/engine/report.ts";
import {
  allImageNames,
  defaultImage,
  ensureImage,
  imageDirectory,
  imageNamed,
  isMoving,
  recipeFor,
  type ImageName,
} from "../lab/machines/image.ts";
import { checkout } from "../lab/paths.ts";
import { installTools, labTools, unlockSudo } from "../lab/requirements.ts";
import { prepareEngine } from "./prepare.ts";
import { workers, type LayerResult } from "./test/jest.ts";
import { keptSeconds, machineFiles, testOn, withLabs } from "./test/machines.ts";
import { shareOf, type Job } from "./test/share.ts";
import { failure, lastLine, sum, type Tally } from "./test/tally.ts";
import { timeTable } from "./test/times.ts";

const reports = consoleReports();
const { say } = reports;
const interruption = new AbortController();
const { signal } = interruption;

const isFault = (file: string): boolean => file.startsWith("integration/machine/faults/");

/** What all of the faults take, beside a sample of them, at most: 2 to 3.6 times on Debian 13. */
const everyFault = 4;
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
      seconds: (seconds[file] ?? unknownSeconds) * (isFault(file) ? everyFault : 1),
    })),
  );
}

/** Seconds until a kind of machine is there: minutes where its image has to be built. */
function preparation(image: ImageName): number {
  if (existsSync(imageDirectory(recipeFor(image)))) return 15;
  return image === "dockerd-29" ? 480 : 120;
}

/** A number that goes up by one with each commit; where that can't be told, any that differs. */
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
  const open = jobs.filter(({ image, file }) => image !== defaultImage || isFault(file));
  const turn = await commitNumber();
  return shareOf(open, { seconds: minutes * 60, workers, preparation, turn });
}

function sayWhatRuns(jobs: readonly Job<ImageName>[], all: readonly Job<ImageName>[]): void {
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
 * Of a share nobody expects a kind that can't be had that day; without `--minutes` it is a failure.
 */
async function runOn(
  image: ImageName,
  jobs: readonly Job<ImageName>[],
  isShare: boolean,
): Promise<readonly (LayerResult | Tally)[]> {
  try {
    await ensureImage(image, say);
  } catch (error) {
    say(error instanceof Error ? error.message : String(error));
    if (!isShare || !isMoving(image)) return [failure(1)];
    say(`${image}: left out of this share`);
    return [];
  }
  const result = await testOn(
    { reports, signal },
    {
      image,
      patterns: jobs.map(({ file }) => `tests/${file}`),
      folder: "machine",
      environment: { DOCKERTLS_FAULTS: process.env["DOCKERTLS_FAULTS"] ?? "all" },
    },
  );
  return [result];
}

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    options: {
      image: { type: "string", multiple: true },
      minutes: { type: "string" },
    },
    allowPositionals: true,
  });
  const all = allJobs(values.image?.map(imageNamed) ?? allImageNames, positionals);
  const minutes = values.minutes === undefined ? undefined : Number(values.minutes);
  if (minutes !== undefined && !(minutes > 0)) {
    throw new Error(
      `--minutes ${String(values.minutes)}: is no number of minutes; write --minutes 15`,
    );
  }
  const jobs = await chosenJobs(all, minutes);
  sayWhatRuns(jobs, all);
  unlockSudo();
  await installTools(labTools, reports);
  const results = await withLabs({ reports, signal }, async () => {
    await prepareEngine(reports);
    const done: (LayerResult | Tally)[] = [];
    for (const image of new Set(jobs.map((job) => job.image))) {
      if (signal.aborted) break;
      const own = jobs.filter((job) => job.image === image);
      done.push(...(await runOn(image, own, minutes !== undefined)));
    }
    return done;
  });
  const layers = results.filter((result) => "tally" in result);
  for (const line of timeTable(layers)) say(line);
  const total = sum(results.map((result) => ("tally" in result ? result.tally : result)));
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
