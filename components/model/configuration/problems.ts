import * as z from "zod";
import { stackSchema } from "./schema.ts";
import { tlsSchema } from "./tls-schema.ts";
import { oneLine, type Problem } from "../problem.ts";
import { didYouMean, probablyMeant } from "../spelling.ts";

/** Namespace of the stack's keys: `dockertls:hosts` and so on. */
export const configurationNamespace = "dockertls";

/** What is wrong with a key of the stack that can't even be read as a map. */
export function unreadableKey(key: string): Problem {
  return {
    where: `${configurationNamespace}:${key}`,
    what: "is not a map",
    why: "its settings can't be read",
    fix: "write it as a map in the stack's configuration file",
  };
}

/** An issue of zod as problems. Values are shown only where no secret can stand. */
export function schemaProblems(issue: z.core.$ZodIssue, raw: unknown): Problem[] {
  const where = pathOf(issue.path);
  if (issue.code === "unrecognized_keys") {
    const known = knownKeys(issue.path);
    return issue.keys.map((key) => {
      if (isOfStackTls(issue.path, key)) return misplaced(pathOf([...issue.path, key]), key);
      const guess = probablyMeant(key, known);
      return {
        where: pathOf([...issue.path, key]),
        what: "is not a setting",
        why: "it would have no effect",
        fix: guess === undefined ? `use one of ${known.join(", ")}` : didYouMean(guess),
      };
    });
  }
  if (issue.code === "invalid_key") {
    const [nested] = issue.issues;
    const [why = "", fix = ""] = (nested?.message ?? "").split("; ");
    const kind = named[String(issue.path[0])] ?? "machine";
    return [{ where, what: `is not a name for a ${kind}`, why, fix }];
  }
  const [why = issue.message, ...fix] = issue.message.split("; ");
  return [{ where, what: found(issue.path, raw), why, fix: fix.join("; ") || "correct it" }];
}

/** Places of settings that were meant by a misspelt name: they are not missing as well. */
export function meantPlaces(issues: readonly z.core.$ZodIssue[]): string[] {
  return issues.flatMap((issue) => {
    if (issue.code !== "unrecognized_keys") return [];
    const known = knownKeys(issue.path);
    return issue.keys.flatMap((key) => {
      const guess = probablyMeant(key, known);
      return guess === undefined ? [] : [pathOf([...issue.path, guess])];
    });
  });
}

/** What the keys of a map with free names stand for. */
const named: Readonly<Record<string, string>> = { clients: "client", groups: "group" };

/** Whether a setting of the whole stack stands where one host, or some, are described. */
function isOfStackTls(path: readonly PropertyKey[], key: string): boolean {
  const isElsewhere = path.length === 0 || path[0] === "defaults" || path[0] === "hosts";
  if (!isElsewhere || path.includes("ssh")) return false;
  return (path.length > 0 && key === "tls") || Object.hasOwn(tlsSchema.unwrap().shape, key);
}

function misplaced(where: string, key: string): Problem {
  const place = `${configurationNamespace}:tls`;
  return {
    where,
    what: "is not a setting here",
    why: "all machines of a stack have one certificate authority and its settings in common",
    fix: `write it as ${key === "tls" ? place : `${place}.${key}`}`,
  };
}

function pathOf(path: readonly PropertyKey[]): string {
  const [first = "", ...rest] = path.map(String);
  return [`${configurationNamespace}:${first}`, ...rest].join(".");
}

function found(path: readonly PropertyKey[], raw: unknown): string {
  const value = path.reduce<unknown>((inner, key) => {
    // One value stands for a list of one.
    if (key === 0 && typeof inner === "string") return inner;
    return typeof inner === "object" && inner !== null ? Reflect.get(inner, key) : undefined;
  }, raw);
  if (value === undefined || value === null) return "missing";
  // A key may also have been put in the wrong place: whole lines of it where a word should be.
  const hidden =
    [
      "privateKey",
      "privateKeyPem",
      "authority",
      "previousAuthority",
      "passphrase",
      "sudoPassword",
      "bastion",
      "daemon",
      "ssh",
    ].includes(String(path.at(-1))) ||
    path.includes("daemon") ||
    // A command may hold a password; so may whatever stands in the place of the map.
    (path.includes("healthCheck") && !["timeout", "before"].includes(String(path.at(-1)))) ||
    (typeof value === "string" && /[\r\n]|-----|[A-Za-z0-9+/=]{40}/.test(value));
  if (hidden) return "has a value of the wrong form";
  return typeof value === "object"
    ? "has the wrong form"
    : `is ${oneLine(JSON.stringify(value), 80)}`;
}

/** The settings of the map at a path. */
function knownKeys(path: readonly PropertyKey[]): string[] {
  const map = path.reduce<unknown>((schema, key) => {
    const outer = bare(schema);
    if (outer instanceof z.ZodRecord) return outer.valueType;
    return outer instanceof z.ZodObject ? Reflect.get(outer.shape, key) : undefined;
  }, stackSchema);
  const found = bare(map);
  return found instanceof z.ZodObject ? Object.keys(found.shape) : [];
}

/** What a schema says of the value that was written, whatever stands for one that was not. */
function bare(schema: unknown): unknown {
  if (schema instanceof z.ZodPipe) return bare(schema.def.out);
  return schema instanceof z.ZodOptional ||
    schema instanceof z.ZodDefault ||
    schema instanceof z.ZodPrefault
    ? bare(schema.unwrap())
    : schema;
}
