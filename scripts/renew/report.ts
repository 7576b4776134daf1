// What `npm run renew` has done, or why not.
import { hanging, plain, type Terminal } from "../../doctor/terminal.ts";
import type { Renewal } from "./renewals.ts";

/**
 * How a stack came out.
 * - `nothing due`: no certificate is past its renewal.
 * - `renewed`: those that were due are others now, and every machine is proven.
 * - `declined`: somebody was asked, and said no.
 * - `stopped`: the next `pulumi up` would do something else as well; nothing was begun.
 * - `failed`: it could not tell, or the `up` failed.
 */
export type Outcome = "nothing due" | "renewed" | "declined" | "stopped" | "failed";

export interface StackResult {
  readonly stack: string;
  readonly outcome: Outcome;
  /** Certificates that were due. */
  readonly renewals: readonly Renewal[];
  /** Machines whose dockerd is restarted for them. */
  readonly restarts: readonly string[];
  /** What the next `pulumi up` would do as well, a line each. */
  readonly others: readonly string[];
  /** Why it failed, a line each. */
  readonly errors: readonly string[];
  readonly seconds: number;
}

/** `npm run renew -- --json` prints this. */
export interface RenewReport {
  readonly outcome: Outcome;
  readonly stacks: readonly StackResult[];
}

export const exitCodes: Readonly<Record<Outcome, number>> = {
  "nothing due": 0,
  renewed: 0,
  declined: 0,
  stopped: 2,
  failed: 1,
};

const worstFirst: readonly Outcome[] = ["failed", "stopped", "declined", "renewed", "nothing due"];

export function renewReport(stacks: readonly StackResult[]): RenewReport {
  const outcome = worstFirst.find((one) => stacks.some((stack) => stack.outcome === one));
  return { outcome: outcome ?? "nothing due", stacks };
}

/** What a stack's certificates are, `machine b1, client alice`. */
export function named(renewals: readonly Renewal[]): string {
  return renewals.map(({ kind, owner }) => `${kind} ${owner}`).join(", ");
}

const mostOthers = 10;

/** A stack's result, for a person: one line where nothing is to be done. */
export function resultLines(result: StackResult, terminal: Terminal = plain): string[] {
  const { stack, outcome, renewals, restarts, others, errors, seconds } = result;
  const line = (text: string): string[] => hanging(`${stack}: `, text, terminal);
  switch (outcome) {
    case "nothing due":
      return line("no certificate is due");
    case "renewed":
      return line(
        `renewed ${named(renewals)}; ${restartsOf(restarts)}, and every machine is proven; ${String(seconds)} s`,
      );
    case "declined":
      return line("nothing of it was begun");
    case "stopped":
      return [
        ...line(
          `stopped, and nothing was begun: the next \`pulumi up\` would do more than renew ${renewals.length === 0 ? "certificates" : named(renewals)}; see \`npm run plan\`, and run it yourself`,
        ),
        ...others.slice(0, mostOthers).flatMap((other) => hanging("  ", other, terminal)),
        ...(others.length > mostOthers ? [`  and ${String(others.length - mostOthers)} more`] : []),
      ];
    case "failed":
      return [...line("failed"), ...errors.flatMap((error) => hanging("  ", error, terminal))];
  }
}

export function restartsOf(restarts: readonly string[]): string {
  if (restarts.length === 0) return "dockerd goes on untouched";
  return `dockerd restarted on ${restarts.join(", ")}`;
}
