// npm run rollout -- STACK…: one stack after the other, each only over a green one. It does what a person would do
// by `pulumi preview`, `up` and `preview --expect-no-changes`, and remembers on each stack how that ended.
import { parseArgs } from "node:util";
import { formatProblem } from "../components/model/problem.ts";
import { plain, terminalOf } from "../doctor/terminal.ts";
import { checkout } from "../lab/paths.ts";
import { failureText, showedHelp } from "./help.ts";
import { askYes, refuseUnasked } from "./rollout/asking.ts";
import { automationEngine } from "./rollout/engine.ts";
import { Interruption } from "./rollout/interruption.ts";
import { checkPolicies, type Policies } from "./rollout/policies.ts";
import { orderProblem, predecessors } from "./rollout/promotion.ts";
import { recordedIn } from "./rollout/recorded.ts";
import { releaseIn } from "./rollout/release.ts";
import { exitCodes } from "./rollout/report.ts";
import { reportLines } from "./rollout/text.ts";
import { stateVersions } from "./rollout/versions.ts";
import { viewOf } from "./rollout/view.ts";
import { wavesIn } from "./rollout/waves.ts";
import { rollOut } from "./rollout/walk.ts";
import { checkReport, programVersion, untold, writeReport } from "./report/write.ts";
import { configurationIn } from "./stack-configuration.ts";
import { presentEngine, withinStack } from "./stack-engine.ts";
import { LockWait, waitSeconds, waitUsage } from "./stack-lock.ts";

const usage = `usage: npm run rollout -- STACK… [OPTIONS]: one stack after the other, each only over a green one
  --plan             previews all of them, and changes nothing
  --yes              does not ask before each stack is changed
  --policy-pack DIR  a CrossGuard policy pack, for every preview and up; more than once if you like
  --policy-pack-config FILE
                     what counts there, for each pack in turn; {stack} in it is the stack's name
  --wait TIME        ${waitUsage}
  --skip-promotion   goes on although the stack before is not green at this commit, and says so
  --json             the report on stdout; everything else on stderr
  --report FILE.html
                     writes a page about it, and the report as FILE.json beside it
exit code: 0 green, 1 stopped, 130 interrupted; with --plan 0 nothing to do, 2 something;
4 more when the report could not be written`;

interface Options {
  readonly stacks: readonly string[];
  readonly plan: boolean;
  readonly yes: boolean;
  readonly json: boolean;
  readonly skipPromotion: boolean;
  readonly policies: Policies;
  /** How long a locked stack is waited for. */
  readonly waitSeconds: number;
  /** Where the page goes. */
  readonly report: string | undefined;
}

function optionsOf(): Options {
  const { values, positionals } = parseArgs({
    options: {
      plan: { type: "boolean", default: false },
      yes: { type: "boolean", short: "y", default: false },
      json: { type: "boolean", default: false },
      "skip-promotion": { type: "boolean", default: false },
      "policy-pack": { type: "string", multiple: true, default: [] },
      "policy-pack-config": { type: "string", multiple: true, default: [] },
      wait: { type: "string" },
      report: { type: "string" },
    },
    allowPositionals: true,
  });
  if (positionals.length === 0) throw new Error(usage);
  const { plan, yes, json, report } = values;
  if (report !== undefined) checkReport(report);
  const skipPromotion = values["skip-promotion"];
  const options = { stacks: positionals, plan, yes, json, skipPromotion, report };
  const policies = { packs: values["policy-pack"], configs: values["policy-pack-config"] };
  return { ...options, policies, waitSeconds: waitSeconds(values.wait) };
}

function refuseBeforeAnything({ stacks, plan, yes, json }: Options): void {
  if (!plan && !yes) {
    refuseUnasked(
      { json },
      {
        where: "rollout",
        why: "every stack is confirmed before it is changed; nothing was begun",
        fix: "add --yes to go without asking, or --plan to change nothing",
      },
    );
  }
  if (stacks.length > 1 && process.env["PULUMI_OPTION_CONFIG_FILE"] !== undefined) {
    throw new Error(
      formatProblem({
        where: "environment: PULUMI_OPTION_CONFIG_FILE",
        what: "is set",
        why: "all of these stacks would be given the same file, and work on the same machines",
        fix: "unset it, and keep each stack's file at Pulumi.<stack>.yaml",
      }),
    );
  }
}

async function main(): Promise<number> {
  if (showedHelp(usage)) return 0;
  const options = optionsOf();
  refuseBeforeAnything(options);
  const { stacks: order, plan, json, skipPromotion } = options;
  checkPolicies(options.policies, order);
  const recorded = recordedIn(checkout, order);
  const problem = orderProblem(order, recorded);
  if (problem !== undefined) throw new Error(formatProblem(problem));
  const terminal = json ? plain : terminalOf(process.stdout, process.env);
  const view = viewOf(json, terminal);
  const say = (line: string): void => {
    view.note(line);
  };
  const stop = new Interruption(say);
  const engine = presentEngine();
  const wait = new LockWait({ seconds: options.waitSeconds, say, signal: stop.inOrder });
  const engines = automationEngine(engine, stop, { wait, policies: options.policies });
  stop.listen();
  const report = await rollOut({
    version: programVersion(),
    ...{ order, predecessors: predecessors(order, recorded), plan, skipPromotion, engines, view },
    release: releaseIn(checkout),
    releaseNow: () => releaseIn(checkout),
    versions: stateVersions,
    confirm: async (stack) => options.yes || askYes(`${stack}: change it?`, stop),
    interrupted: () => stop.happened,
    wavesOf: (stack, config) => wavesIn(configurationIn(engine, stack, config)),
    within: (stack, turn) => withinStack(stack, say, turn),
  });
  const lines = ["", ...reportLines(report, terminal)];
  if (json) console.log(JSON.stringify(report, null, 2));
  (json ? console.error : console.log)(lines.join("\n"));
  const unwritten = writeReport(options.report, report);
  if (unwritten === undefined) return exitCodes[report.outcome];
  console.error(unwritten);
  return exitCodes[report.outcome] + untold;
}

try {
  process.exitCode = await main();
} catch (error) {
  console.error(failureText(error, usage));
  process.exitCode = 1;
}
