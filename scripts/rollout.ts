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

const usage = `usage: npm run rollout -- STACK… [OPTIONS]: one stack after the other, each only over a green one
  --plan             previews all of them, and changes nothing
  --yes              does not ask before each stack is changed
  --policy-pack DIR  a CrossGuard policy pack, for every preview and up; more than once if you like
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
  readonly policyPacks: readonly string[];
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
      report: { type: "string" },
    },
    allowPositionals: true,
  });
  if (positionals.length === 0) throw new Error(usage);
  const { plan, yes, json, report } = values;
  if (report !== undefined) checkReport(report);
  const skipPromotion = values["skip-promotion"];
  const options = { stacks: positionals, plan, yes, json, skipPromotion, report };
  return { ...options, policyPacks: values["policy-pack"] };
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
  const recorded = recordedIn(checkout, order);
  const problem = orderProblem(order, recorded);
  if (problem !== undefined) throw new Error(formatProblem(problem));
  const terminal = json ? plain : terminalOf(process.stdout, process.env);
  const view = viewOf(json, terminal);
  const stop = new Interruption((line) => {
    view.note(line);
  });
  const engine = presentEngine();
  const engines = automationEngine(engine, stop, options.policyPacks);
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
    within: (stack, turn) =>
      withinStack(
        stack,
        (line) => {
          view.note(line);
        },
        turn,
      ),
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
