// Which stacks a command works on that can look at several.
import { formatProblem } from "../components/model/problem.ts";
import type { Engine } from "../lab/engine/engine.ts";
import { ownStacks } from "./dev-stack.ts";
import { engineFailure, neverLoggedIn, runEngine, usualStack } from "./stack-engine.ts";

/** Those that were named, all there are, or the usual one. */
export async function stacksAsked(
  engine: Engine,
  { all, stack }: { readonly all: boolean; readonly stack?: readonly string[] | undefined },
): Promise<readonly string[]> {
  if (!all) return stack ?? [usualStack(engine)];
  const stacks = await everyStack(engine);
  if (stacks.length > 0) return stacks;
  throw new Error(
    formatProblem({
      where: "--all",
      what: "this project has no stack here",
      why: "there is no machine to look at",
      fix: "name one with --stack, or log in to the backend that has them",
    }),
  );
}

/** Every stack of this project: this checkout's own, and those of the backend that the person is in. */
async function everyStack(engine: Engine): Promise<string[]> {
  const own = process.env["PULUMI_BACKEND_URL"] === undefined ? ownStacks() : [];
  const env = { ...process.env, PULUMI_SKIP_UPDATE_CHECK: "true" };
  const run = await runEngine(engine, ["stack", "ls", "--json"], env);
  if (own.length > 0 && neverLoggedIn(run)) return own;
  if (run.exitCode !== 0) throw new Error(engineFailure("--all", run));
  const listed = JSON.parse(run.stdout) as { name: string }[];
  return [...new Set([...own, ...listed.map(({ name }) => name)])];
}
