// How daemon.json differs from what is to be in it.
import { exactValue } from "../daemon-json/json-text.ts";
import { forbiddenKeys } from "../daemon-json/listener.ts";
import { leavesOf, pathName, valueAt, type Path } from "../daemon-json/members.ts";
import { jsonProblem, managedPatch, readSettings } from "../daemon-json/merge.ts";
import type { Baseline } from "../desired/baseline.ts";
import { daemonJsonMode } from "../desired/desired-files.ts";
import { foreignPaths, removedPaths, type DesiredHost } from "../desired/desired-host.ts";
import { localSocket } from "../desired/local-socket.ts";
import { sha256 } from "../digest.ts";
import { equalJson } from "../json-value.ts";
import { daemonJsonPath } from "../machine-paths.ts";
import type { MachineFacts } from "../observed/facts.ts";
import { compared } from "./difference.ts";

/** `wanted` is the text that a converge would write. */
export function daemonJsonDrift(
  facts: MachineFacts,
  desired: DesiredHost,
  wanted: string,
  baseline: Baseline,
): string[] {
  const { base } = baseline;
  const { hosts } = localSocket(desired.listener, baseline);
  const { kind, text } = facts.daemonJson;
  if (kind === "absent") return ["daemon.json: expected the file, found none"];
  const broken = jsonProblem(text);
  if (broken !== undefined) return [`daemon.json: expected JSON, found an error in ${broken}`];
  const found = readSettings(text);
  const ours = [
    ...leavesOf(managedPatch(desired.listener, desired.daemon, hosts)),
    ...forbiddenKeys(desired.listener).map((key) => ({ path: [key], value: undefined })),
  ].flatMap(({ path, value }) => {
    const there = valueAt(found, path);
    return equalJson(there, value) ? [] : [settingDrift(desired, path, value, there)];
  });
  // Names alone: the values are somebody else's, and may be passwords.
  const unwanted = removedPaths(desired, base)
    .filter((path) => valueAt(found, path) !== undefined)
    .map(pathName)
    .map((name) => `daemon.json: ${name}: expected nothing (unmanaged: remove), found a value`);
  const named = [...new Set([...ours, ...unwanted])];
  const rest = named.length > 0 ? [] : foreignDrift(facts, desired, wanted, base);
  return [...named, ...rest, ...daemonJsonStatDrift(facts, desired)];
}

/** Of a secret not even the names of its members. */
function settingDrift(desired: DesiredHost, path: Path, expected: unknown, found: unknown): string {
  const name = desired.daemonIsSecret ? path[0] : pathName(path);
  return `daemon.json: ${String(name)}: ${compared(desired, expected, found, path.length > 1)}`;
}

/** What others have changed, or what an earlier version of this program left otherwise. */
function foreignDrift(
  { record, daemonJson: { text } }: MachineFacts,
  desired: DesiredHost,
  wanted: string,
  base: string,
): string[] {
  if (record === undefined) return [];
  // An edited foreign key merges into the very text that is there; only the record shows the edit.
  const changed = ["daemon.json: expected what was written, found it changed by someone else"];
  if (record.daemonJsonSha !== sha256(text)) return changed;
  if (exactValue(text) === exactValue(wanted)) return [];
  const [found, merged] = [text, wanted].map(readSettings);
  const lost = foreignPaths(desired, base)
    .filter((path) => !equalJson(valueAt(found ?? {}, path), valueAt(merged ?? {}, path)))
    .map(pathName)
    .map((name) => `daemon.json: ${name}: expected the machine's own value, found another or none`);
  return lost.length > 0 ? lost : changed;
}

/** A mode stricter than ours is somebody's choice, and no drift. */
function daemonJsonStatDrift(
  { daemonJson, originalStat }: MachineFacts,
  desired: DesiredHost,
): string[] {
  const [mode = "", user = "", group = ""] = daemonJson.stat.split(" ");
  const [originalMode = "777", , originalGroup = "0"] =
    originalStat === "" ? [] : originalStat.split(" ");
  const widest = daemonJsonMode(desired) & Number.parseInt(originalMode, 8);
  const found = Number.parseInt(mode, 8);
  // Another group matters where it may do what not everybody might.
  const forGroup = ((found >> 3) & 7 & ~(widest & 7)) !== 0;
  const isWide = (found & ~widest) !== 0 || (forGroup && !["0", originalGroup].includes(group));
  return !isWide && user === "0"
    ? []
    : [
        `${daemonJsonPath}: expected mode, user, group at most ` +
          `${widest.toString(8)} 0 ${originalGroup}, found ${daemonJson.stat}`,
      ];
}
