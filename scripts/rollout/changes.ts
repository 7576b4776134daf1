// What a preview would change, or an `up` has changed, by the events that the engine tells of it.
import type { EngineEvent, PolicyEvent } from "@pulumi/pulumi/automation/events.js";
import type * as z from "zod";
import {
  componentTypes,
  hostNames,
  otherTypes,
  parseUrn,
  pluginTypes,
} from "../../components/identity.ts";
import { oneLine } from "../../components/model/problem.ts";
import { effect } from "../report/schema.ts";
import { stackReport, type HostReport, type StateVersions } from "../drift/report.ts";
import { eventsIn, idle } from "../engine-events.ts";

/** What the change of a machine does to dockerd. */
export type Effect = z.infer<typeof effect>;

export interface HostChange {
  readonly host: string;
  /** How the look found it; `new` was never part of this stack, `removed` leaves it. */
  readonly state: HostReport["state"] | "new" | "removed";
  readonly effect: Effect;
  /** What is done to it and why, a line each, as a preview shows it. */
  readonly impact: readonly string[];
  readonly drift: readonly string[];
  /** Why it was not seen, can't be converged or is not proven. */
  readonly problems: readonly string[];
  readonly findings: readonly string[];
}

export interface StackChanges {
  readonly hosts: readonly HostChange[];
  /** How many resources are created, updated, replaced, deleted; by the engine's word for it. */
  readonly resources: Readonly<Record<string, number>>;
  /** Names of resources that are replaced. */
  readonly replaced: readonly string[];
  /** What policies object to, a line each. */
  readonly policies: readonly string[];
}

export function changesIn(events: readonly EngineEvent[], versions: StateVersions): StackChanges {
  const steps = events.flatMap(({ resourcePreEvent }) => resourcePreEvent?.metadata ?? []);
  const counted = events.flatMap(({ summaryEvent }) => summaryEvent?.resourceChanges ?? []).at(-1);
  const due = Object.entries(counted ?? {}).filter(
    ([op, count]) => !idle.includes(op) && count > 0,
  );
  return {
    hosts: hostsIn(events, versions),
    resources: Object.fromEntries(due),
    replaced: unique(
      steps.filter(({ op }) => op === "replace").map(({ urn }) => parseUrn(urn).name),
    ),
    policies: unique(
      events.flatMap(({ policyEvent }) => (policyEvent ? [objection(policyEvent)] : [])),
    ),
  };
}

/** `mandatory: live-restore: …`: what the policy says of this resource, without what it says of itself. */
function objection({ enforcementLevel, policyName, message }: PolicyEvent): string {
  const [first = "", ...more] = plainText(message).split("\n");
  return oneLine(`${enforcementLevel}: ${policyName}: ${more.join(" ") || first}`);
}

/** Whether there is something to do. */
export const isDue = ({ resources }: StackChanges): boolean => Object.keys(resources).length > 0;

/** Why a stack is not as it should be although the engine has nothing to do; a line each. */
export function unproven({ hosts }: StackChanges): string[] {
  return hosts
    .filter(({ state }) => !["in sync", "in maintenance", "removed"].includes(state))
    .map(reasonOf);
}

/** Machines that no `up` can work on, a line each: everything else of the stack waits for them. */
export function inTheWay({ hosts }: StackChanges): string[] {
  return hosts.filter(({ state }) => state === "unreachable" || state === "blocked").map(reasonOf);
}

function reasonOf({ host, state, problems, drift }: HostChange): string {
  const line = [...problems, ...drift][0] ?? state;
  return line.startsWith(`${host}: `) ? line : `${host}: ${line}`;
}

