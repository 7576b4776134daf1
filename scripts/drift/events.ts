// What the engine tells of a refresh that changes nothing: one event a line, secrets hidden by itself
// (PULUMI_ENABLE_STREAMING_JSON_PREVIEW). The digest that it prints otherwise holds what was recorded
// before the look, not what the look found.

import { componentTypes, parseUrn } from "../../components/identity.ts";

/** The part of an event that is read here (sdk/go/common/apitype, EngineEvent). */
export interface LookEvent {
  readonly resourcePreEvent?: { readonly metadata: StepMetadata };
  readonly resOutputsEvent?: { readonly metadata: StepMetadata };
  readonly diagnosticEvent?: { readonly severity?: string; readonly message?: string };
  readonly summaryEvent?: object;
}

interface StepMetadata {
  readonly urn: string;
  readonly type: string;
  readonly new?: { readonly inputs?: Values | null; readonly outputs?: Values | null } | null;
}

type Values = Readonly<Record<string, unknown>>;

/** One resource after the look. */
export interface Looked {
  readonly type: string;
  readonly name: string;
  readonly inputs: Values;
  readonly outputs: Values;
}

export interface Refreshed {
  /** Names of the machines that the stack's state knows. */
  readonly hosts: readonly string[];
  readonly looked: readonly Looked[];
  /** What the engine calls an error, a line each. */
  readonly errors: readonly string[];
  /** Whether the engine came to the end of it. */
  readonly ended: boolean;
}

/** Reads what `pulumi refresh --preview-only --json` streamed. A line that is none is passed over. */
export function readEvents(text: string): Refreshed {
  return refreshedIn(text.split("\n").flatMap(eventOf));
}

/** What the events of a refresh tell. */
export function refreshedIn(events: readonly LookEvent[]): Refreshed {
  const steps = events.flatMap(({ resourcePreEvent, resOutputsEvent }) => {
    const metadata = (resourcePreEvent ?? resOutputsEvent)?.metadata;
    return metadata === undefined ? [] : [metadata];
  });
  const hosts = steps
    .filter(({ type }) => type === componentTypes.host)
    .map(({ urn }) => parseUrn(urn).name);
  return {
    hosts: [...new Set(hosts)].sort(),
    looked: events.flatMap(({ resOutputsEvent }) => {
      if (resOutputsEvent === undefined) return [];
      const { urn, type, new: found } = resOutputsEvent.metadata;
      const { inputs, outputs } = found ?? {};
      return [{ type, name: parseUrn(urn).name, inputs: inputs ?? {}, outputs: outputs ?? {} }];
    }),
    errors: events.flatMap(({ diagnosticEvent }) =>
      diagnosticEvent?.severity === "error" ? [diagnosticEvent.message ?? ""] : [],
    ),
    ended: events.some(({ summaryEvent }) => summaryEvent !== undefined),
  };
}

function eventOf(line: string): LookEvent[] {
  if (!line.startsWith("{")) return [];
  try {
    return [JSON.parse(line) as LookEvent];
  } catch {
    return [];
  }
}
