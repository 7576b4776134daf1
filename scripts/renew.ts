// npm run renew [-- --stack NAME… | --all] [--yes]: a preview, and an `up` only where all that it would do is to renew
// certificates and what follows from that. For a timer: nothing else is ever rolled out by it.
import { createInterface } from "node:readline/promises";
import { formatProblem } from "../components/model/problem.ts";
import { plain, terminalOf } from "../doctor/terminal.ts";
import { checkout } from "../lab/paths.ts";
import { EndpointProofResource } from "../provider/endpoint-proof.ts";
import { HostStateResource } from "../provider/host-state.ts";
import { devStack, withStackFile } from "./dev-stack.ts";
import { post } from "./drift/webhook.ts";
import { failureText, showedHelp } from "./help.ts";
import { messageOf } from "./renew/notification.ts";
import { readOptions, usage, type Options } from "./renew/options.ts";
import { exitCodes, named, renewReport, resultLines, type StackResult } from "./renew/report.ts";
import { renew, type Renewing } from "./renew/turn.ts";
import { automationEngine } from "./rollout/engine.ts";
import { Interruption } from "./rollout/interruption.ts";
import { configFileOf, isOwnStack, presentEngine } from "./stack-engine.ts";
import { stacksAsked } from "./stacks.ts";
import { contentOf } from "./renew/release.ts";

/** Added to the exit code, which still says what was found. */
const untold = 4;

function refuseBeforeAnything({ yes, json }: Options): void {
  if (yes || (process.stdin.isTTY && process.stdout.isTTY && !json)) return;
  throw new Error(
    formatProblem({
      where: "renew",
      what: json ? "--json leaves nobody to ask" : "there is no terminal to ask on",
      why: "a renewal restarts dockerd, and is confirmed before; nothing was begun",
      fix: "add --yes to go without asking",
    }),
  );
}

async function ask(stack: string, { renewals, restarts }: StackResult): Promise<boolean> {
  const lines = createInterface({ input: process.stdin, output: process.stdout });
  const restarted = restarts.length === 0 ? "" : `; dockerd restarts on ${restarts.join(", ")}`;
  try {
    console.log(`${stack}: due: ${named(renewals)}${restarted}`);
    return /^y(es)?$/i.test((await lines.question(`${stack}: renew? [y/N] `)).trim());
  } catch {
    return false;
  } finally {
    lines.close();
  }
}

async function main(): Promise<number> {
  if (showedHelp(usage)) return 0;
  const options = readOptions(process.argv.slice(2));
  refuseBeforeAnything(options);
  const { json, yes, webhook } = options;
  const engine = presentEngine();
  const stacks = await stacksAsked(engine, options);
  const terminal = json ? plain : terminalOf(process.stdout, process.env);
  const say = json ? console.error : console.log;
  const stop = new Interruption(say);
  const engines = automationEngine(engine, stop, []);
  stop.listen();
  const turn = (stack: string): Promise<StackResult> => {
    const renewing: Renewing = {
      engines,
      versions: {
        hostState: new HostStateResource().stateVersion,
        endpointProof: new EndpointProofResource().stateVersion,
      },
      now: Date.now,
      release: () => contentOf(checkout, configFileOf(stack)),
      confirm: async (name, result) => yes || ask(name, result),
      interrupted: () => stop.happened,
    };
    return renew(stack, renewing).catch((error: unknown) => ({
      ...{ stack, outcome: "failed", renewals: [], restarts: [], others: [], seconds: 0 },
      errors: [error instanceof Error ? error.message : String(error)],
    }));
  };
  const results: StackResult[] = [];
  // One by one: an engine with its plugins takes half a gigabyte.
  for (const stack of stacks) {
    const isDev = stack === devStack.name && isOwnStack(stack);
    const result = await (isDev ? withStackFile(say, () => turn(stack)) : turn(stack));
    say(resultLines(result, terminal).join("\n"));
    results.push(result);
    if (stop.happened) break;
  }
  const report = renewReport(results);
  if (json) console.log(JSON.stringify(report, null, 2));
  const message = messageOf(report);
  const unsent =
    webhook === undefined || message === undefined ? undefined : await post(webhook, message);
  if (unsent !== undefined) console.error(unsent);
  return exitCodes[report.outcome] + (unsent === undefined ? 0 : untold);
}

try {
  process.exitCode = await main();
} catch (error) {
  console.error(failureText(error, usage));
  process.exitCode = exitCodes.failed;
}
