// A command of this project as an operator types it, in the environment of a test's stack.
import { join } from "node:path";
import { execa } from "execa";
import { checkout } from "../../lab/paths.ts";
import type { StackRun } from "./stack-run.ts";
import { timed } from "./stopwatch.ts";

export interface Command {
  readonly exitCode: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/** `npm run NAME -- ARGS`. */
export async function operator(
  stack: Pick<StackRun, "environment">,
  name: string,
  ...args: string[]
): Promise<Command> {
  const { exitCode, stdout, stderr } = await timed("engine", () =>
    execa(process.execPath, [join(checkout, "scripts", "run.mjs"), name, ...args], {
      ...{ cwd: checkout, env: stack.environment, extendEnv: false },
      ...{ reject: false, timeout: 240_000 },
    }),
  );
  return { exitCode, stdout, stderr };
}
