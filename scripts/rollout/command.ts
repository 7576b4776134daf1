// How the Automation API starts the engine. By itself it starts whatever `pulumi` is on PATH, as a process of the
// terminal's own group, which hears Ctrl-C a second time when the API passes it on: and at the second one the engine
// ends at once, in the middle of a step. It also selects each stack that it works on, which the person's next `pulumi
// up` would then be about, and after an `up` it reads all outputs in clear, a client's private key among them.
import { spawn } from "node:child_process";
import { delimiter, join } from "node:path";
import { PulumiCommand } from "@pulumi/pulumi/automation/index.js";
import type { Engine } from "../../lab/engine/engine.ts";
import type { EngineRun } from "../stack-engine.ts";

/** What the SDK wants of a command that has gone well. */
interface Answer {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number;
}

/** The engine ended with an error. */
export class EngineFailure extends Error {
  readonly run: EngineRun;

  constructor(run: EngineRun) {
    super(`the engine ended with exit code ${String(run.exitCode)}`);
    this.run = run;
  }
}

/** What is asked for after `up`, and what is said instead of asking the engine. */
const unasked: readonly (readonly [string, string])[] = [
  ["stack select", ""],
  ["stack output", "{}"],
  ["stack history", "[]"],
];

/** @param atOnce ends the engine in the middle of what it does. */
export async function engineCommand(engine: Engine, atOnce: AbortSignal): Promise<PulumiCommand> {
  // The only place where the API looks for an engine that is in no folder `bin`.
  process.env["PATH"] = [engine.directory, process.env["PATH"]].join(delimiter);
  const command = await PulumiCommand.get();
  const run = (
    args: readonly string[],
    cwd: string,
    environment: NodeJS.ProcessEnv,
    _onOutput: unknown,
    _onError: unknown,
    signal?: AbortSignal,
  ): Promise<Answer> => {
    const [, instead] = unasked.find(([asked]) => args.slice(0, 2).join(" ") === asked) ?? [];
    if (instead !== undefined) return Promise.resolve({ stdout: instead, stderr: "", code: 0 });
    const whole = [...args, "--non-interactive", "--color=never"];
    return start(join(engine.directory, "pulumi"), whole, { cwd, environment, signal, atOnce });
  };
  return Object.assign(command, { run });
}

interface StartOptions {
  readonly cwd: string;
  /** All of it: nothing of this process's own is added. */
  readonly environment: NodeJS.ProcessEnv;
  readonly signal: AbortSignal | undefined;
  readonly atOnce: AbortSignal;
}

function start(
  program: string,
  args: readonly string[],
  { cwd, environment, signal, atOnce }: StartOptions,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    // In a group of its own: a terminal's Ctrl-C comes to this process alone, which passes it on once.
    const child = spawn(program, args, {
      ...{ cwd, env: environment, detached: true },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const interrupt = (): void => void child.kill("SIGINT");
    for (const one of [signal, atOnce]) one?.addEventListener("abort", interrupt);
    const output = { stdout: "", stderr: "" };
    child.stdout.setEncoding("utf8").on("data", (text: string) => (output.stdout += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (output.stderr += text));
    child.once("error", reject);
    child.once("close", (code) => {
      for (const one of [signal, atOnce]) one?.removeEventListener("abort", interrupt);
      if (code === 0) resolve({ ...output, code });
      else reject(new EngineFailure({ ...output, exitCode: code ?? 1 }));
    });
    // It may have been interrupted before it was started.
    if (signal?.aborted === true) interrupt();
  });
}
