// npm run forget -- HOST [--stack NAME]: takes a machine that is gone for good out of a stack's state, so
// that nothing waits for it any more. It dials nothing, and changes nothing but the state.
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { formatProblem } from "../components/model/problem.ts";
import type { Engine } from "../lab/engine/engine.ts";
import { checkout } from "../lab/paths.ts";
import { machinesIn, without, type Exported, type Without } from "./forget/deployment.ts";
import { failureText, showedHelp } from "./help.ts";
import {
  askEngine,
  engineFailure,
  exportedState,
  presentEngine,
  usualStack,
} from "./stack-engine.ts";

const usage = `usage: npm run forget -- HOST [--stack NAME]: takes a machine that is gone out of the state
  --stack NAME  which stack (default: PULUMI_STACK, the one selected, or dev)
It dials nothing, and says where it keeps a copy of the previous state.`;

async function forget(engine: Engine, stack: string, host: string): Promise<string> {
  const exported = await exportedState(engine, stack);
  const before = JSON.parse(exported) as Exported;
  const machines = machinesIn(before);
  if (!machines.includes(host)) throw new Error(unknownHost(stack, host, machines));
  const after = without(before, host);
  const copy = keep(stack, host, exported);
  // The engine takes the stack's lock for this, and refuses a state that does not hold together.
  const imported = await askEngine(engine, stack, ["stack", "import"], {
    input: JSON.stringify(after.state),
  });
  if (imported.exitCode !== 0) {
    rmSync(copy);
    throw new Error(engineFailure(stack, imported));
  }
  return told(stack, host, after, copy);
}

/** Keeps the previous state, in case somebody named the wrong machine. */
function keep(stack: string, host: string, state: string): string {
  const folder = join(checkout, ".dockertls", "forgotten");
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const time = new Date().toISOString().replace(/[:.]/g, "-");
  const path = join(folder, `${stack.replaceAll("/", "_")}-${host}-${time}.json`);
  writeFileSync(path, state, { mode: 0o600, flag: "wx" });
  return path;
}

function unknownHost(stack: string, host: string, machines: readonly string[]): string {
  return formatProblem({
    where: `stack ${stack}: ${host}`,
    what: "its state has no machine of that name",
    why: "there is nothing to forget",
    fix:
      machines.length === 0
        ? "name another stack with --stack; this one has no machines"
        : `name one of these: ${machines.join(", ")}`,
  });
}

/** What was done, and what remains to be done. */
function told(stack: string, host: string, { what, resources }: Without, copy: string): string {
  const count = `${String(resources)} ${resources === 1 ? "resource" : "resources"}`;
  const back = `the previous state is in ${copy} (pulumi stack import --stack ${stack} --file …)`;
  if (what === "former machine") {
    return (
      `${host}: forgot the previous machine, at the address before the change (${count} of stack ${stack}); ` +
      "the current one stays; if it is gone as well, run this again; " +
      `if the previous one comes back, our files are still on it: make it a host of its own, run \`pulumi up\`, then take it out and run it again; ${back}`
    );
  }
  return (
    `${host}: forgotten (${count} of stack ${stack}); ` +
    `take it out of dockertls:hosts, or the next \`pulumi up\` sets it up again; ` +
    `if the machine comes back, our files are still on it: configure it again under this name, run \`pulumi up\`, then take it out and run it again; ${back}`
  );
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    options: { stack: { type: "string", short: "s" } },
    allowPositionals: true,
  });
  const [host, ...more] = positionals;
  if (host === undefined || more.length > 0) throw new Error(usage);
  const engine = presentEngine();
  console.log(await forget(engine, values.stack ?? usualStack(engine), host));
}

try {
  if (!showedHelp(usage)) await main();
} catch (error) {
  console.error(failureText(error, usage));
  process.exitCode = 1;
}
