import { equalJson, type Json } from "../json-value.ts";
import { daemonKey, type DaemonSettings, isReserved } from "./keys.ts";

/** The least that puts another daemon.json into effect in a running dockerd. */
export type DaemonChange =
  | { readonly effect: "nothing" }
  /** The keys that a SIGHUP makes dockerd take up. */
  | { readonly effect: "reload"; readonly keys: readonly string[] }
  /** One `key: why` for each key that only a new start puts into effect. No values. */
  | { readonly effect: "restart"; readonly reasons: readonly string[] };

/**
 * What a running dockerd needs to go from one daemon.json to another, both whole: keys of others and
 * of this program included. What else a machine may need a restart for (the content of certificates,
 * the drop-in) is not in daemon.json, so not in here.
 */
export function daemonChange(before: DaemonSettings, after: DaemonSettings): DaemonChange {
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])]
    .filter((key) => !equalJson(valueOf(before, key), valueOf(after, key)))
    .sort();
  const reasons = keys.flatMap((key) => {
    const why = whyRestart(key, valueOf(after, key));
    return why === undefined ? [] : [`${key}: ${why}`];
  });
  if (reasons.length > 0) return { effect: "restart", reasons };
  return keys.length > 0 ? { effect: "reload", keys } : { effect: "nothing" };
}

/**
 * The part of a daemon.json that a running dockerd never takes up: two files that are the same in it,
 * with no sticky key of the first missing in the second, are a reload apart. Compared on the machine,
 * as a digest.
 */
export function restartSettings(settings: DaemonSettings): DaemonSettings {
  return Object.fromEntries(
    Object.entries(settings).filter(([key]) => whyAlwaysRestart(key) !== undefined),
  );
}

/** Names of the keys whose value a running dockerd keeps when they leave the file. */
export function stickyKeys(settings: DaemonSettings): string[] {
  return Object.keys(settings)
    .filter((key) => daemonKey(key)?.sticky === true && !isNone(valueOf(settings, key)))
    .filter((key) => whyAlwaysRestart(key) === undefined)
    .sort();
}

/** Why a key that is another now needs a restart; undefined when a reload is enough. */
function whyRestart(key: string, after: Json | undefined): string | undefined {
  return (
    whyAlwaysRestart(key) ??
    (daemonKey(key)?.sticky === true && isNone(after)
      ? "taken out, dockerd keeps the old value until it starts anew"
      : undefined)
  );
}

function whyAlwaysRestart(key: string): string | undefined {
  if (isReserved(key)) return "dockerd opens its listeners only when it starts";
  const known = daemonKey(key);
  if (known === undefined) return "what dockerd does with it is not known here";
  return known.effect === "restart" ? "dockerd reads it only when it starts" : undefined;
}

/** dockerd passes over an empty value at a reload as if the key were not there. */
function isNone(value: Json | undefined): boolean {
  return value === undefined || value === null || value === "";
}

function valueOf(settings: DaemonSettings, key: string): Json | undefined {
  return Object.hasOwn(settings, key) ? settings[key] : undefined;
}
