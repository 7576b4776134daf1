// What a person is asked on a terminal.
import { createInterface } from "node:readline/promises";
import type { Problem } from "../../components/model/problem.ts";
import type { Destination } from "./destination.ts";
import { consoleCommand, turnedDown, unverified } from "./host-keys.ts";
import type { HostKey } from "./offered-key.ts";

/** Asks, and gives the answer; undefined: there is no terminal. */
export type Asker = ((question: string) => Promise<string>) | undefined;

export interface Person {
  readonly ask: Asker;
  /** Nothing is asked any more. */
  readonly close: () => void;
}

export function askerOf(input: NodeJS.ReadStream, output: NodeJS.WriteStream): Person {
  if (!input.isTTY || !output.isTTY) return { ask: undefined, close: () => undefined };
  const lines = createInterface({ input, output });
  const interrupted = new AbortController();
  let isAsking = false;
  // Ctrl-C, or the end of the input: nobody answers any more.
  lines.on("close", () => interrupted.abort());
  lines.on("SIGINT", () => {
    interrupted.abort();
    // While machines are looked at; nothing is written before the last question.
    if (!isAsking) process.exit(130);
  });
  return {
    ask: async (text) => {
      const above = text.split("\n");
      // readline writes its last line anew with every key.
      const question = above.pop() ?? "";
      for (const line of above) output.write(`${line}\n`);
      isAsking = true;
      const answer = await lines.question(question, interrupted);
      isAsking = false;
      return answer.trim();
    },
    close: () => {
      lines.close();
    },
  };
}

/** How a key was found right; or why it is not trusted. A key is never trusted without a word. */
export async function trust(
  { called, address, fingerprint }: Destination,
  port: number,
  key: HostKey,
  ask: Asker,
): Promise<string | Problem> {
  // It was looked for by its fingerprint.
  if (fingerprint === key.fingerprint) return "as --fingerprint says";
  if (ask === undefined) return unverified(address, port, key);
  const question = "  Is it right? (yes, no, or the fingerprint) ";
  let above =
    `${called}: its host key is ${key.algorithm} ${key.fingerprint}\n` +
    `  On the machine's console \`${consoleCommand(key.algorithm)}\` says the same, if it is that machine.\n`;
  for (;;) {
    const answer = await ask(`${above}${question}`);
    above = "";
    if (/^y(es)?$/i.test(answer) || answer.replace(/=+$/, "") === key.fingerprint) {
      return "as you said";
    }
    if (/^(no?)?$/i.test(answer) || answer.startsWith("SHA256:")) {
      return turnedDown(address, port, key);
    }
  }
}
