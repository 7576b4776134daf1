import { closest, distance } from "fastest-levenshtein";
import type * as z from "zod";
import { daemonKeys, ignoredNames, type DaemonKey } from "./daemon-key-table.ts";
import type { Problem } from "./problem.ts";

/** A JSON value, as daemon.json and the stack's configuration hold them. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** Keys and values of a daemon.json. */
export type DaemonSettings = Readonly<Record<string, Json>>;

/** Keys that this program sets itself; naming one in the configuration would contradict it. */
export const reserved: Readonly<Record<string, string>> = {
  hosts: "take it out; `listen`, `port` and `socket` of the host say where dockerd listens",
  tls: "take it out; `api` of the host says how clients connect",
  tlsverify: "take it out; `api` of the host says how clients connect",
  tlscacert: "take it out; dockertls:tls.directory and tls.files say where it lies",
  tlscert: "take it out; dockertls:tls.directory and tls.files say where it lies",
  tlskey: "take it out; dockertls:tls.directory and tls.files say where it lies",
};

/** What is known of a key; undefined for one that dockerd 20.10 to 29 does not know, or that is ours. */
export function daemonKey(key: string): DaemonKey | undefined {
  return own(daemonKeys, key);
}

/** Whether a key is this program's own, and so never the configuration's to set. */
export function isReserved(key: string): boolean {
  return Object.hasOwn(reserved, key);
}

/** Keys in `daemon` that need `allowUnknownKeys`. */
export function unknownKeys(daemon: DaemonSettings): string[] {
  return Object.keys(daemon).filter(
    (key) => daemonKey(key) === undefined && !isReserved(key) && !Object.hasOwn(ignoredNames, key),
  );
}

/**
 * Everything that is wrong with single daemon keys under `where`; values are never quoted.
 * `allowUnknown` lets keys through that dockerd 20.10 to 29 does not know.
 */
export function daemonProblems(
  where: string,
  daemon: DaemonSettings,
  allowUnknown = false,
): Problem[] {
  return Object.entries(daemon).flatMap(([key, value]) => {
    const place = `${where}.${key}`;
    const instead = own(reserved, key);
    if (instead !== undefined) {
      return [
        { where: place, what: "is not yours to set", why: "this program owns it", fix: instead },
      ];
    }
    if (holdsHugeNumber(value)) return [hugeNumber(place)];
    const known = daemonKey(key);
    if (known === undefined) {
      return Object.hasOwn(ignoredNames, key)
        ? [ignored(place, key)]
        : allowUnknown
          ? []
          : [unknown(place, key)];
    }
    return valueProblems(place, key, value, known.type, allowUnknown);
  });
}

/** A number that was rounded when the configuration was read: what was written is not known here. */
function holdsHugeNumber(value: Json): boolean {
  if (typeof value === "number") return Math.abs(value) > Number.MAX_SAFE_INTEGER;
  return typeof value === "object" && value !== null && Object.values(value).some(holdsHugeNumber);
}

function hugeNumber(where: string): Problem {
  return {
    where,
    what: "holds a number past 2^53",
    why: "it was rounded on its way here, and dockerd would get another one",
    fix: "write a smaller one, or put it in quotes where dockerd takes a string",
  };
}

function unknown(where: string, key: string): Problem {
  const names = Object.keys(daemonKeys);
  const sameLetters = names.find((name) => name.replaceAll("-", "") === key.replaceAll("-", ""));
  const guess = sameLetters ?? closest(key, names);
  const near = distance(key, guess) <= Math.max(2, key.length / 3);
  return {
    where,
    what: "is no key of daemon.json",
    why: "dockerd refuses to start over a key it does not know",
    fix: near
      ? `did you mean "${guess}"?`
      : "correct its name or take it out, or set allowUnknownKeys where dockerd is newer than 29",
  };
}

function ignored(where: string, key: string): Problem {
  const meant = own(ignoredNames, key);
  return {
    where,
    what: "is a flag of dockerd, but no key of daemon.json",
    why: "dockerd would ignore it without a word",
    fix: meant === undefined ? "take it out" : `did you mean "${meant}"?`,
  };
}

/** What dockerd would say of one value, a line for each place in it. */
function valueProblems(
  place: string,
  key: string,
  value: Json,
  type: z.ZodType,
  allowUnknown: boolean,
): Problem[] {
  const problems = (type.safeParse(value).error?.issues ?? []).flatMap((issue): Problem[] => {
    const steps = issue.path.map(String);
    const hidden = steps.findIndex((step) => !isPlainName(step));
    const where = [place, ...(hidden < 0 ? steps : steps.slice(0, hidden))].join(".");
    if (issue.code === "unrecognized_keys") {
      return allowUnknown ? [] : issue.keys.flatMap((one) => strayKey(where, key, one, issue));
    }
    const wrong = issue.path.reduce<unknown>(
      (inner, step) =>
        typeof inner === "object" && inner !== null ? Reflect.get(inner, step) : undefined,
      value,
    );
    const wanted = issue.message;
    return [
      {
        where,
        what:
          issue.code === "invalid_type" && hidden < 0
            ? `is ${shapeOf(wrong)}`
            : "has a value of the wrong form",
        why: `dockerd wants ${wanted}`,
        fix: `write ${wanted}`,
      },
    ];
  });
  return [...new Map(problems.toReversed().map((one) => [one.where, one])).values()].reverse();
}

/** A key inside a value. Go reads such names whatever their case; `proxies` alone stands for flags. */
function strayKey(where: string, key: string, name: string, issue: z.core.$ZodIssue): Problem[] {
  const known = issue.message.replace(/^a map of /, "").match(/[A-Za-z-]+/g) ?? [];
  if (key !== "proxies" && known.some((one) => one.toLowerCase() === name.toLowerCase())) return [];
  const guess = closest(name, known);
  return [
    {
      where: isPlainName(name) ? `${where}.${name}` : where,
      what: isPlainName(name) ? "is no key there" : "has a key that it can't have",
      why: "dockerd would ignore it, or refuse to start",
      fix: distance(name, guess) <= 2 ? `did you mean "${guess}"?` : `write ${issue.message}`,
    },
  ];
}

/** Whether a name may stand in a message: a secret pasted where a name belongs must not. */
function isPlainName(name: string): boolean {
  return (
    name.length <= 24 && /^(\d{1,4}|[A-Za-z][a-z]*([A-Z][a-z]+)*([-_.][a-z0-9]+)*)$/.test(name)
  );
}

function own<T>(table: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(table, key) ? table[key] : undefined;
}

function shapeOf(value: unknown): string {
  if (value === null) return "empty";
  if (value === undefined) return "missing";
  if (Array.isArray(value)) return "a list";
  return typeof value === "object" ? "a map" : `a ${typeof value}`;
}
