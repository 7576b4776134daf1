// Tests on lab machines: what the command `test` and `test:machines` have in common.
import { globSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Reports } from "../../lab/engine/report.ts";
import type { ImageName } from "../../lab/machines/image.ts";
import { labsOfTests } from "../../lab/machines/labs.ts";
import { downLab } from "../../lab/machines/machines.ts";
import { withFileLock } from "../../lab/file-lock.ts";
import { cacheDirectory, checkout } from "../../lab/paths.ts";
import { labObstacle } from "../../lab/requirements.ts";
import { machineWorkers, resultsDirectory, runLayer, type LayerResult } from "./jest.ts";
import { lastLine } from "./tally.ts";

export interface MachineRun {
  readonly reports: Reports;
  readonly signal: AbortSignal;
}

/** What a person reads where tests on machines can't run. */
export const noLab = (obstacle: string): string =>
  `integration: did not run; the lab can't run on this machine: ${obstacle}; use a Debian machine with root, or npm run test:unit`;

/**
 * Does `work` with the labs of this user's tests to itself, and takes them away afterwards.
 * @throws Error where lab machines can't run on this machine.
 */
export function withLabs<T>({ reports, signal }: MachineRun, work: () => Promise<T>): Promise<T> {
  const { say } = reports;
  const obstacle = labObstacle();
  if (obstacle !== undefined) throw new Error(noLab(obstacle));
  // The labs are the same for all checkouts, and the first to end takes them away.
  const turn = {
    lock: join(cacheDirectory, "tests.lock"),
    doing: "tests on the lab's machines",
    say,
    signal,
  };
  return withFileLock(turn, async () => {
    try {
      return await work();
    } finally {
      // One that somebody has in use by hand stays, and must not cost the report.
      const ends = labsOfTests.map((lab) => downLab(lab, { say }));
      for (const end of await Promise.allSettled(ends)) {
        if (end.status === "rejected") say(String(end.reason));
      }
    }
  });
}

export interface Selection {
  readonly image: ImageName;
  /** Patterns of test files, as jest takes them. */
  readonly patterns: readonly string[];
  /** The folder below tests/integration, or nothing for both. */
  readonly folder: "machine" | "";
  readonly environment?: Readonly<Record<string, string>>;
}

/** Runs test files on one kind of machine whose image is there, each worker on machines of its own. */
export async function testOn(
  { reports: { say }, signal }: MachineRun,
  { image, patterns, folder, environment = {} }: Selection,
): Promise<LayerResult> {
  say(`integration on ${image}`);
  const result = await runLayer({
    name: `integration on ${image}`,
    // jest runs what matches any of its patterns, so the folder is not one of them.
    args: [
      ...patterns,
      "--testTimeout=600000",
      `--testMatch=**/tests/${join("integration", folder)}/**/*.test.ts`,
    ],
    environment: { ...environment, DOCKERTLS_TEST_IMAGE: image },
    sideBySide: machineWorkers,
    signal,
  });
  const { passed, failed } = result.tally;
  if (passed + failed > 0) {
    say(`integration on ${image}: ${lastLine(result.tally)}`);
    return result;
  }
  say(
    `integration on ${image}: did not run; no test was executed; a run without them proves too little`,
  );
  return { ...result, tally: { passed: 0, failed: 1 } };
}

/** Test files that run on every kind of machine, as paths below tests/. */
export const machineFiles = (): string[] =>
  globSync("integration/machine/**/*.test.ts", { cwd: join(checkout, "tests") }).sort();

const secondsFile = join(resultsDirectory, "seconds.json");

/** Keeps what each file took, for a share of test:machines that has only so many minutes. */
export function keepSeconds(results: readonly LayerResult[]): void {
  const seconds = results.flatMap(({ files }) =>
    files.map((file): [string, number] => [file.file, Math.round(file.seconds)]),
  );
  writeFileSync(secondsFile, `${JSON.stringify(Object.fromEntries(seconds), null, 2)}\n`);
}

/** What files took in the last `npm test` of this checkout. */
export function keptSeconds(): Readonly<Record<string, number>> {
  try {
    return JSON.parse(readFileSync(secondsFile, "utf8")) as Record<string, number>;
  } catch {
    return {};
  }
}
