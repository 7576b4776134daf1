import { equalJson, isMap, type Json } from "../json-value.ts";
import { daemonKeys, ignoredNames } from "../daemon-json/key-table.ts";
import type { DaemonSettings } from "../daemon-json/keys.ts";
import { flag as booleanType } from "../daemon-json/value-types.ts";
import { wordsOf } from "./words.ts";

/** A flag on dockerd's command line. */
export interface Flag {
  /** Long name, whichever was written. */
  readonly name: string;
  /** As a person writes it: `-H`, `--label`. */
  readonly written: string;
  /** Undefined where a flag that is true or false stands alone. */
  readonly value: string | undefined;
  /** Places of its first and last word. */
  readonly first: number;
  readonly last: number;
}

/** Flags that say where dockerd listens and how. */
const listenerFlagNames: readonly string[] = [
  ...["host", "tls", "tlsverify", "tlscacert", "tlscert", "tlskey"],
];

/** The one-letter flags of dockerd 20.10 to 29 (moby: cmd/dockerd, config.go and options.go). */
const shorthands: Readonly<Record<string, string>> = {
  ...{ H: "host", D: "debug", G: "group", b: "bridge", g: "graph" },
  ...{ l: "log-level", p: "pidfile", s: "storage-driver" },
};

/** The flags among the words of a command line, the program's own name first (pflag's rules). */
export function flagsOf(words: readonly string[]): Flag[] {
  const flags: Flag[] = [];
  for (let first = 1; first < words.length; first += 1) {
    const flag = flagAt(words, first);
    if (words[first] === "--") break;
    if (flag === undefined) continue;
    flags.push(flag);
    first = flag.last;
  }
  return flags;
}

function flagAt(words: readonly string[], first: number): Flag | undefined {
  const word = words[first] ?? "";
  const [, long, assigned] = /^--([a-zA-Z0-9][\w.-]*)(?:=(.*))?$/s.exec(word) ?? [];
  const [, letter = "", joined = ""] = /^-([A-Za-z])=?(.*)$/s.exec(word) ?? [];
  const name = long ?? shorthands[letter];
  if (name === undefined) return undefined;
  const written = long === undefined ? `-${letter}` : `--${long}`;
  const value = long === undefined ? joined || undefined : assigned;
  const next = words[first + 1];
  const alone = value !== undefined || next === undefined || isBoolean(name);
  // A flag that is not known here may stand alone.
  const takesNext = !alone && (isKnown(name) || !next.startsWith("-"));
  const last = takesNext ? first + 1 : first;
  return { name, written, value: takesNext ? next : value, first, last };
}

function isBoolean(name: string): boolean {
  return (
    ["tls", "tlsverify", "validate", "help", "version"].includes(name) ||
    (Object.hasOwn(daemonKeys, name) && daemonKeys[name]?.type === booleanType)
  );
}

function isKnown(name: string): boolean {
  return [daemonKeys, ignoredNames].some((table) => Object.hasOwn(table, name)) || isListener(name);
}

/** Whether a flag says where dockerd listens or how. */
export function isListener(name: string): boolean {
  return listenerFlagNames.includes(name);
}

/** The key of daemon.json that says the same as a flag; dockerd refuses to start with both. */
export function keyOf({ name }: Flag): string {
  return (Object.hasOwn(ignoredNames, name) ? ignoredNames[name] : undefined) ?? name;
}

/** Whether a flag and a daemon.json with these settings are one too many (findConfigurationConflicts). */
export function clashes(flag: Flag, settings: DaemonSettings): boolean {
  const key = keyOf(flag);
  // The one key that dockerd takes from both.
  if (!Object.hasOwn(settings, key) || key === "runtimes") return false;
  const value = settings[key];
  return key !== "proxies" || (isMap(value) && Object.hasOwn(value, flag.name));
}

/** A command line without flags of some kinds; every other word stays as it was written. */
export function withoutFlags(command: string, unwanted: (flag: Flag) => boolean): string {
  const words = wordsOf(command);
  const gone = flagsOf(words.map(({ text }) => text)).filter(unwanted);
  return words
    .filter((_word, at) => !gone.some(({ first, last }) => first <= at && at <= last))
    .map(({ raw }) => raw)
    .join(" ");
}

/** Whether the flags of one key say just what daemon.json would say of it. */
export function saysTheSame(flags: readonly Flag[], value: Json | undefined): boolean {
  const values = flags.map((one) => one.value);
  const last = values.at(-1);
  if (typeof value === "boolean") return truth(last) === value;
  if (typeof value === "number" || typeof value === "string") return last === String(value);
  if (Array.isArray(value)) return equalJson(values, value);
  const pairs = values.map((text = "") => [
    text.replace(/=.*$/s, ""),
    text.replace(/^[^=]*=?/, ""),
  ]);
  return equalJson(Object.fromEntries(pairs), value);
}

/** What Go's strconv.ParseBool makes of a flag's value; one that stands alone is true. */
function truth(value: string | undefined): boolean | undefined {
  if (value === undefined || /^(1|t|T|true|TRUE|True)$/.test(value)) return true;
  return /^(0|f|F|false|FALSE|False)$/.test(value) ? false : undefined;
}

/**
 * A command line without the flags that say what `settings` say in daemon.json: dockerd refuses to
 * start with both, even where they are equal.
 */
export function withoutRepeated(command: string, settings: DaemonSettings): string {
  const repeated = repeatedKeys(command, settings);
  return withoutFlags(command, (flag) => repeated.includes(keyOf(flag)));
}

/** Keys that a command line gives the very values of these settings. */
function repeatedKeys(command: string, settings: DaemonSettings): string[] {
  const flags = flagsOf(wordsOf(command).map(({ text }) => text));
  const keys = new Set(flags.filter((flag) => clashes(flag, settings)).map(keyOf));
  return [...keys].filter((key) =>
    saysTheSame(
      flags.filter((flag) => keyOf(flag) === key),
      settings[key],
    ),
  );
}

/** Whether a dockerd with this command line and this file leaves containers running when it stops. */
export function keepsContainers(command: string, settings: DaemonSettings): boolean {
  const file = settings["live-restore"];
  return file === undefined
    ? repeatedKeys(command, { "live-restore": true }).length > 0
    : file === true;
}
