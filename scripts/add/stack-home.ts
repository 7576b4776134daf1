// Where the stack of the machines lives: it is made where it is not there yet, so that `up` can follow at once.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, realpathSync, statSync } from "node:fs";
import { join } from "node:path";
import { writeAtomically } from "../../lab/atomic-write.ts";
import { engineAtHand, type Engine } from "../../lab/engine/engine.ts";
import { consoleReports } from "../../lab/engine/report.ts";
import { checkout } from "../../lab/paths.ts";
import { aloneInHome, devEnvironment, devStack } from "../dev-stack.ts";
import { prepareEngine } from "../prepare.ts";
import { refuseSecretLogs } from "../secret-logs.ts";
import { asItWas } from "../stack-file.ts";
import {
  engineFailure,
  isOwnStack,
  neverLoggedIn,
  ownSelection,
  runEngine,
} from "../stack-engine.ts";

/**
 * What to run next. A stack that neither this checkout's own backend has nor the person's is made: in the one that
 * the person is logged in to, otherwise in this checkout's own, which needs no login and no passphrase of theirs.
 * @param path of the stack's file.
 * @throws Error with the line that says why there is no stack, and what to do.
 */
export async function readyStack(
  stack: string,
  path: string,
  isTerminal: boolean,
): Promise<string> {
  refuseSecretLogs();
  const engine = engineAtHand();
  if (engine === undefined || isOwnStack(stack)) return ownStack(stack, path);
  const env = { ...process.env, PULUMI_SKIP_UPDATE_CHECK: "true" };
  const listed = await runEngine(engine, ["stack", "ls", "--json"], env);
  if (neverLoggedIn(listed)) return ownStack(stack, path);
  if (listed.exitCode !== 0) throw new Error(engineFailure(stack, listed));
  const stacks = JSON.parse(listed.stdout) as { name: string; current: boolean }[];
  const isNamed = ({ name }: { name: string }): boolean =>
    [name, name.split("/").at(-1)].includes(stack);
  const present = stacks.find(isNamed);
  if (present === undefined) {
    await keepingLayout(path, () => initInTheirs(engine, stack, env, isTerminal));
  }
  return present === undefined || present.current ? "pulumi up" : `pulumi up --stack ${stack}`;
}

/** Whatever happens meanwhile, the stack's file keeps its layout. */
async function keepingLayout<T>(path: string, work: () => Promise<T>): Promise<T> {
  const read = (): string => (existsSync(path) ? readFileSync(path, "utf8") : "");
  const before = read();
  try {
    return await work();
  } finally {
    const afterwards = read();
    const kept = asItWas(before, afterwards);
    if (before !== "" && kept !== afterwards) {
      writeAtomically(realpathSync(path), kept, statSync(path).mode & 0o777);
    }
  }
}

async function initInTheirs(
  engine: Engine,
  stack: string,
  env: NodeJS.ProcessEnv,
  isTerminal: boolean,
): Promise<void> {
  const args = ["stack", "init", stack];
  if (isTerminal) {
    // The engine may ask for a passphrase.
    const { status } = spawnSync(join(engine.directory, "pulumi"), args, {
      ...{ cwd: checkout, env, stdio: "inherit" },
    });
    if (status !== 0) throw new Error(`pulumi stack init ${stack}: failed; the reason is above`);
    return;
  }
  const run = await runEngine(engine, args, env);
  if (run.exitCode !== 0) throw new Error(engineFailure(stack, run));
}

async function ownStack(stack: string, path: string): Promise<string> {
  const reports = consoleReports(process.stderr);
  const engine = await prepareEngine(reports);
  const next = "npm run pulumi -- up";
  if (stack === devStack.name && ownSelection(engine) === undefined) return next;
  const verb = isOwnStack(stack) ? "select" : "init";
  await aloneInHome(reports.say, async () => {
    const env = devEnvironment(engine, stack);
    const run = await keepingLayout(path, () => runEngine(engine, ["stack", verb, stack], env));
    if (run.exitCode !== 0) throw new Error(engineFailure(stack, run));
  });
  return next;
}
