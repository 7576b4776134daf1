// Keys of daemon.json that the machine's own dockerd does not start with.
import { crossKeyProblems } from "../daemon-json/cross-key-checks.ts";
import { daemonKey, type DaemonSettings, own } from "../daemon-json/keys.ts";
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
import { wholeNetworkProblems } from "../daemon-json/network-checks.ts";
import { foreignStorageOptions } from "../daemon-json/storage-options.ts";
import { inside, word } from "../json-value.ts";
import { daemonJsonPath } from "../machine-paths.ts";
import type { MachineFacts } from "../observed/facts.ts";
import type { Problem } from "../problem.ts";
import { keepOut, unreadableKeys } from "./unreadable-keys.ts";

/**
 * Why this dockerd would not start on the daemon.json that is to be written: for a key that it does not know or
 * can't read, or for some that do not go together, the stack's and the machine's own.
 */
export function daemonKeysProblem(
  facts: MachineFacts,
  desired: DesiredHost,
  baseline: Baseline,
): Problem | undefined {
  const { dockerdVersion: version } = facts;
  const written = readSettings(desiredFiles(desired, baseline).daemonJson);
  const isOurs = (key: string): boolean => Object.hasOwn(desired.daemon, key);
  const isDown = facts.unit.get("ActiveState") !== "active";
  const isKnown = /^\d+\.\d+/.test(version);
  return [
    ...(isKnown ? ageProblems(written, version, isOurs) : []),
    ...(isKnown && !hasStartedOnIt(facts)
      ? unreadableKeys(written, managedPaths(desired.listener, desired.daemon), version)
      : []),
    ...[...networkProblems(written, facts), ...storageProblems(written, facts)]
      // What a dockerd runs on is right somehow.
      .filter(({ where }) => isDown || isOurs(where))
      .map(({ where, what, why, fix }) => ({
        where: isOurs(where) ? `daemon.${where}` : daemonJsonPath,
        what: isOurs(where) ? what : `${where} ${what}`,
        ...{ why, fix },
      })),
    ...mixtures(written, desired, isDown),
  ][0];
}

/** What a dockerd runs on it can read, whatever is known here. */
function hasStartedOnIt({ unit, daemonJson: { time }, dockerdStart }: MachineFacts): boolean {
  return (
    unit.get("ActiveState") === "active" &&
    time !== undefined &&
    dockerdStart !== undefined &&
    time <= dockerdStart
  );
}

/** Unless the command line says something of the default bridge as well. */
function networkProblems(
  written: DaemonSettings,
  { dockerdVersion, unitText, environmentFiles }: MachineFacts,
): Problem[] {
  const texts = [unitText, ...environmentFiles.map(({ text }) => text)];
  const isToldElsewhere = texts.some((text) =>
    /(^|\s|["'=])(--(bip|bip6|bridge|fixed-cidr-v6|default-address-pool)\b|-b[ =])/.test(text),
  );
  return isToldElsewhere ? [] : wholeNetworkProblems(written, dockerdVersion);
}

function ageProblems(
  written: DaemonSettings,
  version: string,
  isOurs: (key: string) => boolean,
): Problem[] {
  return Object.entries(written).flatMap(([key, value]): Problem[] => {
    const { since, refused } = daemonKey(key) ?? {};
    const tooOld = since !== undefined && isBefore(version, since);
    const tooNew = refused !== undefined && !isBefore(version, refused);
    const driver = key === "storage-driver" ? word(value) : undefined;
    const gone = driver === undefined ? undefined : own(removedDrivers, driver);
    const isGone = gone !== undefined && !isBefore(version, gone);
    if (!tooOld && !tooNew && !isGone) return [];
    const reason = tooOld ? `came with ${since}` : `went with ${(isGone ? gone : refused) ?? ""}`;
    const subject = isGone ? `is ${driver ?? ""}, which ` : "";
    return [
      {
        where: isOurs(key) ? `daemon.${key}` : daemonJsonPath,
        what: `${isOurs(key) ? subject : `has ${key}, which ${subject}`}${reason}, and this machine has dockerd ${version}`,
        why: isGone
          ? "dockerd does not start with it"
          : "dockerd refuses to start over a key that it does not know",
        fix: isOurs(key)
          ? `take it out for this host${tooOld ? ", or install a newer docker" : ""}`
          : `take it out on the machine, ${keepOut}`,
      },
    ];
  });
}

/** Storage drivers, and the first dockerd without them. */
const removedDrivers: Readonly<Record<string, string>> = {
  aufs: "24.0",
  devicemapper: "25.0",
  overlay: "24.0",
};

/** Options of another driver than the one that dockerd has chosen by itself. */
function storageProblems(written: DaemonSettings, { info }: Pick<MachineFacts, "info">): Problem[] {
  const driver = word(inside(info?.whole, "Driver")) ?? "";
  if (written["storage-driver"] !== undefined) return [];
  return foreignStorageOptions(written["storage-opts"], driver).map((option) => ({
    where: "storage-opts",
    what: `has ${option}, which the machine's storage driver ${driver} does not know`,
    why: "dockerd refuses to start over it",
    fix: "take it out",
  }));
}

/**
 * What is wrong only where keys of both come together: the stack's by themselves were judged before, and on the
 * machine's own dockerd runs, or is down already. A map may be of both.
 */
function mixtures(written: DaemonSettings, desired: DesiredHost, isDown: boolean): Problem[] {
  const ours = writtenSettings(desired.daemon);
  const before = crossKeyProblems("", ours).map(({ where, what }) => `${where} ${what}`);
  const managed = managedPaths(desired.listener, desired.daemon);
  const foreign = pathsBeside(written, managed);
  return crossKeyProblems("", written).flatMap(({ where, what, why, fix }) => {
    const key = where.slice(1);
    const isInvolved = ([first = "", ...members]: Path): boolean =>
      (first === key || namesKey(what, first)) &&
      (members.length === 0 || members.some((name) => namesKey(what, name)));
    const paths = foreign.filter(isInvolved);
    const theirs = paths.map(pathName);
    const isTheirsAlone = !Object.keys(ours).some((one) => isInvolved([one]));
    if (before.includes(`${where} ${what}`) || theirs.length === 0) return [];
    if (isTheirsAlone) {
      return isDown
        ? [
            {
              where: daemonJsonPath,
              what: `${key} ${what}`,
              why,
              fix: `${fix} on the machine, ${keepOut}`,
            },
          ]
        : [];
    }
    const owned = `${theirs.join(" and ")} ${theirs.length === 1 ? "is" : "are"} the machine's own`;
    return [
      {
        where: `daemon.${key}`,
        what: `${what} (${owned}, in ${daemonJsonPath})`,
        why,
        fix: [fix, ...paths.flatMap(removalOf), keepOut].join(", "),
      },
    ];
  });
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
