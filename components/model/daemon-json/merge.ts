import {
  applyEdits,
  modify,
  parse,
  parseTree,
  printParseErrorCode,
  type ParseError,
} from "jsonc-parser";
import type { DaemonSettings } from "./keys.ts";
import { canonical, equalJson, isMap, type Json } from "../json-value.ts";
import { exactValue, isDeep, valueTexts } from "./json-text.ts";
import { forbiddenKeys, listenerSettings, type Listener } from "./listener.ts";

/** What becomes of keys of daemon.json that the configuration does not name. */
export const unmanagedPolicies = ["keep", "remove"] as const;
export type UnmanagedPolicy = (typeof unmanagedPolicies)[number];

/**
 * The keys of daemon.json that are ours on one machine: those that the configuration names, plus
 * what says where dockerd listens and how, plus `live-restore`, which lets containers outlive
 * dockerd and is on unless the configuration says otherwise.
 */
export function managedSettings(
  listener: Listener,
  daemon: DaemonSettings,
  local: readonly string[],
): DaemonSettings {
  return { ...daemonSettings(daemon), ...listenerSettings(listener, local) };
}

/** Those of them that do not say where dockerd listens. */
export function daemonSettings(daemon: DaemonSettings): DaemonSettings {
  return { "live-restore": true, ...daemon };
}

/** Names of these keys, including those that the file must not have. */
export function managedKeys(listener: Listener, daemon: DaemonSettings): string[] {
  return [...Object.keys(managedSettings(listener, daemon, [])), ...forbiddenKeys(listener)].sort();
}

/** What the parser says of a text that is no JSON object; undefined when it is one. */
export function jsonProblem(text: string): string | undefined {
  if (text.trim() === "") return undefined;
  if (isDeep(text)) return "it is nested too deep for a configuration";
  const errors: ParseError[] = [];
  const value: unknown = parse(text, errors, { disallowComments: true });
  const [first] = errors;
  if (first !== undefined) {
    const line = text.slice(0, first.offset).split("\n").length;
    return `line ${String(line)}: ${printParseErrorCode(first.error)}`;
  }
  return isMap(value) ? undefined : "it holds no JSON object";
}

/** The settings that a daemon.json holds; an empty or absent file holds none, nor one that no parser could walk. */
export function readSettings(text: string): DaemonSettings {
  if (text.trim() === "" || isDeep(text)) return {};
  const value: unknown = parse(text);
  return isMap(value) ? (value as DaemonSettings) : {};
}

/**
 * `base` with `settings` put into it, and the `forbidden` keys taken out, by minimal edits: foreign
 * keys keep their place and their formatting, and a base that is right already comes back as it is.
 */
export function mergeSettings(
  base: string,
  settings: DaemonSettings,
  forbidden: readonly string[] = [],
): string {
  const start = forbidden
    .filter((key) => Object.hasOwn(readSettings(base), key))
    .reduce((text, key) => setKeyText(text, key, undefined), startingText(base));
  // Sorted, since the engine hands maps to the plugin in another order than the program wrote them.
  const sorted = readSettings(canonical(settings));
  return Object.entries(sorted).reduce((text, [key, value]) => {
    return equalJson(readSettings(text)[key], value) ? text : setKey(text, key, value);
  }, start);
}

/**
 * `current` without `managed` keys, each back to what it was in `original`, or gone: what daemon.json
 * would say had this program never been here, later edits by others included. Values come back in
 * the text that they had: read and written anew, a number past 2^53 would be another one.
 */
export function withoutManaged(
  current: string,
  original: string,
  managed: readonly string[],
): string {
  const before = valueTexts(original);
  const without = managed.reduce((text, key) => {
    if (exactValue(valueTexts(text).get(key)) === exactValue(before.get(key))) return text;
    return setKeyText(text, key, before.get(key));
  }, startingText(current));
  // Others changed nothing but our keys: return the original byte by byte, or no file.
  return exactValue(without) === exactValue(startingText(original)) ? original : without;
}

/** Names of the keys in `base` that the configuration says nothing about. */
export function unmanagedKeys(base: string, managed: readonly string[]): string[] {
  return Object.keys(readSettings(base))
    .filter((key) => !managed.includes(key))
    .sort();
}

/**
 * The two texts through which a daemon whose file says no `live-restore: true` is restarted without
 * stopping a container: restart with `on`, reload into `off`, then put the original bytes back.
 * A dockerd that *starts* with live-restore off stops what it finds running.
 */
export interface LiveRestoreBridge {
  readonly on: string;
  readonly off: string;
}

export function liveRestoreBridge(text: string): LiveRestoreBridge {
  return {
    on: mergeSettings(text, { "live-restore": true }),
    off: mergeSettings(text, { "live-restore": false }),
  };
}

function startingText(text: string): string {
  return text.trim() === "" ? "{}\n" : text;
}

/** One key set to a value of ours, laid out after the file's style. */
function setKey(text: string, key: string, value: Json): string {
  const { eol, indent, oneLine } = styleOf(text);
  const written = JSON.stringify(value, undefined, oneLine ? undefined : indent);
  return setKeyText(text, key, written.replaceAll("\n", `${eol}${indent}`));
}

/**
 * One key set to a text, or taken out when that is undefined. The library's own formatting would
 * rewrite foreign text on the lines that it touches, so only what is ours is laid out.
 */
function setKeyText(text: string, key: string, written: string | undefined): string {
  // dockerd takes the last of a key that stands twice, an edit the first: only one may stay.
  const once = timesIn(text, key) > 1 ? applyEdits(text, modify(text, [key], undefined, {})) : text;
  if (once !== text) return setKeyText(once, key, written);
  const { eol, indent, oneLine } = styleOf(text);
  const edits = modify(text, [key], written === undefined ? undefined : null, {}).map((edit) => {
    if (written === undefined) {
      const first = text[edit.offset + edit.length] === '"';
      const lead = first ? (/^\s*/.exec(text.slice(edit.offset))?.[0] ?? "") : "";
      return { ...edit, content: lead };
    }
    if (edit.length > 0) return { ...edit, content: written };
    const before = edit.content.startsWith(",") ? "," : "";
    const after = text[edit.offset] === "}" && !oneLine && before === "" ? eol : "";
    const property = `${oneLine ? " " : `${eol}${indent}`}${JSON.stringify(key)}: ${written}`;
    return { ...edit, content: `${before}${property}${after}` };
  });
  return applyEdits(text, edits);
}

function styleOf(text: string): { eol: string; indent: string; oneLine: boolean } {
  return {
    eol: text.includes("\r\n") ? "\r\n" : "\n",
    indent: /^([ \t]+)"/m.exec(text)?.[1] ?? "  ",
    oneLine: timesIn(text) > 0 && !text.trim().includes("\n"),
  };
}

/** How often a key stands at the top of a JSON text; without one, how many keys do. */
function timesIn(text: string, key?: string): number {
  const keys = (parseTree(text)?.children ?? []).map(({ children }) =>
    String(children?.[0]?.value),
  );
  return keys.filter((candidate) => key === undefined || candidate === key).length;
}
