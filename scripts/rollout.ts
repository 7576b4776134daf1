// npm run rollout -- STACK…: one stack after the other, each only over a green one. It does what a person would do
// by `pulumi preview`, `up` and `preview --expect-no-changes`, and remembers on each stack how that ended.
import { createInterface } from "node:readline/promises";
import { parseArgs } from "node:util";
import { formatProblem } from "../components/model/problem.ts";
import { plain, terminalOf } from "../doctor/terminal.ts";
import { checkout } from "../lab/paths.ts";
import { EndpointProofResource } from "../provider/endpoint-proof.ts";
import { HostStateResource } from "../provider/host-state.ts";
import { devStack, withStackFile } from "./dev-stack.ts";
import { failureText, showedHelp } from "./help.ts";
import { automationEngine } from "./rollout/engine.ts";
import { Interruption } from "./rollout/interruption.ts";
import { orderProblem, predecessors } from "./rollout/promotion.ts";
import { recordedIn } from "./rollout/recorded.ts";
import { releaseIn } from "./rollout/release.ts";
import { exitCodes } from "./rollout/report.ts";
import { reportLines } from "./rollout/text.ts";
import { wavesIn } from "./rollout/waves.ts";
import { liveView, plainView, type NotedView } from "./rollout/view.ts";
import { rollOut } from "./rollout/walk.ts";
import { checkReport, programVersion, untold, writeReport } from "./report/write.ts";
import { configurationIn } from "./stack-configuration.ts";
import { isOwnStack, presentEngine } from "./stack-engine.ts";

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

/** Whether somebody is there to be asked. */
const canAsk = (json: boolean): boolean => process.stdin.isTTY && process.stdout.isTTY && !json;

function refuseBeforeAnything({ stacks, plan, yes, json }: Options): void {
  if (!plan && !yes && !canAsk(json)) {
    throw new Error(
      formatProblem({
        where: "rollout",
        what: json ? "--json leaves nobody to ask" : "there is no terminal to ask on",
        why: "every stack is confirmed before it is changed; nothing was begun",
        fix: "add --yes to go without asking, or --plan to change nothing",
      }),
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

async function ask(stack: string, stop: Interruption): Promise<boolean> {
  const lines = createInterface({ input: process.stdin, output: process.stdout });
  // While it waits, readline is the one who hears Ctrl-C.
  lines.on("SIGINT", () => {
    stop.interrupt();
  });
  try {
    const answer = await lines.question(`${stack}: change it? [y/N] `, { signal: stop.inOrder });
    return /^y(es)?$/i.test(answer.trim());
  } catch {
    return false;
  } finally {
    lines.close();
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
    versions: {
      hostState: new HostStateResource().stateVersion,
      endpointProof: new EndpointProofResource().stateVersion,
    },
    confirm: async (stack) => options.yes || ask(stack, stop),
    interrupted: () => stop.happened,
    wavesOf: (stack, config) => wavesIn(configurationIn(engine, stack, config)),
    within: (stack, turn) =>
      stack === devStack.name && isOwnStack(stack)
        ? withStackFile((line) => {
            view.note(line);
          }, turn)
        : turn(),
  });
  const lines = ["", ...reportLines(report, terminal)];
  if (json) console.log(JSON.stringify(report, null, 2));
  (json ? console.error : console.log)(lines.join("\n"));
  const unwritten = writeReport(options.report, report);
  if (unwritten === undefined) return exitCodes[report.outcome];
  console.error(unwritten);
  return exitCodes[report.outcome] + untold;
}

function viewOf(json: boolean, terminal: ReturnType<typeof terminalOf>): NotedView {
  if (json)
    return plainView((line) => {
      console.error(line);
    });
  return process.stdout.isTTY
    ? liveView(process.stdout, terminal)
    : plainView((line) => {
        console.log(line);
      });
}

try {
  process.exitCode = await main();
} catch (error) {
  console.error(failureText(error, usage));
  process.exitCode = 1;
}
