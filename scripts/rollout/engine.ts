// The engine as a rollout needs it, by Pulumi's Automation API.
import type { EngineEvent } from "@pulumi/pulumi/automation/events.js";
import { LocalWorkspace, Stack } from "@pulumi/pulumi/automation/index.js";
import { formatProblem } from "../../components/model/problem.ts";
import { checkout } from "../../lab/paths.ts";
import type { Engine } from "../../lab/engine/engine.ts";
import { passphraseProblem } from "../engine-answers.ts";
import { engineFailure, environmentOf } from "../stack-engine.ts";
import { stackLockIn, type LockWait, type StackLock } from "../stack-lock.ts";
import { reasonsIn } from "./changes.ts";
import { EngineFailure, engineCommand } from "./command.ts";
import { formatMark, markTag, parseMark, type Mark } from "./mark.ts";
import { policyOptions, type Policies, type PolicyOptions } from "./policies.ts";
import type { EngineEnd, Engines, Watch } from "./walk.ts";

export interface Stop {
  /** The step under way is finished. */
  readonly inOrder: AbortSignal;
  /** It is not. */
  readonly atOnce: AbortSignal;
}

export interface EngineChoices {
  /** How long a stack is waited for that another run has locked. */
  readonly wait: LockWait;
  readonly policies?: Policies;
}

export function automationEngine(
  engine: Engine,
  stop: Stop,
  { wait, policies }: EngineChoices,
): Engines {
  const stacks = new Map<string, Promise<Stack>>();
  const stackOf = (name: string): Promise<Stack> => {
    const known = stacks.get(name);
    if (known !== undefined) return known;
    const opened = open(engine, stop, name);
    stacks.set(name, opened);
    return opened;
  };
  const optionsFor = (name: string): PolicyOptions & { readonly signal: AbortSignal } => ({
    ...(policies === undefined ? {} : policyOptions(policies, name)),
    signal: stop.inOrder,
  });
  const turnedAway = (name: string, lock: StackLock): EngineEnd => ({
    ...{ events: [], errors: [wait.lineOf(name, lock)], held: "turned away" },
  });
  return {
    preview: async (name, { expectNoChanges, watch }) => {
      // Pulumi Cloud may turn a preview away as well; a bucket or a folder never does.
      for (let waited = false; ; waited = true) {
        const end = await told(name, watch, async (onEvent) =>
          (await stackOf(name)).preview({ ...optionsFor(name), expectNoChanges, onEvent }),
        );
        if (end.lock === undefined) return waited ? { ...end, held: "waited for" } : end;
        if (!(await wait.again(name, end.lock))) return turnedAway(name, end.lock);
      }
    },
    up: async (name, { watch, continueOnError = false }) => {
      const end = await told(name, watch, async (onEvent) =>
        (await stackOf(name)).up({ ...optionsFor(name), continueOnError, onEvent }),
      );
      if (end.lock === undefined) return end;
      const away = turnedAway(name, end.lock);
      return (await wait.again(name, end.lock)) ? { ...away, held: "waited for" } : away;
    },
    mark: (name) =>
      asked(name, async () => {
        const tags = await (await stackOf(name)).workspace.listTags(name);
        return parseMark(tags[markTag]);
      }),
    setMark: (name, mark: Mark) =>
      asked(name, async () => (await stackOf(name)).setTag(markTag, formatMark(mark))),
  };
}

async function open(engine: Engine, { atOnce }: Stop, name: string): Promise<Stack> {
  const variables = Object.entries(environmentOf(engine, name));
  const envVars = Object.fromEntries(
    variables.filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
  const pulumiCommand = await engineCommand(engine, atOnce);
  return Stack.select(
    name,
    await LocalWorkspace.create({ workDir: checkout, pulumiCommand, envVars }),
  );
}

/** Runs the engine, and tells how it ended; its events are told on the way. */
async function told(
  stack: string,
  watch: Watch,
  run: (onEvent: (event: EngineEvent) => void) => Promise<unknown>,
): Promise<EngineEnd & { readonly lock?: StackLock }> {
  const events: EngineEvent[] = [];
  const onEvent = (event: EngineEvent): void => {
    const severity: string | undefined = event.diagnosticEvent?.severity;
    // They hold every value that the program and the engine exchange, private keys in clear.
    if (severity === "debug") return;
    events.push(event);
    watch(event);
  };
  try {
    await run(onEvent);
    return { events, errors: [] };
  } catch (error) {
    const lock = error instanceof EngineFailure ? stackLockIn(error.run.stderr) : undefined;
    if (lock !== undefined) return { events, errors: [], lock };
    const reasons = reasonsIn(events);
    return { events, errors: reasons.length > 0 ? reasons : [lineOf(stack, error)] };
  }
}

async function asked<T>(stack: string, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    throw new Error(lineOf(stack, error), { cause: error });
  }
}

function lineOf(stack: string, error: unknown): string {
  if (!(error instanceof EngineFailure))
    return error instanceof Error ? error.message : String(error);
  const { run } = error;
  const problem = passphraseProblem(stack, run.stderr);
  return problem === undefined ? engineFailure(stack, run) : formatProblem(problem);
}
