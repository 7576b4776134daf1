// What a run of the fleet's benchmark found, and how figures of several rounds become one.
import { median } from "./figures.ts";

export const toolNames = ["dockertls", "pyinfra", "ansible"] as const;
export type ToolName = (typeof toolNames)[number];

export const phaseNames = ["first", "unchanged", "reload", "destroy"] as const;
export type PhaseName = (typeof phaseNames)[number];

/** What one run of a tool took. */
export interface Cost {
  readonly wallSeconds: number;
  /** User and system time of all processes on machine A that the run started. */
  readonly cpuSeconds: number;
  /** Most memory that they had at one time: the sum of their proportional set sizes. */
  readonly memoryBytes: number;
}

/** One run, with what the machines saw of it. */
export interface Sample extends Cost {
  /** SSH logins of a machine, as a mean of all machines. */
  readonly logins: number;
  /** Starts of dockerd on a machine, as a mean of all machines. */
  readonly restarts: number;
  /** Seconds without an answer of one machine's API; none where it was not asked. */
  readonly outageSeconds?: number;
  /** Clients that had connected and were never answered. */
  readonly hungClients?: number;
}

export interface Result extends Sample {
  readonly tool: ToolName;
  readonly machines: number;
  readonly phase: PhaseName;
  readonly rounds: number;
}

/** Of the state of a stack, for this program alone. */
export interface StateSize {
  readonly machines: number;
  readonly bytes: number;
  /** How many of those are lines of the scripts that run on machines. */
  readonly programBytes: number;
}

/** What a run adds to a report while it goes on. */
export interface Found {
  readonly results: readonly Result[];
  /** Of this program alone, on more machines than its rivals were measured on. */
  readonly growth: readonly Result[];
  readonly states: readonly StateSize[];
  /** What could not be measured, in a line each. */
  readonly missing: readonly string[];
}

export interface Report extends Found {
  readonly date: string;
  readonly cores: number;
  readonly rounds: number;
  /** What was compared, as `pyinfra 3.10.0`. */
  readonly versions: readonly string[];
}

/** Each figure's median over the rounds. */
export function medianOf(samples: readonly Sample[]): Sample {
  const of = (figure: (sample: Sample) => number | undefined): number =>
    median(samples.map(figure).filter((value) => value !== undefined));
  const outage = of(({ outageSeconds }) => outageSeconds);
  const hung = of(({ hungClients }) => hungClients);
  return {
    wallSeconds: of(({ wallSeconds }) => wallSeconds),
    cpuSeconds: of(({ cpuSeconds }) => cpuSeconds),
    memoryBytes: of(({ memoryBytes }) => memoryBytes),
    logins: of(({ logins }) => logins),
    restarts: of(({ restarts }) => restarts),
    ...(Number.isNaN(outage) ? {} : { outageSeconds: outage }),
    ...(Number.isNaN(hung) ? {} : { hungClients: hung }),
  };
}

/** From the fewest machines to the most. */
export const countsIn = ({ results }: Pick<Report, "results">): number[] =>
  [...new Set(results.map(({ machines }) => machines))].sort((a, b) => a - b);

export const resultOf = (
  { results }: Report,
  tool: ToolName,
  machines: number,
  phase: PhaseName,
): Result | undefined =>
  results.find(
    (result) => result.tool === tool && result.machines === machines && result.phase === phase,
  );

/** How many times as long as another tool, where both were measured. */
export function ratioTo(
  report: Report,
  { tool, machines, phase }: Pick<Result, "tool" | "machines" | "phase">,
  other: ToolName,
): number | undefined {
  const own = resultOf(report, tool, machines, phase);
  const theirs = resultOf(report, other, machines, phase);
  return own && theirs && own.wallSeconds / theirs.wallSeconds;
}

/** Figures of this program from the fewest machines to the most, those without a rival beside it included. */
export function grown({ results, growth }: Report, phase: PhaseName): Result[] {
  return [...results.filter(({ tool }) => tool === "dockertls"), ...growth]
    .filter((result) => result.phase === phase)
    .sort((a, b) => a.machines - b.machines);
}

/** Megabytes on machine A that one machine more takes, between two sizes of a stack; undefined when one is unknown. */
export function memoryPerMachine(
  report: Report,
  phase: PhaseName,
  [from, to]: readonly [number, number],
): number | undefined {
  const at = (count: number): number | undefined =>
    grown(report, phase).find(({ machines }) => machines === count)?.memoryBytes;
  const [less, more] = [at(from), at(to)];
  return less === undefined || more === undefined ? undefined : (more - less) / (to - from) / 1e6;
}

/** What one machine more adds to a state: the slope from the smallest stack to the largest. */
export function statePerMachine({ states }: Report): Omit<StateSize, "machines"> | undefined {
  const sorted = [...states].sort((a, b) => a.machines - b.machines);
  const [least, most] = [sorted[0], sorted.at(-1)];
  if (!least || !most || least.machines === most.machines) return undefined;
  const more = most.machines - least.machines;
  return {
    bytes: (most.bytes - least.bytes) / more,
    programBytes: (most.programBytes - least.programBytes) / more,
  };
}
