// What a rollout was, and how it ends.
import type * as z from "zod";
import type { rolloutReport, rolloutStack } from "../report/schema.ts";

/** `npm run rollout -- --json` prints this. */
export type RolloutReport = z.infer<typeof rolloutReport>;
export type StackResult = z.infer<typeof rolloutStack>;
export type HostResult = StackResult["hosts"][number];
export type Promotion = StackResult["promotion"];
export type Outcome = RolloutReport["outcome"];

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
