// A machine that has just been ordered: SSH does not answer yet, or cloud-init or a package manager is still at work.
import { unreadiness } from "../components/model/preconditions/readiness.ts";
import { lookAtHost, type HostLook, type HostLookArgs } from "./host-look.ts";
import { LookError } from "./look-error.ts";

/** Seconds between two looks: firewalls that count connections allow five in half a minute. */
const pauseSeconds = 8;

/**
 * Looks at a machine, again and again where it is waited for, until it is ready or the time is over. It says what it
 * waits for, and again when that is something else.
 * @param seconds that it waits; 0: one look.
 * @throws what the last look threw.
 */
export async function lookWhenReady(
  args: HostLookArgs,
  seconds: number,
  tell: (line: string) => void = () => undefined,
  { look = lookAtHost, pause = pauseSeconds } = {},
): Promise<HostLook> {
  const end = Date.now() + seconds * 1000;
  let told = "";
  for (;;) {
    const found = await look(args).catch((error: unknown) => asLookError(error));
    const reason =
      found instanceof LookError
        ? unreached(found)
        : unreadiness(found.facts, args.desired.listener);
    const left = (end - Date.now()) / 1000;
    if (reason === undefined || left <= 0) {
      if (found instanceof LookError)
        throw seconds > 0 && reason !== undefined ? late(found, seconds) : found;
      return found;
    }
    if (reason !== told) tell(`waits for ${reason}; up to ${clock(left)}`);
    told = reason;
    await new Promise((wake) => setTimeout(wake, Math.min(pause, left) * 1000));
  }
}

function asLookError(error: unknown): LookError {
  if (error instanceof LookError) return error;
  throw error;
}

/** Why a machine that boots may not be reached; undefined: no time would help. */
function unreached({ stage, problem }: LookError): string | undefined {
  if (stage === "reach") return `SSH: ${problem.what}`;
  return /system is booting up/i.test(problem.what) ? "the end of its boot" : undefined;
}

function late({ stage, problem }: LookError, seconds: number): LookError {
  return new LookError(stage, {
    ...problem,
    what: `${problem.what}, after ${clock(seconds)} of waiting`,
  });
}

/** `90s` as `1 min 30 s`. */
function clock(seconds: number): string {
  const whole = Math.round(seconds);
  const parts = [
    [Math.floor(whole / 60), "min"],
    [whole % 60, "s"],
  ] as const;
  return parts
    .filter(([count]) => count > 0)
    .map(([count, unit]) => `${String(count)} ${unit}`)
    .join(" ");
}
