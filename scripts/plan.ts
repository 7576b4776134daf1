// npm run plan [-- --stack NAME] [--json]: what the next `pulumi up` would do, wave by wave, and who uses the machines
// meanwhile. It runs the engine's own preview, asks each machine who uses it, and changes nothing.
import { parseArgs } from "node:util";
import { terminalOf } from "../doctor/terminal.ts";
import type { Engine } from "../lab/engine/engine.ts";
import { checkout } from "../lab/paths.ts";
import { eventsOf } from "./engine-events.ts";
import { failureText, showedHelp } from "./help.ts";
import { askMachines } from "./plan/ask-machines.ts";
import { listing } from "./plan/listing.ts";
import { exitCodes, failedPlan, planOf, type Plan } from "./plan/plan.ts";
import { configurationIn } from "./stack-configuration.ts";
import { presentEngine, usualStack, withinStack } from "./stack-engine.ts";

const usage = `usage: npm run plan [-- OPTIONS]: what the next pulumi up would do, and changes nothing
  --stack NAME  which stack (default: PULUMI_STACK, the one selected, or dev)
  --json        for scripts
exit code: 0 nothing to do, 2 something is, 1 it could not tell`;

async function plan(engine: Engine, stack: string): Promise<Plan> {
  const events = await eventsOf(engine, stack, ["preview"]);
  if ("failed" in events) {
    return failedPlan(stack, events.errors.length > 0 ? events.errors : [events.failed]);
  }
  const configuration = configurationIn(engine, stack, events.config);
  if (Array.isArray(configuration)) return failedPlan(stack, configuration);
  return planOf(stack, configuration, events, await askMachines(configuration.hosts, events));
}

async function main(): Promise<number> {
  if (showedHelp(usage)) return 0;
  const { values } = parseArgs({
    options: {
      stack: { type: "string", short: "s" },
      json: { type: "boolean", default: false },
    },
  });
  const engine = presentEngine();
  const stack = values.stack ?? usualStack(engine);
  const made = await withinStack(stack, console.error, () => plan(engine, stack));
  const lines = values.json
    ? [JSON.stringify(made, null, 2)]
    : listing(made, terminalOf(process.stdout, process.env));
  console.log(lines.join("\n"));
  return exitCodes[made.outcome];
}

// Paths in the configuration are relative to the project.
process.chdir(checkout);
try {
  process.exitCode = await main();
} catch (error) {
  console.error(failureText(error, usage));
  process.exitCode = exitCodes["could not tell"];
}
