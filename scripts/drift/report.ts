// What `npm run drift` says of the machines of one stack or several, and how it ends.
import type * as z from "zod";
import { hostNames, pluginTypes } from "../../components/identity.ts";
import { oneLine } from "../../components/model/problem.ts";
import { columns, plain, type Colour, type Terminal } from "../../doctor/terminal.ts";
import type { EngineEvents, Step } from "../engine-events.ts";
import { hostState, type driftOutcome, type Look } from "../report/schema.ts";

export type HostState = z.infer<typeof hostState>;
/** What a look found of a machine. */
export type HostReport = Look;
export type Outcome = z.infer<typeof driftOutcome>;

export interface StackReport {
  readonly stack: string;
  readonly outcome: Outcome;
  /** Why nothing is known of the stack's machines, a line each; empty when something is. */
  readonly errors: readonly string[];
  readonly hosts: readonly HostReport[];
}

/** What is said of a run; `--json` prints more. */
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
  return { stack, outcome, errors: [], hosts: reports };
}

/** A stack whose machines were not looked at. */
export function failedStack(stack: string, error: string): StackReport {
  return { stack, outcome: "could not tell", errors: [oneLine(error)], hosts: [] };
}

export function driftReport<Stack extends StackReport>(
  stacks: readonly Stack[],
): { readonly outcome: Outcome; readonly stacks: readonly Stack[] } {
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

function worst(all: readonly Outcome[]): Outcome {
  if (all.includes("drift")) return "drift";
  return all.includes("could not tell") ? "could not tell" : "in sync";
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
  const counts = hostState.options.flatMap((state) => {
    const count = hosts.filter((host) => host.state === state).length;
    return count === 0 ? [] : [`${String(count)} ${state}`];
  });
  return `${String(hosts.length)} machines: ${counts.join(", ")}`;
}

function rowsOf({ stack, errors, hosts }: StackReport): string[][] {
  if (errors.length > 0) return errors.map((line) => [stack, "-", "could not tell", line]);
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
