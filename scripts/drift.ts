// npm run drift [-- --stack NAME… | --all] [--json]: looks at the machines of stacks again, through the
// engine's own refresh, and changes nothing: no machine, no state; it takes no lock and asks nothing.
import { parseArgs } from "node:util";
import { formatProblem } from "../components/model/problem.ts";
import type { Engine } from "../lab/engine/engine.ts";
import { terminalOf } from "../doctor/terminal.ts";
import { EndpointProofResource } from "../provider/endpoint-proof.ts";
import { HostStateResource } from "../provider/host-state.ts";
import { ownStacks } from "./dev-stack.ts";
import {
  driftReport,
  exitCodes,
  failedStack,
  stackReport,
  summary,
  table,
  type StackReport,
} from "./drift/report.ts";
import { eventsOf } from "./engine-events.ts";
import { showedHelp } from "./help.ts";
import {
  engineFailure,
  neverLoggedIn,
  presentEngine,
  runEngine,
  usualStack,
} from "./stack-engine.ts";

const usage = `usage: npm run drift [-- OPTIONS]: looks at the machines of stacks, and changes nothing
  --stack NAME  which stack, more than once if you like (default: PULUMI_STACK, the one selected, or dev)
  --all         every stack of this project
  --json        for scripts
exit code: 0 in sync, 2 drift, 1 it could not tell`;

const versions = {
  hostState: new HostStateResource().stateVersion,
  endpointProof: new EndpointProofResource().stateVersion,
};

async function lookAt(engine: Engine, stack: string): Promise<StackReport> {
  const refreshed = await eventsOf(engine, stack, ["refresh", "--preview-only"]);
  return "failed" in refreshed
    ? failedStack(stack, refreshed.failed)
    : stackReport(stack, refreshed, versions);
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

async function main(): Promise<number> {
  if (showedHelp(usage)) return 0;
  const { values } = parseArgs({
    options: {
      stack: { type: "string", short: "s", multiple: true },
      all: { type: "boolean", default: false },
      json: { type: "boolean", default: false },
    },
  });
  if (values.all && values.stack !== undefined) throw new Error(usage);
  const engine = presentEngine();
  const stacks = values.all ? await everyStack(engine) : (values.stack ?? [usualStack(engine)]);
  if (stacks.length === 0) {
    throw new Error(
      formatProblem({
        where: "--all",
        what: "this project has no stack here",
        why: "there is no machine to look at",
        fix: "name one with --stack, or log in to the backend that has them",
      }),
    );
  }
  const reports: StackReport[] = [];
  // One by one: an engine with its plugins takes half a gigabyte.
  for (const stack of stacks) reports.push(await lookAt(engine, stack));
  const report = driftReport(reports);
  if (values.json) {
    console.log(JSON.stringify(report, null, 2));
  } else {
    const terminal = terminalOf(process.stdout, process.env);
    const last = summary(report);
    console.log([...table(report, terminal), ...(last === "" ? [] : ["", last])].join("\n"));
  }
  return exitCodes[report.outcome];
}

try {
  process.exitCode = await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = exitCodes["could not tell"];
}
