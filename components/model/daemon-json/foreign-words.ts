import { readSettings } from "./merge.ts";
import { isMap } from "../json-value.ts";

// What others have put into a machine's daemon.json is theirs: a proxy's password, a token of a log
// driver, a registry with a user in its name. dockerd repeats such values when it refuses a file, whole or
// in parts and in frames of its own, so its words are compared with theirs one by one.

/** Words of dockerd's own language, which are no secret wherever they stand. */
const common = new Set(
  "http https tcp unix npipe json file local journald syslog none debug info warn error fatal true false docker daemon".split(
    " ",
  ),
);

/** More than these would be a sentence with nothing left in it. */
const most = 400;

/** Characters that dockerd may write differently from the file: escaped, or decoded. */
const rewritten = /[^ -~]|[%&\\]/;

/**
 * Words of the texts among the values of these daemon.json, without those of our own settings that anyone
 * may read; undefined where there are too many, or where dockerd may say them otherwise.
 */
export function foreignWords(
  texts: readonly string[],
  ours: readonly unknown[],
): string[] | undefined {
  const own = new Set(ours.flatMap(textsIn).flatMap(wordsOf));
  const values = texts.flatMap((text) => textsIn(readSettings(text)));
  if (values.some((value) => rewritten.test(value))) return undefined;
  const words = values.flatMap(wordsOf);
  const foreign = [...new Set(words)].filter((word) => !common.has(word) && !own.has(word)).sort();
  return foreign.length > most ? undefined : foreign;
}

function textsIn(value: unknown): string[] {
  if (typeof value === "string") return [value];
  if (Array.isArray(value)) return value.flatMap(textsIn);
  return isMap(value) ? Object.values(value).flatMap(textsIn) : [];
}

function wordsOf(text: string): string[] {
  return text.toLowerCase().match(/[a-z0-9]+/g) ?? [];
}
