import { readSettings } from "./daemon-json.ts";
import { isMap } from "./defaults.ts";

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

/**
 * Words of the texts among the values of these daemon.json, without those of our own settings that anyone
 * may read; undefined where there are too many.
 */
export function foreignWords(
  texts: readonly string[],
  ours: readonly unknown[],
): string[] | undefined {
  const own = new Set(ours.flatMap(textsIn).flatMap(wordsOf));
  const words = texts.flatMap((text) => textsIn(readSettings(text))).flatMap(wordsOf);
  const foreign = [...new Set(words)].filter((word) => !common.has(word) && !own.has(word)).sort();
  return foreign.length > most ? undefined : foreign;
}

function textsIn(value: unknown): string[] {
  if (typeof value === "string") return [value];
  if (Array.isArray(value)) return value.flatMap(textsIn);
  return isMap(value) ? Object.values(value).flatMap(textsIn) : [];
}

/** As they are written, and as a URL's parser reads them. */
function wordsOf(text: string): string[] {
  return [text, decoded(text)].flatMap((form) => form.toLowerCase().match(/[a-z0-9]+/g) ?? []);
}

function decoded(text: string): string {
  return text.replace(/%([0-9a-f]{2})/gi, (_all, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
}
