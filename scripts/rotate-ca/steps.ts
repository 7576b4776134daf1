// What the command does next: by the configuration and the state alone, so a run that was killed is gone on with.
import type { Problem } from "../../components/model/problem.ts";
import { beforeAnother, beforeDrop, beforeMachines, type GateFacts, type HeldUp } from "./gates.ts";
import { phaseOf, unfinished, type Asked } from "./position.ts";
import type { WrittenByClient } from "../client/written.ts";

export interface Step {
  /**
   * `finish` runs what the stack's file asks for already and has not come to its end.
   */
  readonly kind: 1 | 2 | 3 | 4 | "finish" | "back" | "now";
  /** What the stack's file asks for then. */
  readonly asked: Asked;
  /** What is not done yet of what it asks for already. */
  readonly unfinished: readonly string[];
  readonly heldUp: readonly HeldUp[];
}

/** The step that is next, whether or not its gate is open. */
export function nextStep(facts: GateFacts, fresh: number): Step {
  const { asked, hosts, state } = facts;
  const { generation, rotation } = asked;
  const open = unfinished(asked, hosts, state);
  if (open.length > 0) {
    return {
      kind: "finish",
      asked,
      unfinished: open,
      heldUp: isDropAhead(facts) ? beforeDrop(facts) : [],
    };
  }
  const step = (kind: Step["kind"], next: Asked, heldUp: readonly HeldUp[]): Step => ({
    ...{ kind, asked: next, unfinished: [], heldUp },
  });
  if (rotation === undefined) {
    const another: Asked = { generation: fresh, rotation: { from: generation, phase: 1 } };
    return step(1, another, beforeAnother(facts));
  }
  const at = (phase: 2 | 3): Asked => ({ generation, rotation: { ...rotation, phase } });
  switch (rotation.phase) {
    case 1:
      return step(2, at(2), beforeMachines(facts));
    case 2:
      return step(3, at(3), []);
    case 3:
      return step(4, { generation, rotation: undefined }, beforeDrop(facts));
  }
}

/** Whether the file asks for phase 4, and every machine still has the old authority. */
function isDropAhead({ asked, state: { hosts } }: GateFacts): boolean {
  const isRotated = ({ shows, former }: (typeof hosts)[number]): boolean =>
    shows === asked.generation && former !== undefined && former !== shows;
  const taking = hosts.filter(({ maintenance }) => !maintenance);
  return phaseOf(asked) === 0 && taking.length > 0 && taking.every(isRotated);
}

/** Back to the authority that a rotation comes from. */
export function backStep({ stack, asked, hosts, state }: GateFacts): Step | Problem {
  const { generation, rotation } = asked;
  if (rotation !== undefined) {
    const before: Asked = { generation: rotation.from, rotation: undefined };
    return { kind: "back", asked: before, unfinished: [], heldUp: [] };
  }
  const open = unfinished(asked, hosts, state);
  if (open.length > 0 && state.authorities.some((one) => one.generation > generation)) {
    return { kind: "back", asked, unfinished: open, heldUp: [] };
  }
  return {
    where: `stack ${stack}`,
    what: "no rotation is under way",
    why: "after phase 4 there is nothing to go back to",
    fix: `begin another one with \`npm run rotate-ca -- --stack ${stack}\``,
  };
}

/** Another authority at once, without a time in which both are trusted. */
export function nowStep({ asked, hosts, state }: GateFacts, fresh: number): Step {
  const open = unfinished(asked, hosts, state);
  const newest = Math.max(...state.authorities.map((one) => one.generation));
  const isBegun =
    asked.rotation === undefined &&
    open.length > 0 &&
    asked.generation >= newest &&
    state.hosts.every(({ former }) => former === undefined);
  return {
    ...{ kind: "now", heldUp: [], unfinished: isBegun ? open : [] },
    asked: isBegun ? asked : { generation: fresh, rotation: undefined },
  };
}

/**
 * A generation that nobody has seen: where two authorities share a name, clients try the wrong key. One from which a
 * rotation was taken back is known by the bundles that were written in it.
 */
export function freshGeneration(
  { asked, state }: Pick<GateFacts, "asked" | "state">,
  written: WrittenByClient,
): number {
  const issued = Object.values(written)
    .flat()
    .map(({ issuer }) => Number(/^dockertls \S+ CA g(\d+)$/.exec(issuer)?.[1] ?? 0));
  return (
    1 + Math.max(asked.generation, ...state.authorities.map((one) => one.generation), ...issued)
  );
}
