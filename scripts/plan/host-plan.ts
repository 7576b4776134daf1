// What the next `pulumi up` does to one machine, by what a preview has told.
import { hostNames, pluginTypes } from "../../components/identity.ts";
import type { HostConfiguration } from "../../components/model/configuration/parse.ts";
import { readImpact, type SaidImpact } from "../../components/model/plan/impact.ts";
import { fewLines } from "../../components/model/problem.ts";
import type { EngineEvents } from "../engine-events.ts";

/**
 * What is done to a machine.
 * - `nothing`: it is as it should be.
 * - `files`: files of this program are written, if that; dockerd is left alone.
 * - `reload`, `restart`: of dockerd.
 * - `refused`: `pulumi up` fails on it as it is, and touches nothing there.
 * - `unreachable`: it could not be looked at, and `pulumi up` fails on it as long as that is so.
 * - `in maintenance`: it is left alone, and nobody dials it.
 */
export type Change =
  "nothing" | "files" | "reload" | "restart" | "refused" | "unreachable" | "in maintenance";

/** What a preview says of a machine. */
export interface HostPlan {
  readonly host: string;
  readonly change: Change;
  /** Keys that are reloaded, reasons of a restart, or the reason of the maintenance. */
  readonly why: readonly string[];
  /** What the restart takes along: units with their containers, by name. */
  readonly takesAlong: readonly string[];
  /** What the change repairs, a line each. */
  readonly drift: readonly string[];
  /** Why it is refused or unreachable, or its endpoint is not proven from here; a line each. */
  readonly problems: readonly string[];
  /** What else a preview tells of it: findings, what becomes of a machine that it had at another address. */
  readonly notes: readonly string[];
}

type Configured = Pick<HostConfiguration, "name" | "maintenance">;

export function hostPlan({ name: host, maintenance }: Configured, events: EngineEvents): HostPlan {
  const none = { host, why: [], takesAlong: [], drift: [], problems: [], notes: [] };
  if (maintenance !== false) {
    const why = typeof maintenance === "string" ? fewLines([maintenance]) : [];
    return { ...none, change: "in maintenance", why };
  }
  const state = hostNames.state(host);
  const told = events.told.filter(({ name }) => name === state).map(({ line }) => line);
  const found = outputOf(events, pluginTypes.hostState, state);
  const drift = lines(found["drift"]);
  const notes = told.filter((line) =>
    /^(finding|owner|listen|containers|impact at \S+): /.test(line),
  );
  const isDue = events.steps.some(
    ({ type, name, op }) => type === pluginTypes.hostState && name === state && changes(op),
  );
  if (!isDue) {
    const problems = lines(
      outputOf(events, pluginTypes.endpointProof, hostNames.proof(host))["problems"],
    );
    return { ...none, change: "nothing", problems, notes };
  }
  const impact = impactIn(told);
  if (impact === undefined) {
    const unreachable = lines(found["unreachable"]);
    const known = [...unreachable, ...lines(found["blocked"])];
    const others = told.filter((line) => line.startsWith(`${host}: `) && !known.includes(line));
    // A new machine, or new SSH settings: what the refresh has found is not what stands in the way.
    const problems = others.length > 0 ? others : known;
    const isAway = problems.some((line) => unreachable.includes(line) || isUnreached(host, line));
    return { ...none, change: isAway ? "unreachable" : "refused", problems, notes };
  }
  const { effect, why, takesAlong, isRefused } = impact;
  const change = isRefused ? "refused" : effect === "nothing" ? "files" : effect;
  const problems = isRefused
    ? [
        `${host}: the restart takes along ${takesAlong.join(", ")}; \`pulumi up\` refuses that; ` +
          "stop them first, or set `allowContainerRestart: true` for this host",
      ]
    : [];
  return { ...none, change, why, takesAlong, drift, problems, notes };
}

/** Whether a step of the engine does something. */
export const changes = (op: string): boolean => !["refresh", "same", "read"].includes(op);

/** What a look has found. */
function outputOf(
  { steps }: EngineEvents,
  kind: string,
  wanted: string,
): Readonly<Record<string, unknown>> {
  const step = steps.find(
    ({ op, type, name }) => op === "refresh" && type === kind && name === wanted,
  );
  return step?.outputs ?? {};
}

/** `impact: restart: …`, or `impact of the drift and of the change: …`. */
function impactIn(told: readonly string[]): SaidImpact | undefined {
  for (const line of told) {
    const [, said] = /^impact(?: of [^:]+)?: (.*)$/.exec(line) ?? [];
    const impact = said === undefined ? undefined : readImpact(said);
    if (impact !== undefined) return impact;
  }
  return undefined;
}

/** Whether nobody came onto the machine, or nobody could look around there. */
function isUnreached(host: string, line: string): boolean {
  return /^(ssh|sudo|probe|look)\b/.test(line.slice(`${host}: `.length));
}

/** A list of lines, or one, as the plugin records them. */
function lines(value: unknown): string[] {
  const list: unknown[] = Array.isArray(value) ? value : [value];
  return fewLines(list.filter((line) => typeof line === "string" && line !== "") as string[]);
}
