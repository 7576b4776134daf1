// Stand-ins that stay while a test file runs (standins/resident.ts): the engine connects to them. Otherwise it starts a
// process for each of them, some of them twice a run.
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { ChosenPlugin } from "../../lab/engine/plugins.ts";
import { checkout } from "../../lab/paths.ts";

interface Residents {
  readonly child: ChildProcess;
  /** `tls:PORT,docker:PORT`, as the engine takes them. */
  readonly ports: Promise<string>;
}

/** By what they find in their environment. */
const started = new Map<string, Residents>();

/**
 * What the engine finds in its environment, so that it connects to those of its plugins that are stand-ins.
 * @param environment the engine's, which its plugins would inherit.
 */
export async function residentPlugins(
  chosen: readonly ChosenPlugin[],
  environment: NodeJS.ProcessEnv,
): Promise<NodeJS.ProcessEnv> {
  const standIns = chosen.filter(({ origin }) => origin === "stand-in").map(({ name }) => name);
  if (standIns.length === 0) return {};
  const ports = (await residentsIn(environment).ports).split(",");
  const own = ports.filter((entry) => standIns.includes(entry.split(":")[0] ?? ""));
  return { PULUMI_DEBUG_PROVIDERS: own.join(",") };
}

/** Ends them, if any were started. */
export async function stopResidentPlugins(): Promise<void> {
  const children = [...started.values()].map(({ child }) => child);
  started.clear();
  await Promise.all(children.map(end));
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.kill("SIGKILL");
  await ended;
}

function residentsIn(environment: NodeJS.ProcessEnv): Residents {
  // What is the engine's own differs from stack to stack.
  const inherited = Object.entries(environment).filter(([name]) => !name.startsWith("PULUMI_"));
  const key = JSON.stringify(inherited);
  const residents = started.get(key) ?? start(Object.fromEntries(inherited));
  started.set(key, residents);
  return residents;
}

function start(environment: NodeJS.ProcessEnv): Residents {
  const node = join(checkout, "node_modules", ".bin", "node");
  const main = join(checkout, "standins", "resident.mjs");
  const child = spawn(node, ["--disable-warning=ExperimentalWarning", main], {
    env: environment,
    // Its input ends with this process, however that ends.
    stdio: ["pipe", "pipe", "inherit"],
  });
  const ports = new Promise<string>((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code) => reject(new Error(`resident plugins: ended with ${String(code)}`)));
    createInterface(child.stdout).once("line", resolve);
  });
  ports.catch(() => undefined);
  return { child, ports };
}
