// A command of this project as an operator types it, in the environment of a test's stack.
import { join } from "node:path";
import { execa } from "execa";
import { checkout } from "../../lab/paths.ts";
import type { StackRun } from "./stack-run.ts";
import { untilSaid } from "./said.ts";
import { timed } from "./stopwatch.ts";

export interface Command {
  readonly exitCode: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunningCommand {
  readonly end: Promise<Command>;
  /** Once it has said that on stdout; it must not have said it before. */
  says(text: string): Promise<void>;
}

/** `npm run NAME -- ARGS`. */
export const operator = (
  stack: Pick<StackRun, "environment">,
  name: string,
  ...args: string[]
): Promise<Command> => operatorBegins(stack, name, ...args).end;

/** The same, for a test that does something meanwhile. */
export function operatorBegins(
  { environment }: Pick<StackRun, "environment">,
  name: string,
  ...args: string[]
): RunningCommand {
  const child = execa(process.execPath, [join(checkout, "scripts", "run.mjs"), name, ...args], {
    ...{ cwd: checkout, env: environment, extendEnv: false },
    ...{ reject: false, timeout: 240_000 },
  });
  const end = timed("engine", async () => {
    const { exitCode, stdout, stderr } = await child;
    return { exitCode, stdout, stderr };
  });
  return {
    end,
    says: (text) => untilSaid(child.stdout, text),
  };
}
