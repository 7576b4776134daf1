// A lock for what two runs must not do at once: build one thing twice, or work on one stack. The second waits,
// and says so. The lock of a run that was killed is free again some seconds later.
import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { lock } from "proper-lockfile";
import type { Report } from "./engine/report.ts";

export interface Turn {
  /** Path of the lock; its folder is made. Of what is shared by checkouts it lies in their cache. */
  readonly lock: string;
  /** What the other run does, as it stands after "another run". */
  readonly doing: string;
  readonly say: Report;
  /** Ends the waiting, not the work. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * When a lock that nobody keeps fresh counts as left by a kill: longer than this process ever leaves its
 * event loop alone. A test that kills a run, and waits for the next, sets it shorter for that one.
 */
export function staleMilliseconds(environment: NodeJS.ProcessEnv = process.env): number {
  const milliseconds = Number(environment["DOCKERTLS_STALE_LOCK_MS"]);
  return milliseconds > 0 ? milliseconds : 20_000;
}

/** Does `work` while holding the lock. */
export async function withFileLock<T>(
  { lock: lockfilePath, doing, say, signal }: Turn,
  work: () => Promise<T> | T,
): Promise<T> {
  mkdirSync(dirname(lockfilePath), { recursive: true, mode: 0o700 });
  let told = false;
  const waiting = (): void => {
    if (signal?.aborted) throw new Error(`interrupted while another run ${doing}`);
    if (!told) say(`another run ${doing}; waiting for it`);
    told = true;
  };
  const release = await taken(lockfilePath, waiting);
  try {
    return await work();
  } finally {
    // It may have been taken over while this machine slept; then there is nothing to give back.
    await release().catch(() => undefined);
  }
}

async function taken(lockfilePath: string, waiting: () => void): Promise<() => Promise<void>> {
  for (;;) {
    try {
      // It keeps the locks of this process by the first argument: locks in one folder, held one inside
      // the other, would put each other out.
      return await lock(lockfilePath, {
        lockfilePath,
        // There is no file but the lock itself.
        realpath: false,
        stale: staleMilliseconds(),
        // By default it throws where nobody can catch it.
        onCompromised: () => undefined,
      });
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "ELOCKED")) throw error;
      waiting();
      await new Promise((wake) => setTimeout(wake, 500));
    }
  }
}
