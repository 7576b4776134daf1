// How large the state of a stack is, and how much of it is the text of programs.
import { globSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { checkout } from "../../lab/paths.ts";
import type { StackRun } from "../../tests/support/stack-run.ts";
import type { StateSize } from "./results.ts";

/** A line that is shorter may stand elsewhere by chance. */
const shortest = 20;

/** Lines by which the text of the scripts that run on machines is known again. */
export function programLines(texts: readonly string[]): ReadonlySet<string> {
  return new Set(
    texts.flatMap((text) => text.split("\n")).filter((line) => line.length >= shortest),
  );
}

/**
 * Bytes of program text in a state whose secrets are shown: in the plain, and in base64, which takes
 * four bytes for three.
 */
export function programBytes(value: unknown, lines: ReadonlySet<string>): number {
  if (typeof value === "string") return bytesInText(value, lines);
  if (typeof value !== "object" || value === null) return 0;
  return Object.values(value).reduce<number>(
    (total, inner) => total + programBytes(inner, lines),
    0,
  );
}

function bytesInText(text: string, lines: ReadonlySet<string>): number {
  // A secret is kept as the JSON of its value.
  if (/^["{[]/.test(text)) {
    try {
      return programBytes(JSON.parse(text), lines);
    } catch {
      // It only looks like JSON.
    }
  }
  const encoded = text.match(/[A-Za-z0-9+/]{64,}={0,2}/g) ?? [];
  const decoded = encoded.map((part) => Buffer.from(part, "base64").toString("latin1"));
  return Math.round(
    plainBytes(text, lines) +
      decoded.reduce((total, part) => total + (plainBytes(part, lines) * 4) / 3, 0),
  );
}

const plainBytes = (text: string, lines: ReadonlySet<string>): number =>
  text
    .split("\n")
    .filter((line) => lines.has(line))
    .reduce((total, line) => total + line.length + 1, 0);

/** Of a stack that is up. */
export async function stateSize(stack: StackRun, machines: number): Promise<StateSize> {
  const [file] = globSync(join(stack.directory, "state", ".pulumi", "stacks", "*", "*.json"));
  if (file === undefined) throw new Error(`bench: ${stack.directory}: holds no state of a stack`);
  const scripts = globSync(join(checkout, "components", "host", "remote", "*.sh"));
  const lines = programLines(scripts.map((script) => readFileSync(script, "utf8")));
  return {
    machines,
    bytes: statSync(file).size,
    programBytes: programBytes(await stack.stateInClear(), lines),
  };
}
