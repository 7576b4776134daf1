import { canonical } from "./daemon-json.ts";
import type { DesiredHost } from "./desired.ts";

/** What was expected and what was found, as it may be shown: never a value that is a secret. */
export function compared(
  { daemonIsSecret }: Pick<DesiredHost, "daemonIsSecret">,
  expected: unknown,
  found: unknown,
): string {
  if (daemonIsSecret) return "expected other than found (the value is a secret)";
  const show = (value: unknown): string => (value === undefined ? "nothing" : canonical(value));
  return `expected ${show(expected)}, found ${show(found)}`;
}
