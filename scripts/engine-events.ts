// What the engine tells of a refresh or a preview: one event a line (PULUMI_ENABLE_STREAMING_JSON_PREVIEW). The digest
// that it prints otherwise holds what was recorded before the look, not what the look found. It hides the secrets of
// resources, but not in what the program logs for those who debug it: such a line is dropped as it is read, and what
// was streamed is never shown or kept as a whole.

import { componentTypes, parseUrn } from "../components/identity.ts";
import { oneLine } from "../components/model/problem.ts";
import type { Engine } from "../lab/engine/engine.ts";
import type { StateResource } from "./forget/deployment.ts";
import { askEngine, engineFailure } from "./stack-engine.ts";

/** The part of an event that is read here (sdk/go/common/apitype, EngineEvent). */
interface EngineEvent {
  readonly preludeEvent?: { readonly config?: Readonly<Record<string, string>> };
  readonly resourcePreEvent?: { readonly metadata: StepMetadata };
  readonly resOutputsEvent?: { readonly metadata: StepMetadata; readonly planning?: boolean };
  readonly diagnosticEvent?: {
    readonly urn?: string;
    readonly severity?: string;
    readonly message?: string;
  };
  readonly summaryEvent?: object;
}

interface StepMetadata {
  readonly op: string;
  readonly urn: string;
  readonly type: string;
  readonly new?: {
    readonly parent?: string;
    readonly inputs?: Values | null;
    readonly outputs?: Values | null;
  } | null;
}

type Values = Readonly<Record<string, unknown>>;

/** Characters of a line: one that names all that a restart takes along is long. */
const lineLimit = 16_000;

/** What a run does with one resource, and what it is after that. */
export interface Step {
  /** `refresh`, `same`, `create`, `update`, `delete`, `create-replacement`, … */
  readonly op: string;
  readonly type: string;
  readonly name: string;
  readonly inputs: Values;
  readonly outputs: Values;
}

/** A line that a person is told, beside a resource or beside none. */
export interface Told {
  /** Name of the resource, or "". */
  readonly name: string;
  readonly line: string;
}

export interface EngineEvents {
  /** The stack's configuration as the program gets it; a value in which something is secret is hidden as a whole. */
  readonly config: Readonly<Record<string, string>>;
  /** Names of the machines that the stack's state knows, or the program. */
  readonly hosts: readonly string[];
  readonly steps: readonly Step[];
  /** Resources as they are at the end. Of those that a preview would change, as they were before. */
  readonly resources: readonly StateResource[];
  readonly told: readonly Told[];
  /** What the engine calls an error, a line each. */
  readonly errors: readonly string[];
  /** Whether the engine came to the end of it. */
  readonly ended: boolean;
}

/** Reads what `pulumi refresh --preview-only --json` or `pulumi preview --json` streamed. A line that is none is passed over. */
export function readEvents(text: string): EngineEvents {
  return eventsIn(text.split("\n").flatMap(eventOf));
}

/** What the events of a run tell. */
export function eventsIn(events: readonly EngineEvent[]): EngineEvents {
  const touched = events.flatMap(({ resourcePreEvent, resOutputsEvent }) => {
    const metadata = (resourcePreEvent ?? resOutputsEvent)?.metadata;
    return metadata === undefined ? [] : [metadata];
  });
  const hosts = touched
    .filter(({ type }) => type === componentTypes.host)
    .map(({ urn }) => parseUrn(urn).name);
  const linesOf = (...severities: readonly string[]): Told[] =>
    events.flatMap(({ diagnosticEvent: { urn = "", severity = "", message = "" } = {} }) =>
      severities.includes(severity)
        ? message
            .split("\n")
            .map((line) => ({ name: parseUrn(urn).name, line: oneLine(line, lineLimit) }))
            .filter(({ line }) => line !== "")
        : [],
    );
  return {
    config: events.find(({ preludeEvent }) => preludeEvent?.config)?.preludeEvent?.config ?? {},
    hosts: [...new Set(hosts)].sort(),
    steps: events.flatMap(({ resOutputsEvent }) => {
      if (resOutputsEvent === undefined) return [];
      const { op, urn, type, new: found } = resOutputsEvent.metadata;
      const { inputs, outputs } = found ?? {};
      return [{ op, type, name: parseUrn(urn).name, inputs: inputs ?? {}, outputs: outputs ?? {} }];
    }),
    resources: resourcesIn(events),
    told: linesOf("info", "warning"),
    errors: linesOf("error").map(({ line }) => line),
    ended: events.some(({ summaryEvent }) => summaryEvent !== undefined),
  };
}

/** Steps that leave everything as it is. */
export const idle: readonly string[] = ["same", "read", "refresh"];

function resourcesIn(events: readonly EngineEvent[]): StateResource[] {
  const found = new Map<string, StateResource>();
  for (const { resOutputsEvent: step } of events) {
    if (step === undefined) continue;
    const { op, urn, type, new: after } = step.metadata;
    // What a preview would make is not known there.
    if (step.planning === true && !idle.includes(op)) continue;
    if (op === "delete") found.delete(urn);
    if (after === undefined || after === null) continue;
    const { parent = "", outputs } = after;
    found.set(urn, { urn, type, parent, outputs: outputs ?? {} });
  }
  return [...found.values()];
}

function eventOf(line: string): EngineEvent[] {
  if (!line.startsWith("{")) return [];
  try {
    return [JSON.parse(line) as EngineEvent];
  } catch {
    return [];
  }
}

/** Why a run of the engine told nothing of use. */
export interface Failure {
  /** In one line. */
  readonly failed: string;
  /** What the engine or the program calls an error, a line each, where one of them came that far. */
  readonly errors: readonly string[];
}

/** What the engine tells while it runs a command that changes nothing. */
export async function eventsOf(
  engine: Engine,
  stack: string,
  args: readonly string[],
): Promise<EngineEvents | Failure> {
  const run = await askEngine(engine, stack, [...args, "--json"], {
    variables: { PULUMI_ENABLE_STREAMING_JSON_PREVIEW: "true" },
  });
  const events = readEvents(run.stdout);
  const { errors, ended } = events;
  if (errors.length === 0 && run.exitCode === 0 && ended) return events;
  const stderr = errors[0] ?? run.stderr;
  return { failed: engineFailure(stack, { ...run, stdout: "", stderr }), errors };
}
