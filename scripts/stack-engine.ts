// A stack's own engine, for commands that work on whatever stack they are pointed at: this checkout's
// stacks by its own backend and passphrase, all others in the environment that the person has.
import { spawn, spawnSync } from "node:child_process";
import { join } from "node:path";
import { engineAtHand, type Engine } from "../lab/engine/engine.ts";
import { engineVersion } from "../lab/engine/versions.ts";
import { checkout } from "../lab/paths.ts";
import { formatProblem, oneLine } from "../components/model/problem.ts";
import { devEnvironment, devStack, hasStack, ownStacks, withStackFile } from "./dev-stack.ts";
import { refuseSecretLogs } from "./secret-logs.ts";
import { lockedLine, stackLockIn } from "./stack-lock.ts";

export interface EngineRun {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * The engine that is here. Nothing is fetched or built for a command that only looks or tidies up.
 * @throws Error where there is none, or where the environment would have it write secrets in plain.
 */
export function presentEngine(): Engine {
  refuseSecretLogs();
  const engine = engineAtHand();
  if (engine !== undefined) return engine;
  throw new Error(
    formatProblem({
      where: "engine",
      what: `Pulumi ${engineVersion} is not on PATH, nor made here`,
      why: "the state of a stack is the engine's",
      fix: "install Pulumi, or run `npm run pulumi -- version`, which gets it",
    }),
  );
}

/**
 * The stack that a command works on when none is named: the one of the environment, the one that the person has
 * selected (`pulumi stack select`), there or in this checkout's own backend, or another.
 */
export function usualStack(engine: Engine | undefined, otherwise = devStack.name): string {
  const named = process.env["PULUMI_STACK"] ?? "";
  if (named !== "") return named;
  return selectedStack(engine, process.env) ?? ownSelection(engine) ?? otherwise;
}

/** The stack that is selected in this checkout's own backend; undefined where none was made there beside dev. */
export function ownSelection(engine: Engine | undefined): string | undefined {
  if (engine === undefined || ownStacks().every((name) => name === devStack.name)) return undefined;
  const selected = selectedStack(engine, devEnvironment(engine, ""));
  return selected !== undefined && hasStack(selected) ? selected : undefined;
}

function selectedStack(
  engine: Engine | undefined,
  environment: NodeJS.ProcessEnv,
): string | undefined {
  if (engine === undefined) return undefined;
  const { status, stdout } = spawnSync(
    join(engine.directory, "pulumi"),
    ["stack", "--show-name", "--non-interactive", "--color=never"],
    {
      cwd: checkout,
      encoding: "utf8",
      env: { ...environment, PULUMI_SKIP_UPDATE_CHECK: "true" },
      timeout: 20_000,
    },
  );
  // None is selected, or the person has never logged in anywhere.
  return status === 0 && stdout.trim() !== "" ? stdout.trim() : undefined;
}

/** Whether a stack is in this checkout's own backend, and not in one that the person has chosen. */
export const isOwnStack = (stack: string): boolean =>
  process.env["PULUMI_BACKEND_URL"] === undefined && hasStack(stack);

/** Work on a stack; of this checkout's own stack dev the engine is given a file that has its salt. */
export const withinStack = <T>(
  stack: string,
  say: (line: string) => void,
  work: () => Promise<T>,
): Promise<T> => (stack === devStack.name && isOwnStack(stack) ? withStackFile(say, work) : work());

/** The stack's file. A stack may be named with its organisation; its file never is. */
export function configFileOf(stack: string): string {
  const name = stack.split("/").at(-1) ?? stack;
  return process.env["PULUMI_OPTION_CONFIG_FILE"] ?? join(checkout, `Pulumi.${name}.yaml`);
}

/** The engine's answer to a command about one stack; it never asks back. */
export function askEngine(
  engine: Engine,
  stack: string,
  args: readonly string[],
  { input = "", variables = {} }: { input?: string; variables?: NodeJS.ProcessEnv } = {},
): Promise<EngineRun> {
  const environment = { ...environmentOf(engine, stack), ...variables };
  return runEngine(engine, [...args, "--stack", stack], environment, input);
}

/** Backend and passphrase of a stack: this checkout's own, or those that the person has. */
export const environmentOf = (engine: Engine, stack: string): NodeJS.ProcessEnv =>
  isOwnStack(stack)
    ? devEnvironment(engine, stack)
    : { ...process.env, PULUMI_SKIP_UPDATE_CHECK: "true" };

export function runEngine(
  engine: Engine,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  input = "",
): Promise<EngineRun> {
  return new Promise((resolve, reject) => {
    const child = spawn(
      join(engine.directory, "pulumi"),
      [...args, "--non-interactive", "--color=never"],
      { cwd: checkout, env, stdio: ["pipe", "pipe", "pipe"] },
    );
    const output = { stdout: "", stderr: "" };
    child.stdout.setEncoding("utf8").on("data", (text: string) => (output.stdout += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (output.stderr += text));
    child.once("error", reject);
    child.once("close", (code) => {
      resolve({ exitCode: code ?? 1, ...output });
    });
    // One that ends early reads no more; its exit code says why.
    child.stdin.on("error", () => undefined);
    child.stdin.end(input);
  });
}

/** Whether the engine says that the person has no backend: whoever has never logged in has no stacks in one. */
export const neverLoggedIn = ({ exitCode, stderr }: EngineRun): boolean =>
  exitCode !== 0 && /not logged in|pulumi login|PULUMI_ACCESS_TOKEN must be set/i.test(stderr);

/** What the engine could not do with a stack, in one line. */
export function engineFailure(stack: string, { stdout, stderr }: EngineRun): string {
  const said = `${stderr}\n${stdout}`;
  const where = `stack ${stack}`;
  if (/no stack named/i.test(said)) {
    return formatProblem({
      where,
      what: "there is no stack of that name",
      why: "nothing is known of its machines",
      fix: "see `pulumi stack ls` (here: `npm run pulumi -- stack ls`), and name it with --stack",
    });
  }
  const lock = stackLockIn(said);
  if (lock !== undefined) return lockedLine(stack, lock);
  return formatProblem({
    where,
    what: oneLine(reasonIn(said), 300) || "the engine failed and gave no reason",
    why: "the engine could not do it",
    fix: "see what `pulumi stack` says of it; a passphrase comes from PULUMI_CONFIG_PASSPHRASE or PULUMI_CONFIG_PASSPHRASE_FILE",
  });
}

/** The engine's first error. Several at once are a list below a line that only counts them. */
function reasonIn(said: string): string {
  const [, first = said] = /^\s*error:\s*(.*)$/m.exec(said) ?? [];
  const list = [...said.matchAll(/^\s*(?:\*|\d+\)) (.+)$/gm)].map(([, item = ""]) => item.trim());
  return /\berrors? occurred:$/.test(first) && list.length > 0 ? list.join(", and ") : first;
}

/**
 * A stack's state, JSON as the engine writes it; secrets are encrypted in it.
 * @throws Error with the line that says why the stack gives none.
 */
export async function exportedState(engine: Engine, stack: string): Promise<string> {
  const exported = await askEngine(engine, stack, ["stack", "export"]);
  if (exported.exitCode !== 0) throw new Error(engineFailure(stack, exported));
  return exported.stdout;
}
