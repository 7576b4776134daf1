// What a machine costs: logins, restarts and seconds of an up, side by side with a program that does nothing.
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defaultImage } from "../../lab/machines/image.ts";
import { downLab } from "../../lab/machines/machines.ts";
import { checkout } from "../../lab/paths.ts";
import { StackRun } from "../../tests/support/stack-run.ts";
import { testLab } from "../../tests/support/test-lab.ts";
import { TestMachine } from "../../tests/support/test-machine.ts";
import { median } from "./figures.ts";
import type { Figure } from "./figures.ts";

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

export async function figuresOfOneMachine(progress: (line: string) => void): Promise<Figure[]> {
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
        // The look, the script that is new there, and the converge.
        limit: "3",
        kept: firstLogins <= 3,
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
