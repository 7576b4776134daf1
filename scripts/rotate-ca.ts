// npm run rotate-ca: replaces the authority of a stack with nobody cut off, phase by phase. Where it stands is what the
// stack's file and its state say, so whatever ends a run, the next one goes on.
import { parseArgs } from "node:util";
import { terminalOf } from "../doctor/terminal.ts";
import { checkout } from "../lab/paths.ts";
import { failureText, showedHelp } from "./help.ts";
import { refuseUnasked } from "./rollout/asking.ts";
import { askHandshakes } from "./rotate-ca/ask-handshakes.ts";
import { taking } from "./rotate-ca/position.ts";
import { readFacts, type Facts } from "./rotate-ca/read.ts";
import { rotationPlan, statusOf } from "./rotate-ca/report.ts";
import { nextStep } from "./rotate-ca/steps.ts";
import { planLines, statusLines } from "./rotate-ca/text.ts";
import { walk } from "./rotate-ca/walk.ts";
import { presentEngine, usualStack } from "./stack-engine.ts";
import { waitSeconds, waitUsage } from "./stack-lock.ts";

const usage = `usage: npm run rotate-ca [-- OPTIONS]: the next step of a rotation of the authority
  --stack NAME     which stack (default: PULUMI_STACK, the one selected, or dev)
  --plan           the whole way, who is restarted when, and what is waited for
  --status         who shows and trusts what, who has which bundle, what comes next
  --json           with --plan or --status: for scripts
  --yes            does not ask before something is changed
  --wait TIME      ${waitUsage}
  --cut-off NAME   client NAME holds up nothing: it has its new bundle, or may be cut off
  --with-renewals  restarts machines only when all their renewals are due anyway
  --back           back to the old authority, from phase 1, 2 or 3
  --now            a stolen key: another authority at once, everybody else is cut off
--plan and --status change nothing.
exit code: 0 done, 2 something is waited for, 1 failed or declined, 130 interrupted`;

interface Options {
  readonly stack: string | undefined;
  readonly mode: "step" | "plan" | "status" | "back" | "now";
  readonly json: boolean;
  readonly yes: boolean;
  readonly waitSeconds: number;
  readonly cutOff: readonly string[];
  readonly withRenewals: boolean;
}

function optionsOf(): Options {
  const { values } = parseArgs({
    options: {
      stack: { type: "string", short: "s" },
      plan: { type: "boolean", default: false },
      status: { type: "boolean", default: false },
      json: { type: "boolean", default: false },
      yes: { type: "boolean", short: "y", default: false },
      wait: { type: "string" },
      "cut-off": { type: "string", multiple: true, default: [] },
      "with-renewals": { type: "boolean", default: false },
      back: { type: "boolean", default: false },
      now: { type: "boolean", default: false },
    },
  });
  const modes = (["plan", "status", "back", "now"] as const).filter((one) => values[one]);
  const [mode = "step"] = modes;
  const { stack, json, yes } = values;
  const looks = mode === "plan" || mode === "status";
  if (modes.length > 1 || (json && !looks) || (yes && looks)) throw new Error(usage);
  if (!looks && !yes) {
    refuseUnasked(
      { json },
      {
        where: "rotate-ca",
        why: "every step is confirmed before it changes something; nothing was begun",
        fix: "add --yes to go without asking, or --plan or --status to change nothing",
      },
    );
  }
  return {
    stack,
    mode,
    json,
    yes,
    waitSeconds: waitSeconds(values.wait),
    cutOff: values["cut-off"],
    withRenewals: values["with-renewals"],
  };
}

const terminal = terminalOf(process.stdout, process.env);
const print = (lines: readonly string[]): void => {
  console.log(lines.join("\n"));
};

async function main(): Promise<number> {
  const options = optionsOf();
  const engine = presentEngine();
  const stack = options.stack ?? usualStack(engine);
  const read = (): Promise<Facts> => readFacts(engine, stack, options);
  const facts = await read();
  if (options.mode === "plan") return showPlan(facts, options);
  if (options.mode === "status") return showStatus(facts, options);
  return walk(facts, { ...options, engine, read, terminal });
}

function showPlan(facts: Facts, { json }: Options): number {
  const plan = rotationPlan(facts);
  print(json ? [JSON.stringify(plan, null, 2)] : planLines(plan, terminal));
  return 0;
}

/** After the last phase, machines are asked who fails to get in. */
async function showStatus(facts: Facts, { json }: Options): Promise<number> {
  const { asked, configuration, fresh } = facts;
  const next = nextStep(facts, fresh);
  const isOver = next.kind === 1 && asked.generation > 1;
  const failed = isOver ? await askHandshakes(taking(configuration.hosts)) : null;
  const status = statusOf(facts, next, failed);
  print(json ? [JSON.stringify(status, null, 2)] : statusLines(status, terminal));
  return 0;
}

// Paths in the configuration are relative to the project.
process.chdir(checkout);
try {
  process.exitCode = showedHelp(usage) ? 0 : await main();
} catch (error) {
  console.error(failureText(error, usage));
  process.exitCode = 1;
}
