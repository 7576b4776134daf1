// The lock of a stack, which its backend keeps: who holds it by the engine's own words, and the wait for it.
import { setTimeout as pause } from "node:timers/promises";
import { duration } from "../components/model/configuration/setting-types.ts";
import { formatProblem, oneLine } from "../components/model/problem.ts";

export interface StackLock {
  /** ` by USER@HOST (process N) since TIME`, or nothing where the engine does not say. */
  readonly holder: string;
}

/** The lock that turned a run of the engine away; undefined: it was no lock. */
export function stackLockIn(said: string): StackLock | undefined {
  if (!/currently locked|update is currently in progress|\[409\]/i.test(said)) return undefined;
  const [, who = "", pid = "", time = ""] =
    /created by (\S+) \(pid (\d+)\) at ([^\s]+)/.exec(said) ?? [];
  const since = Date.parse(time);
  if (who === "" || Number.isNaN(since)) return { holder: "" };
  const at = new Date(since)
    .toISOString()
    .replace("T", " ")
    .replace(/\.\d+Z$/, " UTC");
  return { holder: ` by ${oneLine(who, 100)} (process ${pid}) since ${at}` };
}

const cancel = "free the stack with `pulumi cancel` if it is dead";

/** @param tried what this command did about it, and what else it can do. */
export const lockedLine = (
  stack: string,
  { holder }: StackLock,
  { waited = "", fix = "wait for that run" }: { waited?: string; fix?: string } = {},
): string =>
  formatProblem({
    where: `stack ${stack}`,
    what: `it is locked${holder}${waited}`,
    why: "another run works on it, or was killed while it did, so this one was turned away",
    fix: `${fix}, or ${cancel}`,
  });

/** What every usage says of the option. */
export const waitUsage = "waits that long, such as 10m, where another run has the stack locked";

/**
 * What `--wait` says, in seconds; without it, nothing is waited for.
 * @throws Error in one line.
 */
export function waitSeconds(text: string | undefined): number {
  if (text === undefined) return 0;
  const { data } = duration.safeParse(text);
  if (data !== undefined) return data;
  throw new Error(
    formatProblem({
      where: "--wait",
      what: `${JSON.stringify(text)} is no time`,
      why: "it says how long a locked stack is waited for",
      fix: "write one with its unit, such as 90s, 10m or 1h30m",
    }),
  );
}

export interface LockWaitOptions {
  /** All in all, for each stack. */
  readonly seconds: number;
  readonly say: (line: string) => void;
  /** Ends the waiting. */
  readonly signal: AbortSignal;
  /** Between two tries: each of them looks at every machine of the stack first. */
  readonly pauseSeconds?: number;
}

/** The wait of one command for locks that others hold. */
export class LockWait {
  readonly #options: LockWaitOptions;
  /** When each stack was found locked. */
  readonly #since = new Map<string, number>();
  readonly #told = new Map<string, string>();

  constructor(options: LockWaitOptions) {
    this.#options = options;
  }

  /** Waits a while, and says for whom, once. Returns whether it is worth trying again. */
  async again(stack: string, { holder }: StackLock): Promise<boolean> {
    const { seconds, say, signal, pauseSeconds = 10 } = this.#options;
    const since = this.#since.get(stack) ?? Date.now();
    this.#since.set(stack, since);
    // What is done between two tries takes its time as well.
    const waited = (Date.now() - since) / 1000;
    // Of two that try at the same moment, the backend turns both away.
    const next = Math.min(pauseSeconds * (0.5 + Math.random()), seconds - waited);
    if (next <= 0 || signal.aborted) return false;
    if (this.#told.get(stack) !== holder) {
      say(
        `stack ${stack}: it is locked${holder}; waiting for it, ${timeOf(seconds - waited)} at most`,
      );
    }
    this.#told.set(stack, holder);
    await pause(next * 1000, undefined, { signal }).catch(() => undefined);
    return !signal.aborted;
  }

  /** The line of a stack that stayed locked. */
  lineOf(stack: string, lock: StackLock): string {
    const { seconds } = this.#options;
    return seconds > 0
      ? lockedLine(stack, lock, { waited: `, and still was after ${timeOf(seconds)}` })
      : lockedLine(stack, lock, { fix: "wait for that run with --wait 10m" });
  }
}

function timeOf(seconds: number): string {
  const whole = Math.ceil(seconds);
  const [minutes, rest] = [Math.floor(whole / 60), whole % 60];
  const parts = [minutes > 0 ? `${String(minutes)} min` : "", rest > 0 ? `${String(rest)} s` : ""];
  return parts.filter((part) => part !== "").join(" ");
}
