// What the stacks of a project share: `dockertls:base` in Pulumi.yaml, under what each stack says itself.
import type { DaemonSettings } from "../daemon-json/keys.ts";
import { patchOfBoth } from "../daemon-json/members.ts";
import { isMap, memberAt } from "../json-value.ts";
import type { Problem } from "../problem.ts";
import { loginOf } from "./defaults.ts";
import { configurationNamespace } from "./problems.ts";

/** The key of the base, beside those that a stack itself has. */
export const baseKey = "base";

type Values = Readonly<Record<string, unknown>>;

/** The stack's values, with those of the base where it has none; maps merge by member, keys of daemon.json as ever. */
export function withBase(own: Values, base: unknown): Values {
  if (!isMap(base)) return own;
  const { hosts: _, ...shared } = base;
  const merged = Object.entries(shared).map(([key, value]): [string, unknown] => {
    const mine = own[key];
    if (key === "daemon" && isMap(value) && isMap(mine)) {
      return [key, patchOfBoth(value as DaemonSettings, mine as DaemonSettings)];
    }
    return [key, under(value, mine)];
  });
  return { ...own, ...Object.fromEntries(merged) };
}

function under(base: unknown, own: unknown): unknown {
  if (own === undefined) return base;
  if (!isMap(base) || !isMap(own)) return own;
  const keys = [...new Set([...Object.keys(base), ...Object.keys(own)])];
  const members = keys.map((key) => [key, under(base[key], own[key])]);
  return { ...Object.fromEntries(members), ...loginOf(base["ssh"], own["ssh"]) };
}

/** What is wrong with the base as a whole; what is wrong within it, the schema says. */
export function baseProblems(base: unknown): Problem[] {
  const where = `${configurationNamespace}:${baseKey}`;
  const why = "it holds what all stacks of the project share";
  if (base === undefined) return [];
  if (!isMap(base)) return [{ where, what: "is not a map", why, fix: "write a map of settings" }];
  return eachStacksOwn
    .filter(({ path }) => memberAt(base, path) !== undefined)
    .map(({ path, why, fix }) => ({
      where: [where, ...path].join("."),
      what: "is not a setting here",
      why,
      fix,
    }));
}

/** What no two stacks can have in common. */
const eachStacksOwn = [
  {
    path: ["hosts"],
    why: "two stacks would work on the same machines",
    fix: "write the machines in each stack's own file",
  },
  {
    path: ["rollout", "after"],
    why: "every stack would come after the same one, itself too",
    fix: "write it in the file of the stack that comes after another",
  },
] as const;

/** A problem of a value that the base brought is told where it stands. */
export function placedIn(base: unknown, own: Values) {
  return (problem: Problem): Problem => {
    const [, path = ""] = problem.where.split(`${configurationNamespace}:`);
    const way = path.split(".");
    if (!problem.where.startsWith(`${configurationNamespace}:`)) return problem;
    if (memberAt(base, way) === undefined || memberAt(own, way) !== undefined) return problem;
    return { ...problem, where: `${configurationNamespace}:${baseKey}.${path}` };
  };
}
