// Maps of daemon.json merge by member, as deep as the key table knows maps: what a stack does not name stays.
// A stack's settings are a patch in the manner of JSON Merge Patch (RFC 7396): null takes out.
import * as z from "zod";
import { isMap, type Json } from "../json-value.ts";
import { daemonKey, type DaemonSettings, own } from "./keys.ts";

/** Where a value stands: a key of daemon.json, or a member below it, `["features", "buildkit"]`. */
export type Path = readonly string[];

/** In a map, `"*": null` takes out every member that is not named beside it: the map is replaced whole. */
export const allOthers = "*";

/** Stands below a map that is empty in the patch, in place of a member. */
const noMember = "";

type Type = z.ZodType | undefined;
type MemberTypes = (name: string) => Type;

/** The types of a map's members; undefined where a value is no map, or none that merges. */
export function memberTypes(type: Type): MemberTypes | undefined {
  if (type instanceof z.ZodOptional) return memberTypes(type.unwrap() as z.ZodType);
  if (type instanceof z.ZodRecord) return () => type.valueType as z.ZodType;
  if (type instanceof z.ZodObject) return (name) => own<z.ZodType>(type.shape, name);
  return undefined;
}

interface PatchedMap {
  readonly members: readonly [string, Json][];
  readonly types: MemberTypes;
}

/** The members of a patch that merges by member; undefined for a value that is taken whole. */
export function patchedMap(type: Type, patch: Json): PatchedMap | undefined {
  const types = memberTypes(type);
  if (types === undefined || !isMap(patch) || Object.hasOwn(patch, allOthers)) return undefined;
  return { members: Object.entries(patch), types };
}

/** What a patch writes where nothing is yet; undefined where it only takes out. */
export function written(type: Type, patch: Json): Json | undefined {
  if (patch === null) return undefined;
  const types = memberTypes(type);
  if (types === undefined || !isMap(patch)) return patch;
  const members = Object.entries(patch);
  const kept = members.flatMap(([name, value]): [string, Json][] => {
    const inner = written(types(name), value);
    return inner === undefined ? [] : [[name, inner]];
  });
  return kept.length === 0 && members.length > 0 ? undefined : Object.fromEntries(kept);
}

/** Settings without what they only take out. */
export function writtenSettings(patch: DaemonSettings): DaemonSettings {
  return Object.fromEntries(
    Object.entries(patch).flatMap(([key, value]): [string, Json][] => {
      const inner = written(daemonKey(key)?.type, value);
      return inner === undefined ? [] : [[key, inner]];
    }),
  );
}

/** What becomes of a value under a patch. */
export function patched(type: Type, present: Json | undefined, patch: Json): Json | undefined {
  const map = patchedMap(type, patch);
  if (map === undefined || !isMap(present)) return written(type, patch);
  const named = map.members.map(([name]) => name);
  const others = Object.entries(present).filter(([name]) => !named.includes(name));
  const ours = map.members.flatMap(([name, value]): [string, Json][] => {
    const inner = patched(map.types(name), own(present, name), value);
    return inner === undefined ? [] : [[name, inner]];
  });
  return Object.fromEntries([...others, ...ours]);
}

/** One patch that does what two do, one after the other: a stack's for all its machines, and a machine's own. */
export function patchOfBoth(first: DaemonSettings, second: DaemonSettings): DaemonSettings {
  const keys = [...new Set([...Object.keys(first), ...Object.keys(second)])];
  return Object.fromEntries(
    keys.flatMap((key): [string, Json][] => {
      const value = bothOf(daemonKey(key)?.type, own(first, key), own(second, key));
      return value === undefined ? [] : [[key, value]];
    }),
  );
}

function bothOf(type: Type, first: Json | undefined, second: Json | undefined): Json | undefined {
  if (first === undefined) return second;
  if (second === undefined) return first;
  const map = patchedMap(type, second);
  if (map === undefined) return second;
  if (first === null) return { [allOthers]: null, ...Object.fromEntries(map.members) };
  if (!isMap(first)) return second;
  const after = Object.fromEntries(map.members);
  const names = [...new Set([...Object.keys(first), ...Object.keys(after)])];
  return Object.fromEntries(
    names.flatMap((name): [string, Json][] => {
      const value = bothOf(map.types(name), own(first, name), own(after, name));
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

/** A place that a patch decides on, and what is to be there; undefined: nothing. */
export interface Leaf {
  readonly path: Path;
  readonly value: Json | undefined;
}

/** Every place that a patch decides on. */
export function leavesOf(patch: DaemonSettings): Leaf[] {
  return Object.entries(patch).flatMap(([key, value]) =>
    leavesBelow([key], daemonKey(key)?.type, value),
  );
}

function leavesBelow(path: Path, type: Type, patch: Json): Leaf[] {
  const map = patchedMap(type, patch);
  if (map === undefined) return [{ path, value: written(type, patch) }];
  if (map.members.length === 0) return [{ path: [...path, noMember], value: undefined }];
  return map.members.flatMap(([name, value]) =>
    leavesBelow([...path, name], map.types(name), value),
  );
}

/** What stands at a path; undefined where nothing does. */
export function valueAt(settings: Json | DaemonSettings, path: Path): Json | undefined {
  return path.reduce<Json | undefined>(
    (value, name) => (isMap(value) ? own(value, name) : undefined),
    settings,
  );
}

/** Keys, and members of maps that are ours in part, that none of these paths names; sorted by name. */
export function pathsBeside(settings: DaemonSettings, managed: readonly Path[]): Path[] {
  const beside = (value: Json, path: Path, ours: readonly Path[]): Path[] => {
    if (ours.some(({ length }) => length === path.length)) return [];
    if (ours.length === 0) return [path];
    if (!isMap(value)) return [];
    return Object.entries(value).flatMap(([name, inner]) =>
      beside(
        inner,
        [...path, name],
        ours.filter((one) => one[path.length] === name),
      ),
    );
  };
  return Object.entries(settings)
    .flatMap(([key, value]) =>
      beside(
        value,
        [key],
        managed.filter(([first]) => first === key),
      ),
    )
    .sort((a, b) => (pathName(a) < pathName(b) ? -1 : 1));
}

/** A path as people read it: `features.buildkit`. */
export function pathName(path: Path): string {
  return path.filter((name) => name !== noMember).join(".");
}

/** A path as a machine's record has it, without a blank: `features/buildkit`. A key alone is its name, as ever. */
export function recordedPath(path: Path): string {
  return path.map((name) => encodeURIComponent(name.toWellFormed())).join("/");
}

export function readRecordedPath(text: string): Path {
  try {
    return text.split("/").map(decodeURIComponent);
  } catch {
    return [text];
  }
}
