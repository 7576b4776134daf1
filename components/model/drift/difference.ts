import { canonical } from "../json-value.ts";
import type { DesiredHost } from "../desired/desired-host.ts";
import { oneLine } from "../problem.ts";

/** Characters of a value that a line shows. */
const shownLimit = 300;

/**
 * What was expected and what was found, as it may be shown: no value that is a secret of the stack, and no
 * credentials in a value that somebody else has set. `isMember`: in a map.
 */
export function compared(
  { daemonIsSecret }: Pick<DesiredHost, "daemonIsSecret">,
  expected: unknown,
  found: unknown,
  isMember = false,
): string {
  if (daemonIsSecret) return "expected other than found (the value is a secret)";
  const safe = isMember ? guardedMember(found, expected) : guarded(found, expected);
  return `expected ${shown(expected)}, found ${shown(safe)}`;
}

function shown(value: unknown): string {
  return value === undefined ? "nothing" : oneLine(canonical(value), shownLimit);
}

/** In a map, as of log options or proxies, any text of others may be a password. */
export function guardedMember(found: unknown, expected: unknown): unknown {
  return typeof found === "string" && found !== expected ? "***" : guarded(found, expected);
}

/** A value of others. */
export function guarded(found: unknown, expected: unknown): unknown {
  if (typeof found === "string") {
    return found === expected ? found : withoutCredentials(found.slice(0, 2 * shownLimit));
  }
  if (Array.isArray(found)) return found.map((item) => guarded(item, undefined));
  if (typeof found !== "object" || found === null) return found;
  return Object.fromEntries(
    Object.entries(found).map(([key, value]: [string, unknown]) => {
      const own: unknown =
        typeof expected === "object" && expected !== null ? Reflect.get(expected, key) : undefined;
      return [key, guardedMember(value, own)];
    }),
  );
}

/** A text without what a URL, or the end of one, says of who logs in. */
export function withoutCredentials(text: string): string {
  return text.replace(/[^\s"']+/g, (part) => {
    const at = part.lastIndexOf("@");
    if (at < 0) return part;
    const scheme = /^[a-z][a-z0-9+.-]{0,20}:\/\//i.exec(part)?.[0] ?? "";
    return `${scheme}***${part.slice(at)}`;
  });
}
