// What a rollout was: the JSON document, and how it ends.
import type { StackChanges } from "./changes.ts";
import type { Release } from "./release.ts";

/**
 * What became of a stack.
 * - `unchanged`: green, and there was nothing to do.
 * - `changed`: green, after an `up`.
 * - `due`: there is something to do; a plan does not do it.
 * - `failed`: red.
 * - `refused`: its predecessor is not green at this commit.
 * - `declined`: the person said no.
 * - `interrupted`: its `up` was under way when somebody stopped the rollout.
 * - `not begun`: its turn did not come.
 */
export type StackOutcome =
  "unchanged" | "changed" | "due" | "failed" | "refused" | "declined" | "interrupted" | "not begun";

/**
 * - `none`: no stack goes before it.
 * - `green`: that stack is green at this commit.
 * - `in this rollout`: it goes before, and has its turn first; in a plan.
 * - `skipped`: it is not green, and --skip-promotion says to go on.
 * - `refused`: it is not green.
 */
export type Promotion = "none" | "green" | "in this rollout" | "skipped" | "refused";

export interface StackResult extends StackChanges {
  readonly stack: string;
  readonly outcome: StackOutcome;
  /** The stack that goes before it; empty where there is none. */
  readonly after: string;
  readonly promotion: Promotion;
  /** Where it failed; empty where it did not. */
  readonly failedAt: "" | "preview" | "up" | "proof" | "mark";
  /** Why it failed, is refused or was not promoted, a line each. */
  readonly errors: readonly string[];
  readonly seconds: number;
}

export type Outcome = "green" | "due" | "red" | "interrupted";

/** `npm run rollout -- --json` prints this. */
export interface RolloutReport {
  readonly outcome: Outcome;
  readonly release: Release;
  /** Whether nothing was to be changed. */
  readonly plan: boolean;
  readonly skipPromotion: boolean;
  readonly stacks: readonly StackResult[];
}

export const exitCodes: Readonly<Record<Outcome, number>> = {
  green: 0,
  due: 2,
  red: 1,
  interrupted: 130,
};

export const isGreen = ({ outcome }: Pick<StackResult, "outcome">): boolean =>
  outcome === "unchanged" || outcome === "changed";

export function outcomeOf(stacks: readonly StackResult[], interrupted: boolean): Outcome {
  if (interrupted && !stacks.every(isGreen)) return "interrupted";
  if (stacks.every(isGreen)) return "green";
  const due = stacks.every(
    (one) => isGreen(one) || (one.outcome === "due" && one.promotion !== "refused"),
  );
  return due ? "due" : "red";
}