function hostsIn(events: readonly EngineEvent[], versions: StateVersions): HostChange[] {
  const looks = events.filter((event) => {
    const metadata = (event.resourcePreEvent ?? event.resOutputsEvent)?.metadata;
    return metadata?.op === "refresh";
  });
  const known = stackReport("", eventsIn(looks), versions).hosts;
  const turns = events.flatMap(({ resourcePreEvent }) => {
    const metadata = resourcePreEvent?.metadata;
    return metadata?.type === componentTypes.host
      ? [{ host: parseUrn(metadata.urn).name, op: metadata.op }]
      : [];
  });
  const added = turns
    .filter(({ op, host }) => op === "create" && known.every((one) => one.host !== host))
    .map(({ host }) => host);
  const removed = turns.filter(({ op }) => op === "delete").map(({ host }) => host);
  const impacts = impactsIn(events);
  const changeOf = (report: HostReport, state: HostChange["state"]): HostChange => {
    const impact = impacts.get(report.host) ?? [];
    return { ...report, state, impact, effect: worst(impact) };
  };
  const fresh = unique(added).map((host) =>
    changeOf({ host, state: "unknown", drift: [], problems: [], findings: [] }, "new"),
  );
  return [
    ...known.map((report) =>
      changeOf(report, removed.includes(report.host) ? "removed" : report.state),
    ),
    ...fresh,
  ].sort((a, b) => (a.host < b.host ? -1 : 1));
}

/** Lines of each machine that say what is done to it, without the word before them. */
function impactsIn(events: readonly EngineEvent[]): ReadonlyMap<string, readonly string[]> {
  const impacts = new Map<string, string[]>();
  for (const { diagnosticEvent } of events) {
    const { urn = "", message = "" } = diagnosticEvent ?? {};
    const host = hostOf(urn);
    if (host === undefined) continue;
    for (const line of plainText(message).split("\n")) {
      const [, impact] = /^impact(?: [^:]*)?: (.*)$/.exec(line) ?? [];
      if (impact === undefined) continue;
      impacts.set(host, unique([...(impacts.get(host) ?? []), oneLine(impact)]));
    }
  }
  return impacts;
}

function worst(lines: readonly string[]): Effect {
  return (
    effect.options.findLast((one) => lines.some((line) => new RegExp(`^${one}\\b`).test(line))) ??
    "nothing"
  );
}

/** The machine that a resource is of, as far as it bears its name. */
export function hostOf(urn: string): string | undefined {
  const { type, name } = parseUrn(urn);
  const patterns = namesByType[type] ?? [];
  for (const pattern of patterns) {
    const suffix = pattern("");
    if (name.endsWith(suffix)) return name.slice(0, name.length - suffix.length);
  }
  return undefined;
}

const namesByType: Readonly<Record<string, readonly ((host: string) => string)[]>> = {
  [componentTypes.host]: [(host) => host],
  [componentTypes.serverCertificate]: [hostNames.server],
  [pluginTypes.hostState]: [hostNames.state],
  [pluginTypes.hostScript]: [hostNames.script],
  [pluginTypes.endpointProof]: [hostNames.proof],
  [otherTypes.command]: [hostNames.converge, hostNames.undo],
  [otherTypes.dockerProvider]: [hostNames.dockerProvider],
};

/** The engine's messages carry marks for colours where nobody has taken them out. */
function plainText(text: string): string {
  return text.replace(/<\{%[^%]*%\}>/g, "").trim();
}

const unique = <T>(list: readonly T[]): T[] => [...new Set(list)];

/** What went wrong, in lines of this program where there are any, otherwise in the engine's own. */
export function reasonsIn(events: readonly EngineEvent[]): string[] {
  const ours = problemsIn(events);
  return ours.length > 0 ? ours : errorLines(events).slice(0, mostLines);
}

/** What went wrong, in lines of this program: `where: what; why; do this`. What a machine says does not name it. */
export function problemsIn(events: readonly EngineEvent[]): string[] {
  const problems = events
    .flatMap((event) => errorLines([event]).map((line) => ({ line, host: hostNamedBy(event) })))
    .filter(({ line }) => /^[^;]+: [^;]+; [^;]+; [^;]/.test(line))
    .map(({ line, host }) =>
      host === undefined || line.startsWith(`${host}: `) ? line : `${host}: ${line}`,
    );
  return unique(problems).slice(0, mostLines);
}

const hostNamedBy = ({ diagnosticEvent }: EngineEvent): string | undefined =>
  hostOf(diagnosticEvent?.urn ?? "");

const mostLines = 20;

function errorLines(events: readonly EngineEvent[]): string[] {
  const lines = events.flatMap(({ diagnosticEvent }) =>
    diagnosticEvent?.severity === "error" ? plainText(diagnosticEvent.message).split("\n") : [],
  );
  return unique(lines.map((line) => oneLine(line, 1200)).filter((line) => line !== ""));
}
