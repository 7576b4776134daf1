// One run of the command: the step that is next, if its gate is open, and what comes after it.
import { formatProblem } from "../../components/model/problem.ts";
import { hanging, type Terminal } from "../../doctor/terminal.ts";
import type { Engine } from "../../lab/engine/engine.ts";
import { askYes } from "../rollout/asking.ts";
import { automationEngine } from "../rollout/engine.ts";
import { LockWait } from "../stack-lock.ts";
import { Interruption } from "../rollout/interruption.ts";
import { viewOf } from "../rollout/view.ts";
import { configFileOf, withinStack } from "../stack-engine.ts";
import { askedIn, readConfiguration, refuseOwnAuthority, type Facts } from "./read.ts";
import { backStep, nextStep, nowStep, type Step } from "./steps.ts";
import { takeStep, writeAsked, type Taken, type Taking } from "./take.ts";
import { closingLines, cutOffLines, heldUpLines, stepText } from "./text.ts";

/** Done, waiting at a gate, failed or declined, interrupted. */
const exitCodes: Readonly<Record<Exclude<Taken, "again"> | "waiting", number>> = {
  ...{ done: 0, waiting: 2, declined: 1, failed: 1, interrupted: 130 },
};

export interface WalkOptions {
  readonly mode: "step" | "back" | "now" | "plan" | "status";
  readonly yes: boolean;
  /** How long a locked stack is waited for. */
  readonly waitSeconds: number;
  readonly engine: Engine;
  readonly terminal: Terminal;
  /** Reads the facts again. */
  readonly read: () => Promise<Facts>;
}

export async function walk(
  before: Facts,
  { mode, yes, waitSeconds, engine, terminal, read }: WalkOptions,
): Promise<number> {
  const { stack } = before;
  const view = viewOf(false, terminal);
  const say = (line: string): void => {
    view.note(line);
  };
  const stop = new Interruption(say);
  const taking: Taking = {
    ...{ stack, path: configFileOf(stack), view, say },
    engines: automationEngine(engine, stop, {
      wait: new LockWait({ seconds: waitSeconds, say, signal: stop.inOrder }),
    }),
    confirm: async () => yes || askYes(`${stack}: do it?`, stop),
    interrupted: () => stop.happened,
    askedNow: () => askedIn(readConfiguration(engine, stack)),
    within: (work) => withinStack(stack, say, work),
  };
  const print = (lines: readonly string[]): void => {
    console.log(lines.join("\n"));
  };
  stop.listen();
  let known = before;
  for (let isAgain = false; ; isAgain = true) {
    const [facts, step] = handOut(known, stepFor(mode, known), taking);
    const title = hanging(`stack ${stack}: `, stepText(step), terminal);
    if (step.heldUp.length > 0) {
      print([...title, "held up by", ...heldUpLines(step.heldUp, terminal)]);
      return exitCodes.waiting;
    }
    if (!isAgain) print([...title, ...cutOffLines(facts, step, terminal)]);
    const end = await takeStep(step, taking);
    if (end !== "done" && end !== "again") {
      print(hanging(`stack ${stack}: `, endings[end], terminal));
      return exitCodes[end];
    }
    known = await read();
    if (end === "again") continue;
    const [after, next] = handOut(known, nextStep(known, known.fresh), taking);
    print(["", ...closingLines(step, after, next, terminal)]);
    return exitCodes.done;
  }
}

const endings: Readonly<Record<Exclude<Taken, "done" | "again">, string>> = {
  declined: "nothing was changed",
  failed:
    "not done; put right what the lines above say, and run the same command again: it goes on from where it is",
  interrupted: "interrupted; run the same command again: it goes on from where it is",
};

function stepFor(mode: WalkOptions["mode"], facts: Facts): Step {
  const { fresh } = facts;
  if (mode === "back" || mode === "now") refuseOwnAuthority(facts, mode);
  const step = {
    back: () => backStep(facts),
    now: () => nowStep(facts, fresh),
    step: () => nextStep(facts, fresh),
  }[mode === "back" || mode === "now" ? mode : "step"]();
  if ("where" in step) throw new Error(formatProblem(step));
  return step;
}

/** Phase 3 is a line in the stack's file and nothing else, so nobody is asked about it. */
function handOut(facts: Facts, step: Step, taking: Taking): readonly [Facts, Step] {
  if (step.kind !== 3) return [facts, step];
  writeAsked(taking, step.asked);
  const now = { ...facts, asked: step.asked };
  return [now, nextStep(now, now.fresh)];
}
