// The engine as a rollout needs it, by Pulumi's Automation API.
import type { EngineEvent } from "@pulumi/pulumi/automation/events.js";
import { LocalWorkspace, Stack } from "@pulumi/pulumi/automation/index.js";
import { formatProblem } from "../../components/model/problem.ts";
import { checkout } from "../../lab/paths.ts";
import type { Engine } from "../../lab/engine/engine.ts";
import { passphraseProblem } from "../engine-answers.ts";
import { engineFailure, environmentOf } from "../stack-engine.ts";
import { reasonsIn } from "./changes.ts";
import { EngineFailure, engineCommand } from "./command.ts";
import { formatMark, markTag, parseMark, type Mark } from "./mark.ts";
import type { EngineEnd, Engines, Watch } from "./walk.ts";

export interface Stop {
  /** The step under way is finished. */
  readonly inOrder: AbortSignal;
  /** It is not. */
  readonly atOnce: AbortSignal;
}

/** @param policyPacks folders. */
export function automationEngine(
  engine: Engine,
  stop: Stop,
  policyPacks: readonly string[],
): Engines {
  const stacks = new Map<string, Promise<Stack>>();
  const stackOf = (name: string): Promise<Stack> => {
    const known = stacks.get(name);
    if (known !== undefined) return known;
    const opened = open(engine, stop, name);
    stacks.set(name, opened);
    return opened;
  };
  const options = { policyPacks: [...policyPacks], signal: stop.inOrder };
  return {
    preview: (name, { expectNoChanges, watch }) =>
      told(name, watch, async (onEvent) =>
        (await stackOf(name)).preview({ ...options, expectNoChanges, onEvent }),
      ),
    up: (name, { watch, continueOnError = false }) =>
      told(name, watch, async (onEvent) =>
        (await stackOf(name)).up({ ...options, continueOnError, onEvent }),
      ),
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
): Promise<EngineEnd> {
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
