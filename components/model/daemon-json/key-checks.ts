import type * as z from "zod";
import { daemonKeys, ignoredNames } from "./key-table.ts";
import type { Problem } from "../problem.ts";
import { didYouMean, probablyMeant } from "../spelling.ts";
import { daemonKey, type DaemonSettings, own, reserved } from "./keys.ts";
import { isMap, type Json } from "../json-value.ts";
import { allOthers, memberTypes, written } from "./members.ts";

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
    // A key without a value is a slip sooner than a wish to take it out; a member is not.
    const kept = value === null ? value : written(known.type, value);
    return [
      ...namedOthers(place, known.type, value),
      ...(kept === undefined ? [] : valueProblems(place, key, kept, known.type, allowUnknown)),
    ];
  });
}

/** `*` is no member: it stands for those that are not named. */
function namedOthers(place: string, type: z.ZodType | undefined, value: Json): Problem[] {
  const types = memberTypes(type);
  if (types === undefined || !isMap(value)) return [];
  return Object.entries(value).flatMap(([name, inner]) => {
    if (name !== allOthers) return namedOthers(`${place}.${name}`, types(name), inner);
    if (inner === null) return [];
    return [
      {
        where: `${place}.${allOthers}`,
        what: "has a value",
        why: "it stands for every member that is not named there, and can only take them out",
        fix: "write null, or the name of a member",
      },
    ];
  });
}

/** A number that was rounded when the configuration was read, so that its written form is lost. */
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
  const guess = sameLetters ?? probablyMeant(key, names);
  return {
    where,
    what: "is not a key of daemon.json",
    why: "dockerd refuses to start over a key it does not know",
    fix:
      guess === undefined
        ? "correct its name or take it out, or set allowUnknownKeys where dockerd is newer than 29"
        : didYouMean(guess),
  };
}

function ignored(where: string, key: string): Problem {
  const meant = own(ignoredNames, key);
  return {
    where,
    what: "is a flag of dockerd, but no key of daemon.json",
    why: "dockerd would ignore it without a word",
    fix: meant === undefined ? "take it out" : didYouMean(meant),
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
    // Of a text that is none of a choice the type is right.
    const isOtherType =
      issue.code === "invalid_type" ||
      (issue.code === "invalid_value" && typeof wrong !== "string");
    return [
      {
        where,
        what: isOtherType && hidden < 0 ? `is ${shapeOf(wrong)}` : "has a value of the wrong form",
        why: `dockerd wants ${wanted}`,
        fix: fixOf(issue, wrong),
      },
    ];
  });
  return [...new Map(problems.toReversed().map((one) => [one.where, one])).values()].reverse();
}

/** How to write what is wanted; the value itself may be a secret. */
function fixOf(issue: z.core.$ZodIssue, wrong: unknown): string {
  const isOtherType = issue.code === "invalid_type";
  if (isOtherType && issue.expected === "array") return 'write "- VALUE" on a line of its own';
  const isQuotable = typeof wrong === "number" || typeof wrong === "boolean";
  return isOtherType && issue.message === "a string" && isQuotable
    ? `write it in quotes, such as "${typeof wrong === "number" ? "3" : "true"}"`
    : `write ${issue.message}`;
}

/** A key inside a value. Go reads such names whatever their case; `proxies` alone stands for flags. */
function strayKey(where: string, key: string, name: string, issue: z.core.$ZodIssue): Problem[] {
  const known = issue.message.replace(/^a map of /, "").match(/[A-Za-z-]+/g) ?? [];
  if (key !== "proxies" && known.some((one) => one.toLowerCase() === name.toLowerCase())) return [];
  const guess = probablyMeant(name, known, 2);
  return [
    {
      where: isPlainName(name) ? `${where}.${name}` : where,
      what: isPlainName(name) ? "is not a key there" : "has a key that it can't have",
      why: "dockerd would ignore it, or refuse to start",
      fix: guess === undefined ? `write ${issue.message}` : didYouMean(guess),
    },
  ];
}

/** Whether a name may be shown in a message: a secret that was pasted in place of a name must not. */
function isPlainName(name: string): boolean {
  return (
    name.length <= 24 && /^(\d{1,4}|[A-Za-z][a-z]*([A-Z][a-z]+)*([-_.][a-z0-9]+)*)$/.test(name)
  );
}

function shapeOf(value: unknown): string {
  if (value === null) return "empty";
  if (value === undefined) return "missing";
  if (Array.isArray(value)) return "a list";
  return typeof value === "object" ? "a map" : `a ${typeof value}`;
}
