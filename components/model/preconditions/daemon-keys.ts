// Keys of daemon.json that the machine's own dockerd does not start with.
import { crossKeyProblems } from "../daemon-json/cross-key-checks.ts";
import { daemonKey, type DaemonSettings } from "../daemon-json/keys.ts";
import { managedPaths, readSettings } from "../daemon-json/merge.ts";
import {
  allOthers,
  memberTypes,
  pathName,
  pathsBeside,
  writtenSettings,
  type Path,
} from "../daemon-json/members.ts";
import type { Baseline } from "../desired/baseline.ts";
import { desiredFiles } from "../desired/desired-files.ts";
import type { DesiredHost } from "../desired/desired-host.ts";
import { daemonJsonPath } from "../machine-paths.ts";
import type { MachineFacts } from "../observed/facts.ts";
import type { Problem } from "../problem.ts";

/**
 * Why this dockerd would not start on the daemon.json that is to be written: for a key that it does not know, or
 * for one of the stack's that does not go with one of the machine's own.
 */
export function daemonKeysProblem(
  { dockerdVersion }: Pick<MachineFacts, "dockerdVersion">,
  desired: DesiredHost,
  baseline: Baseline,
): Problem | undefined {
  const written = readSettings(desiredFiles(desired, baseline).daemonJson);
  const isOurs = (key: string): boolean => Object.hasOwn(desired.daemon, key);
  return (
    Object.keys(written).flatMap((key) => unknownThere(key, dockerdVersion, isOurs(key)))[0] ??
    mixture(written, desired)
  );
}

const keepOut =
  "or set `unmanaged: remove` for this host, which takes out what the stack does not name";

function unknownThere(key: string, version: string, isOurs: boolean): Problem[] {
  const { since, refused } = daemonKey(key) ?? {};
  if (!/^\d+\.\d+/.test(version)) return [];
  const tooOld = since !== undefined && isBefore(version, since);
  const tooNew = refused !== undefined && !isBefore(version, refused);
  if (!tooOld && !tooNew) return [];
  const reason = tooOld ? `came with ${since}` : `went with ${refused ?? ""}`;
  return [
    {
      where: isOurs ? `daemon.${key}` : daemonJsonPath,
      what: `${isOurs ? "" : `has ${key}, which `}${reason}, and this machine has dockerd ${version}`,
      why: "dockerd refuses to start over a key that it does not know",
      fix: isOurs
        ? `take it out for this host${tooOld ? ", or install a newer docker" : ""}`
        : `take it out on the machine, ${keepOut}`,
    },
  ];
}

/**
 * What is wrong only where keys of both come together: the stack's by themselves were judged before, and on the
 * machine's own dockerd runs, or does not. A map may be of both.
 */
function mixture(written: DaemonSettings, desired: DesiredHost): Problem | undefined {
  const ours = writtenSettings(desired.daemon);
  const before = crossKeyProblems("", ours).map(({ where, what }) => `${where} ${what}`);
  const managed = managedPaths(desired.listener, desired.daemon);
  const foreign = pathsBeside(written, managed);
  for (const { where, what, why, fix } of crossKeyProblems("", written)) {
    const key = where.slice(1);
    const isInvolved = ([first = "", ...members]: Path): boolean =>
      (first === key || namesKey(what, first)) &&
      (members.length === 0 || members.some((name) => namesKey(what, name)));
    const paths = foreign.filter(isInvolved);
    const theirs = paths.map(pathName);
    const isTheirsAlone = !Object.keys(ours).some((one) => isInvolved([one]));
    if (before.includes(`${where} ${what}`) || theirs.length === 0 || isTheirsAlone) continue;
    const owned = `${theirs.join(" and ")} ${theirs.length === 1 ? "is" : "are"} the machine's own`;
    return {
      where: `daemon.${key}`,
      what: `${what} (${owned}, in ${daemonJsonPath})`,
      why,
      fix: [fix, ...paths.flatMap(removalOf), keepOut].join(", "),
    };
  }
  return undefined;
}

/** How a stack takes one thing of the machine's own out: it can say so of a member, and of all members. */
function removalOf(path: Path): string[] {
  const [key = "", ...members] = path;
  if (memberTypes(daemonKey(key)?.type) === undefined) return [];
  const patch = (members.length === 0 ? [allOthers] : members).reduceRight<string>(
    (inner, name) => `{${name === allOthers ? `"${name}"` : name}: ${inner}}`,
    "null",
  );
  return [`or write \`${key}: ${patch}\` for this host`];
}

/** As a word of its own: `bip` is no part of `bip6`. */
const namesKey = (text: string, key: string): boolean => text.split(/[^A-Za-z0-9-]+/).includes(key);

/** By the first two numbers, as of `26.1`. */
function isBefore(version: string, other: string): boolean {
  const [major, minor] = numbersOf(version);
  const [otherMajor, otherMinor] = numbersOf(other);
  return major < otherMajor || (major === otherMajor && minor < otherMinor);
}

function numbersOf(version: string): readonly [number, number] {
  const [major = Number.NaN, minor = 0] = version
    .split(".")
    .map((part) => Number.parseInt(part, 10));
  return [major, minor];
}
