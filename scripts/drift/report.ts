// What `npm run drift` says of the machines of one stack or several, and how it ends.
import { hostNames, pluginTypes } from "../../components/identity.ts";
import { oneLine } from "../../components/model/problem.ts";
import { columns, plain, type Colour, type Terminal } from "../../doctor/terminal.ts";
import type { EngineEvents, Step } from "../engine-events.ts";

/**
 * How a machine was found.
 * - `in sync`: in its desired state.
 * - `drift`: differs from the configuration, and `pulumi up` repairs it.
 * - `unreachable`: it could not be looked at.
 * - `blocked`: differs from the configuration; fix it by hand before `pulumi up`.
 * - `unproven`: in its desired state, but its endpoint is not proven from here.
 * - `in maintenance`: it was not looked at, because the last `pulumi up` was told to leave it alone.
 * - `unknown`: this version of the program has never looked at it.
 */
export type HostState =
  "in sync" | "drift" | "unreachable" | "blocked" | "unproven" | "in maintenance" | "unknown";

export interface HostReport {
  /** Name of the machine in the configuration. */
  readonly host: string;
  readonly state: HostState;
  /** What differs, a line each: `what: expected ..., found ...`. */
  readonly drift: readonly string[];
  /** Why the machine was not seen, can't be converged, or its endpoint is not proven; a line each. */
  readonly problems: readonly string[];
  /** What no `pulumi up` repairs, a line each; not drift by themselves. */
  readonly findings: readonly string[];
}

export type Outcome = "in sync" | "drift" | "could not tell";

export interface StackReport {
  readonly stack: string;
  readonly outcome: Outcome;
  /** Why nothing is known of the stack's machines; empty when something is. */
  readonly error: string;
  readonly hosts: readonly HostReport[];
}

/** `npm run drift -- --json` prints this. */
export interface DriftReport {
  readonly outcome: Outcome;
  readonly stacks: readonly StackReport[];
}

/** Drift first: it was seen, whatever else could not be. */
export const exitCodes: Readonly<Record<Outcome, number>> = {
  "in sync": 0,
  drift: 2,
  "could not tell": 1,
};

/** Versions of what the two kinds of resources record; a state of another version says nothing. */
export interface StateVersions {
  readonly hostState: number;
  readonly endpointProof: number;
}

export function stackReport(
  stack: string,
  { hosts, steps }: EngineEvents,
  versions: StateVersions,
): StackReport {
  const reports = hosts.map((host) => hostReport(host, steps, versions));
  const outcome = worst(reports.map(({ state }) => outcomeOf[state]));
  return { stack, outcome, error: "", hosts: reports };
}

/** A stack whose machines were not looked at. */
export function failedStack(stack: string, error: string): StackReport {
  return { stack, outcome: "could not tell", error: oneLine(error), hosts: [] };
}

export function driftReport(stacks: readonly StackReport[]): DriftReport {
  return { outcome: worst(stacks.map(({ outcome }) => outcome)), stacks };
}

const outcomeOf: Readonly<Record<HostState, Outcome>> = {
  "in sync": "in sync",
  drift: "drift",
  unreachable: "could not tell",
  blocked: "drift",
  unproven: "could not tell",
  // Somebody has said so: no reason to call anybody.
  "in maintenance": "in sync",
  unknown: "could not tell",
};

function worst(outcomes: readonly Outcome[]): Outcome {
  if (outcomes.includes("drift")) return "drift";
  return outcomes.includes("could not tell") ? "could not tell" : "in sync";
}

