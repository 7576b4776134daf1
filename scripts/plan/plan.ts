// What the next `pulumi up` does, before it does it: `npm run plan -- --json` prints this.
import { hostNames } from "../../components/identity.ts";
import type {
  Configuration,
  HostConfiguration,
} from "../../components/model/configuration/parse.ts";
import { plannedWaves } from "../../components/model/configuration/waves.ts";
import type { Census } from "../../components/model/observed/census.ts";
import type { EngineEvents } from "../engine-events.ts";
import { changes, hostPlan, type HostPlan } from "./host-plan.ts";
import { unknownUsage, withUsage, type Usage } from "./usage.ts";

export type Outcome = "nothing to do" | "changes" | "could not tell";

/** As `npm run drift` has them. */
export const exitCodes: Readonly<Record<Outcome, number>> = {
  "nothing to do": 0,
  changes: 2,
  "could not tell": 1,
};

export interface PlannedHost extends HostPlan, Usage {
  /** Which wave it is in, from 1; null: in none, as it is in maintenance. */
  readonly wave: number | null;
}

/** A machine that is no host of the stack any more. */
export interface Leaving {
  readonly host: string;
  /** What becomes of it, as a preview says it. */
  readonly impact: string;
}

export interface Plan {
  readonly stack: string;
  readonly outcome: Outcome;
  /** Why there is no plan, a line each; empty where there is one. */
  readonly errors: readonly string[];
  /** Names of hosts, wave by wave. */
  readonly waves: readonly (readonly string[])[];
  /** Hosts that go first because the configuration says so. */
  readonly canaries: readonly string[];
  /** Seconds that a wave which was changed is left alone, before it is proven again and the next begins. */
  readonly soak: number;
  /** In the order of the waves; those in maintenance last. */
  readonly hosts: readonly PlannedHost[];
  readonly leaving: readonly Leaving[];
  /** Names of resources that change besides: those of the whole stack, and proofs that are made anew. */
  readonly others: readonly string[];
}

export function failedPlan(stack: string, errors: readonly string[]): Plan {
  const none = { waves: [], canaries: [], soak: 0, hosts: [], leaving: [], others: [] };
  return { stack, outcome: "could not tell", errors, ...none };
}

/** What a machine was found to be used by, or why that could not be asked. */
export type Asked = ReadonlyMap<string, Census | string>;

export function planOf(
  stack: string,
  { hosts, rollout }: Pick<Configuration, "hosts" | "rollout">,
  events: EngineEvents,
  asked: Asked,
): Plan {
  const others = hosts.filter(({ maintenance }) => maintenance === false);
  const leftOut = hosts.filter((host) => !others.includes(host));
  const waves = plannedWaves(others, rollout);
  const planned = (host: HostConfiguration, wave: number | null): PlannedHost => ({
    wave,
    ...used(hostPlan(host, events), host, asked.get(host.name)),
  });
  const plans = [
    ...waves.flatMap((wave, at) => wave.map((host) => planned(host, at + 1))),
    ...leftOut.map((host) => planned(host, null)),
  ];
  const leaving = events.hosts
    .filter((name) => hosts.every((host) => host.name !== name))
    .map((host) => ({ host, impact: fateOf(host, events) }));
  const changed = changedBesides(plans, leaving, events);
  return {
    stack,
    outcome: outcomeOf(plans, leaving.length > 0 || changed.length > 0),
    errors: [],
    waves: waves.map((wave) => wave.map(({ name }) => name)),
    canaries: rollout.canaries.filter((name) => others.some((host) => host.name === name)),
    soak: rollout.soak,
    hosts: plans,
    leaving,
    others: changed,
  };
}

function used(
  plan: HostPlan,
  host: HostConfiguration,
  census: Census | string | undefined,
): HostPlan & Usage {
  if (census === undefined) return { ...plan, ...unknownUsage(plan.change) };
  if (typeof census === "string") return { ...plan, ...unknownUsage(census) };
  return withUsage(plan, host, census);
}

function fateOf(host: string, { told }: EngineEvents): string {
  const own = told.filter(({ name }) => name === hostNames.state(host));
  const said = own.map(({ line }) => /^impact: (.*)$/.exec(line)?.[1]).find(Boolean);
  return said ?? "it is taken out of the state";
}

function outcomeOf(plans: readonly PlannedHost[], isMore: boolean): Outcome {
  const isDue = plans.some(({ change }) =>
    ["files", "reload", "restart", "refused"].includes(change),
  );
  if (isDue || isMore) return "changes";
  const isUnsure = plans.some(
    ({ change, problems }) => change === "unreachable" || problems.length > 0,
  );
  return isUnsure ? "could not tell" : "nothing to do";
}

/** What belongs to a machine that changes, or to one about which something is wrong, is told there. */
function changedBesides(
  plans: readonly PlannedHost[],
  leaving: readonly Leaving[],
  { steps }: EngineEvents,
): string[] {
  const told = plans.filter(
    ({ change, problems }) =>
      !["nothing", "in maintenance"].includes(change) || problems.length > 0,
  );
  const hosts = [...told, ...leaving].map(({ host }) => host);
  const names = steps.filter(({ op }) => changes(op)).map(({ name }) => name);
  return [...new Set(names)].filter((name) => !hosts.some((host) => isOf(host, name)));
}

/** Whether a resource is one of a host's, in whatever generation of the authority. */
function isOf(host: string, name: string): boolean {
  const { server, ...parts } = hostNames;
  const own = [host, ...Object.values(parts).map((part) => part(host))];
  const certificate = name.replace(/-(key|request)$/, "").replace(/-g\d+$/, "");
  return own.includes(name) || certificate === server(host);
}
