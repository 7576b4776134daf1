// What the first converge of a machine does to the daemon.json that lies there.
import { forbiddenKeys } from "../daemon-json/listener.ts";
import { leavesOf, pathName, valueAt } from "../daemon-json/members.ts";
import { managedPatch, readSettings } from "../daemon-json/merge.ts";
import type { Baseline } from "../desired/baseline.ts";
import { foreignPaths, removedPaths, type DesiredHost } from "../desired/desired-host.ts";
import { localSocket } from "../desired/local-socket.ts";
import { equalJson } from "../json-value.ts";
import { oneLine } from "../problem.ts";

/** Names that a line shows, and characters of each. */
const shownNames = 8;
const shownLimit = 60;

/**
 * The end of a preview's line on a machine that has settings of its own: `; replaces registry-mirrors; keeps
 * labels`. Names alone: the values are somebody else's, and may be passwords.
 */
export function describeAdoption(desired: DesiredHost, baseline: Baseline): string {
  const { listener, daemon, daemonIsSecret, unmanaged } = desired;
  const { base } = baseline;
  const { hosts } = localSocket(listener, baseline);
  const found = readSettings(base);
  const decided = [
    ...leavesOf(managedPatch(listener, daemon, hosts)),
    ...forbiddenKeys(listener).map((key) => ({ path: [key], value: undefined })),
  ].filter(({ path, value }) => {
    const there = valueAt(found, path);
    return there !== undefined && !equalJson(there, value);
  });
  const isRemoved = (value: unknown): boolean => value === undefined;
  // Of a secret not even the names of its members.
  const nameOf = (path: readonly string[]): string =>
    daemonIsSecret ? String(path[0]) : pathName(path);
  const replaced = decided.filter(({ value }) => !isRemoved(value)).map(({ path }) => path);
  const removed = decided.filter(({ value }) => isRemoved(value)).map(({ path }) => path);
  const kept = unmanaged === "remove" ? [] : foreignPaths(desired, base);
  return [
    part("replaces", replaced.map(nameOf)),
    part("takes out", [...removed.map(nameOf), ...removedPaths(desired, base).map(pathName)]),
    part("keeps", kept.map(pathName)),
  ].join("");
}

function part(verb: string, paths: readonly string[]): string {
  const names = [...new Set(paths)].sort();
  if (names.length === 0) return "";
  const shown = names.slice(0, shownNames).map((name) => oneLine(name, shownLimit));
  const left = names.length - shown.length;
  return `; ${verb} ${shown.join(", ")}${left === 0 ? "" : ` and ${String(left)} more`}`;
}
