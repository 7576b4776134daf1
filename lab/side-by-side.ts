// Steps of a set-up that need nothing of each other, at the same time: one waits for the network while
// another has the processor.
import type { Reports } from "./engine/report.ts";

/** Work that ends early, by throwing, when the signal says so. */
export type Step<T = unknown> = (reports: Reports, signal: AbortSignal) => Promise<T>;

type Results<Steps extends Record<string, Step>> = {
  [Name in keyof Steps]: Awaited<ReturnType<Steps[Name]>>;
};

/**
 * Runs steps side by side, each under the name that its progress bears. The first one to fail ends the
 * others; what it threw is thrown once all have ended.
 */
export async function sideBySide<Steps extends Record<string, Step>>(
  steps: Steps,
  { say, progress }: Reports,
  interruption?: AbortSignal,
): Promise<Results<Steps>> {
  const failure = new AbortController();
  const signal = AbortSignal.any([failure.signal, ...(interruption ? [interruption] : [])]);
  const running = new Set(Object.keys(steps));
  const states = new Map<string, string>();

  const run = async (name: string, step: Step): Promise<[string, unknown]> => {
    const reports: Reports = {
      say,
      progress: (line) => {
        states.set(name, line);
        // All of them in one line: a terminal has room for one that is replaced, a log for one now and then.
        progress([...states].map(([step_, state]) => `${step_}: ${state}`).join("; "));
      },
    };
    try {
      return [name, await step(reports, signal)];
    } catch (error) {
      const others = [...running].filter((other) => other !== name);
      if (!signal.aborted && others.length > 0) say(`${name}: failed; ending ${others.join(", ")}`);
      failure.abort(error);
      throw error;
    } finally {
      running.delete(name);
      states.delete(name);
    }
  };

  const ends = await Promise.allSettled(Object.entries(steps).map((one) => run(...one)));
  signal.throwIfAborted();
  return Object.fromEntries(
    ends.flatMap((end) => (end.status === "fulfilled" ? [end.value] : [])),
  ) as Results<Steps>;
}
