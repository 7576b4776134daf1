// How the engine is started and stopped, with a program in its place that writes down what it is told.
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LocalWorkspace, Stack } from "@pulumi/pulumi/automation/index.js";
import { EngineFailure, engineCommand } from "../../../scripts/rollout/command.ts";
import { Interruption } from "../../../scripts/rollout/interruption.ts";
import { plainView } from "../../../scripts/rollout/view.ts";
import { convergeOf, looked, proofOf } from "../../support/engine-events.ts";

let directory: string;
const path = process.env["PATH"];
const heard = (): string[] => {
  const file = join(directory, "heard");
  return existsSync(file) ? readFileSync(file, "utf8").trim().split("\n") : [];
};

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "dockertls-command-"));
  writeFileSync(
    join(directory, "pulumi"),
    `#!/bin/sh
[ "$1" = version ] && { echo v3.255.0; exit; }
trap 'echo INT >>"${directory}/heard"; exit 1' INT
echo "$1 $(env | grep -c '^\\(DOCKER_HOST\\|OURS\\)=')" >>"${directory}/heard"
[ "$1" = stack ] && exit
while :; do sleep 0.02; done
`,
  );
  chmodSync(join(directory, "pulumi"), 0o755);
});
afterEach(() => {
  process.env["PATH"] = path;
  delete process.env["DOCKER_HOST"];
  rmSync(directory, { recursive: true });
});

async function stackOf(stop: Interruption): Promise<Stack> {
  const pulumiCommand = await engineCommand({ directory, origin: "stub" }, stop.atOnce);
  const envVars = { PATH: path ?? "", OURS: "1" };
  return Stack.select(
    "dev",
    await LocalWorkspace.create({ workDir: directory, pulumiCommand, envVars }),
  );
}

test("it selects no stack, has the environment that it is given and no other, and hears of the end once", async () => {
  process.env["DOCKER_HOST"] = "tcp://elsewhere";
  const lines: string[] = [];
  const stop = new Interruption((line) => lines.push(line));
  const stack = await stackOf(stop);
  expect(heard()).toEqual([]);

  const up = stack.up({ signal: stop.inOrder }).catch((error: unknown) => error);
  while (heard().length === 0) await new Promise((next) => setTimeout(next, 20));
  stop.interrupt();
  stop.interrupt();

  expect(await up).toBeInstanceOf(EngineFailure);
  expect(heard()).toEqual(["up 1", "INT"]);
  expect(lines).toEqual([
    expect.stringMatching(/^interrupted: the step under way is finished/),
    expect.stringMatching(/a third Ctrl-C ends the engine at once: the stack stays locked until/),
  ]);
  expect([stop.happened, stop.atOnce.aborted]).toEqual([true, false]);
  stop.interrupt();
  expect(stop.atOnce.aborted).toBe(true);
});

test("where there is no terminal, a line says what happens to a machine, and none that it was looked at", async () => {
  const lines: string[] = [];
  const view = plainView((line) => lines.push(line));
  await view.follow("prod: up", ["a"], (watch) => {
    for (const event of [...looked("a"), convergeOf("update", "a"), proofOf("update", "a")])
      watch(event);
    return Promise.resolve({ events: [], errors: [] });
  });
  expect(lines).toEqual(["prod: up: begins", "prod: up: a: changing"]);
});
