import { equal, isObject, isSecret, type Value, type Values } from "./values.ts";

export type Change = "add" | "delete" | "update";

/** What `Diff` answers: the changed property paths, and which of them force a replacement. */
export interface Difference {
  readonly changes: Map<string, { readonly kind: Change; readonly replace: boolean }>;
  /** False: only the properties are told, and the engine shows the change as it sees it. */
  readonly detailed: boolean;
}

export const NO_DIFFERENCE: Difference = { changes: new Map(), detailed: true };

/** The paths at which two sets of inputs differ, written as the engine writes them: `a.b[0]`. */
export function changedPaths(olds: Values, news: Values): Map<string, Change> {
  const found = new Map<string, Change>();
  compareObjects("", olds, news, found);
  return found;
}

function compareObjects(prefix: string, olds: Values, news: Values, found: Map<string, Change>) {
  for (const key of new Set([...Object.keys(olds), ...Object.keys(news)])) {
    compare(join(prefix, key), olds[key], news[key], found);
  }
}

function compare(
  path: string,
  before: Value | undefined,
  after: Value | undefined,
  found: Map<string, Change>,
): void {
  if (before === undefined && after === undefined) return;
  if (before === undefined) found.set(path, "add");
  else if (after === undefined) found.set(path, "delete");
  else if (Array.isArray(before) && Array.isArray(after)) {
    for (let index = 0; index < Math.max(before.length, after.length); index += 1) {
      compare(`${path}[${index}]`, before[index], after[index], found);
    }
  } else if (isPlainObject(before) && isPlainObject(after)) {
    compareObjects(path, before, after, found);
  } else if (!equal(before, after)) found.set(path, "update");
}

/** Secrets are compared as a whole, so that a path never points into one. */
function isPlainObject(value: Value): value is Values {
  return isObject(value) && !isSecret(value);
}

function join(prefix: string, key: string): string {
  if (!/^[A-Za-z_$][\w$]*$/.test(key)) return `${prefix}[${JSON.stringify(key)}]`;
  return prefix === "" ? key : `${prefix}.${key}`;
}

/** The property that a path is in: `connection` of `connection.host`. */
export function property(path: string): string {
  return /^\[?"?([^."[\]]+)/.exec(path)?.[1] ?? path;
}
