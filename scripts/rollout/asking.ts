// Asks a person before something is changed.
import { createInterface } from "node:readline/promises";
import type { Interruption } from "./interruption.ts";

/** Whether somebody is there to be asked. */
export const isAnybodyThere = (): boolean => process.stdin.isTTY && process.stdout.isTTY;

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
