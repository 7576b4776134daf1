import type { UnitSetting } from "./unit-file.ts";
import { unquoted, wordsOf } from "./words.ts";

/** A file that a unit takes variables from (`EnvironmentFile=`). */
export interface EnvironmentFile {
  readonly path: string;
  readonly text: string;
}

/** A variable of a service, and the file that gave it its value. */
export interface Variable {
  readonly value: string;
  readonly file: string;
}

/**
 * The variables that a unit's files give its service. Those of an EnvironmentFile come after all of
 * Environment=, wherever it stands (systemd.exec(5)).
 */
export function environmentOf(
  settings: readonly UnitSetting[],
  files: readonly EnvironmentFile[],
): ReadonlyMap<string, Variable> {
  const direct = sinceReset(settings, "Environment").flatMap(({ file, value }) =>
    wordsOf(value).flatMap(({ text }) => {
      const at = text.indexOf("=");
      return at < 1 ? [] : [[text.slice(0, at), { value: text.slice(at + 1), file }] as const];
    }),
  );
  const named = sinceReset(settings, "EnvironmentFile").flatMap(({ value }) =>
    files.filter(({ path }) => isMeant(value.replace(/^-/, ""), path)),
  );
  return new Map([
    ...direct,
    ...named.flatMap(({ path, text }) =>
      variablesIn(text).map(([name, value]) => [name, { value, file: path }] as const),
    ),
  ]);
}

/** The assignments of a list after the last empty one, which takes back those before it. */
function sinceReset(settings: readonly UnitSetting[], key: string): readonly UnitSetting[] {
  const all = settings.filter((one) => one.key === key);
  return all.slice(all.findLastIndex(({ value }) => value === "") + 1);
}

/** EnvironmentFile= may be a pattern; what matches it was asked of the machine. */
function isMeant(pattern: string, path: string): boolean {
  const [fixed = "", ...rest] = pattern.split(/[*?[]/);
  return rest.length === 0 ? pattern === path : path.startsWith(fixed);
}

function variablesIn(text: string): [string, string][] {
  const assignment =
    /^[ \t]*([A-Za-z_]\w*)[ \t]*=[ \t]*((?:"(?:\\[\s\S]|[^"\\])*"|'[^']*'|\\[\s\S]|[^\r\n"'\\])*)/gm;
  return [...text.matchAll(assignment)].map(([, name = "", value = ""]) => [
    name,
    unquoted(value.replaceAll("\\\n", "").trim()),
  ]);
}
