// daemon.json as a person may see it in a diff: names of all keys, values of those alone that the configuration names.
import { managedSettings, readSettings } from "../daemon-json/merge.ts";
import { forbiddenKeys } from "../daemon-json/listener.ts";
import { canonical, equalJson } from "../json-value.ts";
import type { DesiredHost } from "../desired/desired-host.ts";
import { oneLine } from "../problem.ts";
import { guarded } from "./difference.ts";

/** Characters of all of it, which is in the state as well. */
const shownLimit = 4000;

/** The one that lies on a machine. */
export function foundSettings(text: string, desired: DesiredHost): string {
  const wanted = managedSettings(desired.listener, desired.daemon, []);
  return shown(text, desired, (key, value) =>
    isSecret(desired, key) ? masked(value, wanted[key]) : guarded(value, wanted[key]),
  );
}

/** The one that is to be written. `before` are the settings that the configuration named before. */
export function wantedSettings(
  text: string,
  desired: DesiredHost,
  before: Readonly<Record<string, unknown>>,
): string {
  return shown(text, desired, (key, value) =>
    isSecret(desired, key) ? masked(value, before[key]) : value,
  );
}

function shown(
  text: string,
  { listener, daemon }: DesiredHost,
  value: (key: string, found: unknown) => unknown,
): string {
  const ours = managedSettings(listener, daemon, []);
  const forbidden = forbiddenKeys(listener);
  const settings = Object.entries(readSettings(text)).map(([key, found]) => {
    const isOurs = Object.hasOwn(ours, key) || forbidden.includes(key);
    return [key, isOurs ? value(key, found) : "(not this stack's)"] as const;
  });
  return oneLine(canonical(Object.fromEntries(settings)), shownLimit);
}

function isSecret({ daemonIsSecret, daemon }: DesiredHost, key: string): boolean {
  return daemonIsSecret && Object.hasOwn(daemon, key);
}

/** Whether a secret is another one may be seen. */
function masked(value: unknown, other: unknown): string {
  return equalJson(value, other) ? "(secret)" : "(another secret)";
}
