// Where a rotation stands, and what is still to come: what `--status --json` and `--plan --json` print.
import type { Configuration } from "../../components/model/configuration/parse.ts";
import { plannedWaves } from "../../components/model/configuration/waves.ts";
import type { HostHandshakes } from "./ask-handshakes.ts";
import type { ClientBundles } from "./bundles.ts";
import { beforeAnother, beforeDrop, type GateFacts, type HeldUp } from "./gates.ts";
import { phaseOf, taking, type Phase } from "./position.ts";
import { nextWindow, renewalWindow, type RenewalWindow } from "./renewals.ts";
import type { StateHost } from "./state.ts";
import type { Step } from "./steps.ts";

/** `npm run rotate-ca -- --status --json` prints this. */
export interface RotationStatus {
  readonly stack: string;
  /** Generation of the authority, and of the one that is left behind; null: no rotation is under way. */
  readonly generation: number;
  readonly from: number | null;
  /** 0: no rotation is under way. */
  readonly phase: Phase;
  /** What of this phase is not done yet, a line each. */
  readonly unfinished: readonly string[];
  readonly hosts: readonly Omit<StateHost, "former">[];
  readonly clients: readonly ClientBundles[];
  /** What comes next, and who holds it up. */
  readonly next: { readonly step: Step["kind"]; readonly heldUp: readonly HeldUp[] };
  /** After the last phase; null: it was not asked. */
  readonly handshakes: readonly HostHandshakes[] | null;
}

export function statusOf(
  { stack, asked, state, clients }: GateFacts,
  next: Step,
  handshakes: readonly HostHandshakes[] | null,
): RotationStatus {
  return {
    ...{ stack, generation: asked.generation, from: asked.rotation?.from ?? null },
    phase: phaseOf(asked),
    unfinished: next.unfinished,
    hosts: state.hosts.map(({ former: _, ...host }) => host),
    clients,
    next: { step: next.kind, heldUp: next.heldUp },
    handshakes,
  };
}

export interface PlannedPhase {
  readonly phase: 1 | 2 | 3 | 4;
  readonly state: "done" | "now" | "next" | "later";
  /** Machines that are restarted, wave by wave; empty: none is. */
  readonly restarts: readonly (readonly string[])[];
  /** The day before which it does not begin, YYYY-MM-DD; null: any day. Only with renewals. */
  readonly notBefore: string | null;
  readonly heldUp: readonly HeldUp[];
}

/** `npm run rotate-ca -- --plan --json` prints this. */
export interface RotationPlan {
  readonly stack: string;
  readonly from: number;
  readonly to: number;
  /** Seconds between two waves. */
  readonly soak: number;
  readonly phases: readonly PlannedPhase[];
  /** From which day on renewals are due, and must be left to the rotation, YYYY-MM-DD. Only with renewals. */
  readonly renewalsFrom: { readonly host: string; readonly day: string } | null;
  /** Why it can't ride on renewals; empty where it can, or shall not. */
  readonly tooLate: string;
}

const dayOf = (at: Date): string => at.toISOString().slice(0, 10);
const later = (one: Date, other: Date): Date => (one > other ? one : other);

export interface PlanFacts extends GateFacts {
  readonly configuration: Pick<Configuration, "hosts" | "rollout" | "lifetimes">;
  /** The generation that a rotation would lead to that has not begun. */
  readonly fresh: number;
}

export function rotationPlan(facts: PlanFacts): RotationPlan {
  const { stack, asked, configuration, fresh, renewals } = facts;
  const { generation, rotation } = asked;
  const to = rotation === undefined ? fresh : generation;
  const machines = taking(configuration.hosts).filter(({ maintenance }) => maintenance === false);
  const waves = plannedWaves(machines, configuration.rollout).map((wave) =>
    wave.map(({ name }) => name),
  );
  const phase = phaseOf(asked);
  const days = daysOf(facts, to);
  const phases = ([1, 2, 3, 4] as const).map((one): PlannedPhase => ({
    phase: one,
    state: stateOf(one, phase),
    restarts: one === 2 || one === 4 ? waves : [],
    notBefore: (one === 2 ? days?.machines : one === 4 ? days?.drop : undefined) ?? null,
    heldUp: heldUpBefore(one, facts),
  }));
  const first = renewals?.first;
  return {
    ...{ stack, from: rotation?.from ?? generation, to, soak: configuration.rollout.soak, phases },
    renewalsFrom: first === undefined ? null : { host: first.host, day: dayOf(first.at) },
    tooLate: renewals?.tooLate ?? "",
  };
}

function heldUpBefore(one: PlannedPhase["phase"], facts: PlanFacts): HeldUp[] {
  const phase = phaseOf(facts.asked);
  if (one === 1 && phase === 0) return beforeAnother(facts);
  return one === 4 && phase > 0 ? beforeDrop({ ...facts, renewals: undefined }) : [];
}

/** Bundles are handed out for as long as phase 3 lasts; the other phases are over when their `up` is. */
function stateOf(one: PlannedPhase["phase"], phase: Phase): PlannedPhase["state"] {
  if (one === phase + 1) return "next";
  if (one > phase) return "later";
  return one === 3 ? "now" : "done";
}

/** The days on which phases 2 and 4 cost no restart of their own. */
function daysOf(
  { asked, now, renewals, configuration }: PlanFacts,
  generation: number,
): { readonly machines?: string; readonly drop: string } | undefined {
  if (renewals === undefined) return undefined;
  const day = later(renewals.last.at, now);
  if (phaseOf(asked) >= 2) return { drop: dayOf(day) };
  const names = taking(configuration.hosts).map(({ name }) => name);
  const lifetime = configuration.lifetimes.server;
  const next = nextWindow(names, { from: day, generation, lifetime });
  return { machines: dayOf(day), drop: dayOf(next?.last.at ?? day) };
}

/** When the renewals of all machines that take part are due, by what the state has of their certificates. */
export function presentRenewals(
  hosts: Configuration["hosts"],
  certificates: Parameters<typeof renewalWindow>[0],
): RenewalWindow | undefined {
  const machines = taking(hosts).filter(({ maintenance }) => maintenance === false);
  return renewalWindow(
    certificates,
    machines.map(({ name }) => name),
  );
}
