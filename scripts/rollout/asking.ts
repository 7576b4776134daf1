// Asks a person before something is changed.
import { createInterface } from "node:readline/promises";
import { formatProblem, type Problem } from "../../components/model/problem.ts";
import type { Interruption } from "./interruption.ts";

/** Whether somebody is there to be asked. */
const isAnybodyThere = (): boolean => process.stdin.isTTY && process.stdout.isTTY;

/**
 * Ends a command that has to ask, and nobody is there.
 * @param json whether stdout is for one document, so that nothing can be asked on it.
 * @throws Error in one line.
 */
export function refuseUnasked(
  { json }: { readonly json: boolean },
  problem: Pick<Problem, "where" | "why" | "fix">,
): void {
  if (!json && isAnybodyThere()) return;
  const what = json ? "--json leaves nobody to ask" : "there is no terminal to ask on";
  throw new Error(formatProblem({ ...problem, what }));
}

/** Whether the person says yes; Ctrl-C is a no. */
export async function askYes(question: string, stop: Interruption): Promise<boolean> {
  const lines = createInterface({ input: process.stdin, output: process.stdout });
  // While it waits, readline is the one who hears Ctrl-C.
  lines.on("SIGINT", () => {
    stop.interrupt();
  });
  try {
    const answer = await lines.question(`${question} [y/N] `, { signal: stop.inOrder });
    return /^y(es)?$/i.test(answer.trim());
  } catch {
    return false;
  } finally {
    lines.close();
  }
}