function hostReport(host: string, steps: readonly Step[], versions: StateVersions): HostReport {
  const find = (type: string, name: string, version: number): Step | undefined =>
    steps.find(
      (one) => one.type === type && one.name === name && one.outputs["stateVersion"] === version,
    );
  const seen = find(pluginTypes.hostState, hostNames.state(host), versions.hostState);
  if (seen?.inputs["maintenance"] === true) {
    const problems = ["not looked at"];
    return { host, state: "in maintenance", drift: [], problems, findings: [] };
  }
  const state = seen?.outputs;
  if (state === undefined) {
    const problem =
      "nothing recorded; an up did not get that far, or another version of this program did it; run `pulumi up`";
    return { host, state: "unknown", drift: [], problems: [problem], findings: [] };
  }
  const drift = lines(state["drift"]);
  const findings = lines(state["findings"]);
  const unreachable = lines(state["unreachable"]);
  const blocked = lines(state["blocked"]);
  // What is recorded beside either of them is what an earlier look has found.
  if (unreachable.length > 0) {
    return { host, state: "unreachable", drift: [], problems: unreachable, findings: [] };
  }
  if (blocked.length > 0) {
    return { host, state: "blocked", drift: [], problems: blocked, findings: [] };
  }
  const proof = find(pluginTypes.endpointProof, hostNames.proof(host), versions.endpointProof);
  const problems =
    proof === undefined
      ? ["its endpoint was not proven by this version of the program; run `pulumi up`"]
      : lines(proof.outputs["problems"]);
  const found = problems.length > 0 ? "unproven" : "in sync";
  return { host, state: drift.length > 0 ? "drift" : found, drift, problems, findings };
}

/** A list of lines, or one, as the plugin records them. */
function lines(value: unknown): string[] {
  const list: unknown[] = Array.isArray(value) ? value : [value];
  return list
    .filter((line) => typeof line === "string" && line !== "")
    .map((line) => oneLine(String(line)));
}

/** Above so many machines of a stack, lines that several have in common are shown once. */
const shownOneByOne = 5;

/** The report for a person: a line for each thing to know, machine by machine. */
export function table({ stacks }: DriftReport, terminal: Terminal = plain): string[] {
  const rows = stacks.flatMap((stack) => rowsOf(stack));
  const header = ["STACK", "HOST", "STATE", "WHAT"];
  return columns([header, ...rows], terminal, (row) => {
    const state = row[2] ?? "";
    const colour = colourOf[state];
    return colour === undefined ? undefined : { word: state, colour };
  });
}

const colourOf: Readonly<Record<string, Colour>> = {
  "in sync": "green",
  "in maintenance": "yellow",
  finding: "yellow",
  drift: "red",
  unreachable: "red",
  blocked: "red",
  unproven: "red",
  unknown: "red",
  "could not tell": "red",
};

/** The last line, where there are too many machines to count them in the table; empty otherwise. */
export function summary({ stacks }: DriftReport): string {
  const hosts = stacks.flatMap((stack) => stack.hosts);
  if (hosts.length <= shownOneByOne) return "";
  const states = Object.keys(outcomeOf) as HostState[];
  const counts = states.flatMap((state) => {
    const count = hosts.filter((host) => host.state === state).length;
    return count === 0 ? [] : [`${String(count)} ${state}`];
  });
  return `${String(hosts.length)} machines: ${counts.join(", ")}`;
}

function rowsOf({ stack, error, hosts }: StackReport): string[][] {
  if (error !== "") return [[stack, "-", "could not tell", error]];
  if (hosts.length === 0) return [[stack, "-", "in sync", "its state knows no machine"]];
  const rows = hosts.flatMap(({ host, state, drift, problems, findings }) => {
    const details = [
      ...drift.map((line) => ["drift", line]),
      ...problems.map((line) => [state === "drift" ? "unproven" : state, line]),
      ...findings.map((line) => ["finding", line]),
    ];
    // A finding alone must not hide that the machine is in sync.
    const heading = state === "in sync" ? [["in sync", ""]] : [];
    return [...heading, ...details].map((detail) => [stack, host, ...detail]);
  });
  return hosts.length > shownOneByOne ? grouped(rows) : rows;
}

/** Rows that say the same of several machines, as one. */
function grouped(rows: readonly string[][]): string[][] {
  const groups = new Map<string, string[][]>();
  for (const row of rows) {
    const key = JSON.stringify([row[2], row[3]]);
    groups.set(key, [...(groups.get(key) ?? []), row]);
  }
  return [...groups.values()].flatMap((group) => {
    const [[stack = "", , state = "", what = ""] = []] = group;
    if (group.length === 1) return group;
    const names = group.map(([, host]) => host).join(", ");
    return [
      [stack, `${String(group.length)} hosts`, state, what === "" ? names : `${what} (${names})`],
    ];
  });
}
