// npm run renew [-- --stack NAME… | --all] [--yes]: a preview, and an `up` only where all that it would do is to renew
// certificates and what follows from that. For a timer: nothing else is ever rolled out by it.
import { plain, terminalOf } from "../doctor/terminal.ts";
import { checkout } from "../lab/paths.ts";
import { post } from "./drift/webhook.ts";
import { failureText, showedHelp } from "./help.ts";
import { messageOf } from "./renew/notification.ts";
import { readOptions, usage } from "./renew/options.ts";
import { exitCodes, named, renewReport, resultLines, type StackResult } from "./renew/report.ts";
import { renew, type Renewing } from "./renew/turn.ts";
import { contentOf } from "./renew/release.ts";
import { untold } from "./report/write.ts";
import { askYes, refuseUnasked } from "./rollout/asking.ts";
import { automationEngine } from "./rollout/engine.ts";
import { Interruption } from "./rollout/interruption.ts";
import { stateVersions } from "./rollout/versions.ts";
import { configFileOf, presentEngine, withinStack } from "./stack-engine.ts";
import { LockWait } from "./stack-lock.ts";
import { stacksAsked } from "./stacks.ts";

async function main(): Promise<number> {
  if (showedHelp(usage)) return 0;
  const options = readOptions(process.argv.slice(2));
  const { json, yes, webhook } = options;
  if (!yes) {
    refuseUnasked(
      { json },
      {
        where: "renew",
        why: "a renewal restarts dockerd, and is confirmed before; nothing was begun",
        fix: "add --yes to go without asking",
      },
    );
  }
  const engine = presentEngine();
  const stacks = await stacksAsked(engine, options);
  const terminal = json ? plain : terminalOf(process.stdout, process.env);
  const say = json ? console.error : console.log;
  const stop = new Interruption(say);
  const wait = new LockWait({ seconds: options.waitSeconds, say, signal: stop.inOrder });
  const engines = automationEngine(engine, stop, { wait });
  stop.listen();
  const turn = (stack: string): Promise<StackResult> => {
    const renewing: Renewing = {
      engines,
      versions: stateVersions,
      now: Date.now,
      release: () => contentOf(checkout, configFileOf(stack)),
      confirm: async (name, { renewals, restarts }) => {
        if (yes) return true;
        const restarted =
          restarts.length === 0 ? "" : `; dockerd restarts on ${restarts.join(", ")}`;
        say(`${name}: due: ${named(renewals)}${restarted}`);
        return askYes(`${name}: renew?`, stop);
      },
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
    const result = await withinStack(stack, say, () => turn(stack));
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
