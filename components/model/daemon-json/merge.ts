import { parse, printParseErrorCode, type ParseError } from "jsonc-parser";
import type * as z from "zod";
import { canonical, equalJson, isMap, type Json } from "../json-value.ts";
import { setText, setValue, startingText } from "./json-edits.ts";
import { exactValue, isDeep, textAt } from "./json-text.ts";
import { daemonKey, type DaemonSettings } from "./keys.ts";
import { forbiddenKeys, listenerSettings, type Listener } from "./listener.ts";
import {
  leavesOf,
  patched,
  patchedMap,
  pathName,
  valueAt,
  written,
  writtenSettings,
  type Path,
} from "./members.ts";

/** What becomes of keys of daemon.json that the configuration does not name. */
export const unmanagedPolicies = ["keep", "remove"] as const;
export type UnmanagedPolicy = (typeof unmanagedPolicies)[number];

/**
 * What this program puts into the daemon.json of one machine, as a patch: what the configuration names, plus
 * what says where dockerd listens and how, plus `live-restore`, which lets containers outlive
 * dockerd and is on unless the configuration says otherwise.
 */
export function managedPatch(
  listener: Listener,
  daemon: DaemonSettings,
  local: readonly string[],
): DaemonSettings {
  return { ...daemonPatch(daemon), ...listenerSettings(listener, local) };
}

const daemonPatch = (daemon: DaemonSettings): DaemonSettings => ({
  "live-restore": true,
  ...daemon,
});

/** The same, without what is only taken out. */
export function managedSettings(
  listener: Listener,
  daemon: DaemonSettings,
  local: readonly string[],
): DaemonSettings {
  return writtenSettings(managedPatch(listener, daemon, local));
}

/** Those of them that do not say where dockerd listens. */
export function daemonSettings(daemon: DaemonSettings): DaemonSettings {
  return writtenSettings(daemonPatch(daemon));
}

/** Where it says something, including what the file must not have. */
export function managedPaths(listener: Listener, daemon: DaemonSettings): Path[] {
  return [
    ...leavesOf(managedPatch(listener, daemon, [])).map(({ path }) => path),
    ...forbiddenKeys(listener).map((key) => [key]),
  ].sort((a, b) => (pathName(a) < pathName(b) ? -1 : 1));
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
 * `base` with the patch `settings` put into it, and what is `unwanted` taken out, by minimal edits: what is
 * foreign keeps its place and its formatting, and a base that is right already comes back as it is.
 */
export function mergeSettings(
  base: string,
  settings: DaemonSettings,
  unwanted: readonly Path[] = [],
): string {
  const start = unwanted.reduce(takenOut, startingText(base));
  // Sorted, since the engine hands maps to the plugin in another order than the program wrote them.
  const sorted = readSettings(canonical(settings));
  return Object.entries(sorted).reduce(
    (text, [key, value]) => merged(text, [key], daemonKey(key)?.type, value),
    start,
  );
}

function merged(text: string, path: Path, type: z.ZodType | undefined, patch: Json): string {
  const present = valueAt(readSettings(text), path);
  const ours = written(type, patch);
  const map = patchedMap(type, patch);
  if (map !== undefined && isMap(present)) {
    const result = patched(type, present, patch);
    if (equalJson(result, present)) return text;
    // A map in which nothing foreign stays is laid out as ours.
    if (!equalJson(result, ours)) {
      return map.members.reduce(
        (rest, [name, value]) => merged(rest, [...path, name], map.types(name), value),
        text,
      );
    }
  }
  if (ours === undefined) return map === undefined ? takenOut(text, path) : text;
  return equalJson(present, ours) ? text : setValue(text, path, ours);
}

function takenOut(text: string, path: Path): string {
  return valueAt(readSettings(text), path) === undefined ? text : setText(text, path, undefined);
}

/**
 * `current` without what is `managed`, each back to what it was in `original`, or gone: what daemon.json
 * would say had this program never been here, later edits by others included. Values come back in
 * the text that they had: read and written anew, a number past 2^53 would be another one.
 */
export function withoutManaged(
  current: string,
  original: string,
  managed: readonly Path[],
): string {
  const shortestFirst = managed.toSorted((a, b) => a.length - b.length);
  const maps = shortestFirst.toReversed().flatMap(mapsAbove);
  const without = maps.reduce(
    (text, path) => tidied(text, original, path),
    shortestFirst.reduce((text, path) => givenBack(text, original, path), startingText(current)),
  );
  // Others changed nothing but what is ours: return the original byte by byte, or no file.
  return exactValue(without) === exactValue(startingText(original)) ? original : without;
}

/** The maps that a member is in, the innermost first. */
function mapsAbove(path: Path): Path[] {
  return path.slice(1).map((_name, at) => path.slice(0, path.length - 1 - at));
}

function givenBack(text: string, original: string, path: Path): string {
  const before = textAt(original, path);
  return exactValue(textAt(text, path)) === exactValue(before) ? text : put(text, path, before);
}

/** A text put where it was, in a map that somebody may have taken out since. */
function put(text: string, path: Path, value: string | undefined): string {
  const way = path.slice(0, -1);
  const map = valueAt(readSettings(text), way);
  if (isMap(map)) return setText(text, path, value);
  if (map !== undefined || value === undefined) return text;
  return put(text, way, `{${JSON.stringify(path.at(-1))}: ${value}}`);
}

/** A map from which ours was taken: as it was, if it holds the same, and gone, if it holds nothing. */
function tidied(text: string, original: string, path: Path): string {
  const [now, before] = [text, original].map((one) => textAt(one, path));
  if (now === undefined || now === before) return text;
  if (exactValue(now) === exactValue(before)) return setText(text, path, before);
  if (exactValue(now) !== "{}") return text;
  return setText(text, path, isMap(valueAt(readSettings(original), path)) ? undefined : before);
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
