// npm run bench: the figures that this program promises, measured on a lab machine and side by side
// with a program that does nothing. `--quick` leaves out what takes minutes: the start from nothing,
// and the tests. `--outage` measures only how long the API is away, `--image` that on one kind of
// machine only.
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { consoleReports } from "../lab/engine/report.ts";
import { defaultImage, imageNamed, imageNames } from "../lab/machines/image.ts";
import { downLab } from "../lab/machines/machines.ts";
import { checkout } from "../lab/paths.ts";
import { StackRun } from "../tests/support/stack-run.ts";
import { testLab } from "../tests/support/test-lab.ts";
import { TestMachine } from "../tests/support/test-machine.ts";
import { outageFigures } from "./bench-outage.ts";
import { refuseSecretLogs } from "./secret-logs.ts";
import { median, printed } from "./figures.ts";
import type { Figure } from "./figures.ts";

const { say, progress } = consoleReports();
const rounds = 5;

/** A program with nothing in it, as a yardstick for what the engine costs by itself. */
function emptyProgram(): string {
  const directory = mkdtempSync(join(tmpdir(), "dockertls-empty-"));
  const put = (name: string, text: string): void => {
    writeFileSync(join(directory, name), text);
  };
  put(
    "Pulumi.yaml",
    "name: dockertls\nruntime: { name: nodejs, options: { typescript: false } }\noptions: { refresh: always }\n",
  );
  put("package.json", '{ "type": "module", "main": "index.ts" }\n');
  put(
    "index.ts",
    'import * as pulumi from "@pulumi/pulumi";\n\nexport const stack = pulumi.getStack();\n',
  );
  symlinkSync(join(checkout, "node_modules"), join(directory, "node_modules"));
  return directory;
}

async function seconds(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1000;
}

async function upSucceeds(stack: StackRun): Promise<void> {
  const run = await stack.up();
  if (run.exitCode !== 0) throw new Error(`bench: an up failed:\n${run.all}`);
}

async function figuresOfOneMachine(): Promise<Figure[]> {
  const machine = new TestMachine("t1", defaultImage);
  progress("a fresh machine");
  await machine.pristine();
  const empty = emptyProgram();
  const nothing = await StackRun.create({}, empty);
  const stack = await StackRun.create({
    daemon: { "registry-mirrors": ["https://mirror.gcr.io"] },
    hosts: { t1: machine.host() },
  });
  try {
    progress("its first up");
    let mark = await machine.mark();
    const first = await seconds(() => upSucceeds(stack));
    const firstLogins = (await machine.logins(mark)).accepted;
    const starts = await machine.dockerStarts(mark);
    await upSucceeds(nothing);
    mark = await machine.mark();
    await upSucceeds(stack);
    const laterLogins = (await machine.logins(mark)).accepted;
    const ours: number[] = [];
    const theirs: number[] = [];
    for (let round = 1; round <= rounds; round += 1) {
      progress(
        `unchanged ups beside an empty program, round ${String(round)} of ${String(rounds)}`,
      );
      ours.push(await seconds(() => upSucceeds(stack)));
      theirs.push(await seconds(() => upSucceeds(nothing)));
    }
    const more = median(ours.map((time, round) => time - (theirs[round] ?? Number.NaN)));
    return [
      {
        what: "SSH connections, counted on the machine: first up",
        value: String(firstLogins),
        limit: "2",
        kept: firstLogins <= 2,
      },
      {
        what: "SSH connections, counted on the machine: unchanged up",
        value: String(laterLogins),
        limit: "1",
        kept: laterLogins <= 1,
      },
      {
        what: "restarts of dockerd in a first up",
        value: String(starts),
        limit: "1",
        kept: starts === 1,
      },
      { what: "first up --skip-preview", value: `${first.toFixed(1)} s` },
      { what: "unchanged up --skip-preview, median", value: `${median(ours).toFixed(2)} s` },
      { what: "the same of an empty program, median", value: `${median(theirs).toFixed(2)} s` },
      {
        what: "more than the empty program, median of the rounds",
        value: `${more.toFixed(2)} s`,
        limit: "2.5 s",
        kept: more <= 2.5,
      },
    ];
  } finally {
    await stack.close();
    await nothing.close();
    rmSync(empty, { recursive: true, force: true });
    await downLab(testLab);
  }
}

/** Every cache that a start fills, so that none of this machine's helps. The lab's image stays. */
function cachesIn(directory: string): Record<string, string> {
  return {
    XDG_CACHE_HOME: join(directory, "xdg"),
    GOMODCACHE: join(directory, "go-modules"),
    GOCACHE: join(directory, "go-build"),
    npm_config_cache: join(directory, "npm"),
  };
}

/** Runs a command as a person would; its output goes to a file that is named when it fails. */
function timed(directory: string, cache: string | undefined, args: string[]): number {
  const start = performance.now();
  const { status, stdout, stderr } = spawnSync("npm", args, {
    cwd: directory,
    encoding: "utf8",
    maxBuffer: 256 * 1024 * 1024,
    env: { ...process.env, ...(cache === undefined ? {} : cachesIn(cache)) },
  });
  if (status !== 0) {
    const log = join(checkout, ".dockertls", "bench.log");
    mkdirSync(join(checkout, ".dockertls"), { recursive: true });
    writeFileSync(log, stdout + stderr);
    throw new Error(`bench: npm ${args.join(" ")} failed in ${directory}; see ${log}`);
  }
  return (performance.now() - start) / 1000;
}

/** What a newcomer waits for: a clone of what is committed, and caches with nothing in them. */
function figuresFromNothing(): Figure[] {
  const directory = mkdtempSync(join(tmpdir(), "dockertls-clone-"));
  const clone = join(directory, "clone");
  const cache = join(directory, "cache");
  const minutes = (time: number): string => `${(time / 60).toFixed(1)} min`;
  try {
    const cloned = spawnSync("git", ["clone", "--quiet", checkout, clone], { stdio: "inherit" });
    if (cloned.status !== 0) throw new Error(`bench: git clone of ${checkout} failed`);
    // One checkout has the lab at a time.
    timed(checkout, undefined, ["run", "lab", "--", "down"]);
    progress("npm start in a fresh clone with empty caches");
    const cold = timed(clone, cache, ["start"]);
    progress("npm start again");
    const warm = timed(clone, cache, ["start"]);
    progress("npm test");
    const test = timed(clone, cache, ["test"]);
    return [
      { what: "npm start, fresh clone, empty caches", value: minutes(cold) },
      { what: "npm start again, nothing to do", value: `${warm.toFixed(1)} s` },
      { what: "npm test, after that", value: minutes(test) },
    ];
  } finally {
    spawnSync("npm", ["run", "lab", "--", "down"], {
      cwd: clone,
      env: { ...process.env, ...cachesIn(cache) },
    });
    rmSync(directory, { recursive: true, force: true });
  }
}

function print(figures: readonly Figure[]): void {
  for (const line of printed(figures)) say(line);
}

try {
  const { values } = parseArgs({
    options: {
      quick: { type: "boolean", default: false },
      outage: { type: "boolean", default: false },
      image: { type: "string", multiple: true },
    },
  });
  refuseSecretLogs();
  if (!values.outage) print(await figuresOfOneMachine());
  for (const image of values.image?.map(imageNamed) ?? imageNames) {
    print(await outageFigures(image, progress));
  }
  if (!values.outage && !values.quick) print(figuresFromNothing());
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
