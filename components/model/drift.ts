import {
  daemonJsonPath,
  equalJson,
  jsonProblem,
  managedKeys,
  managedSettings,
  readSettings,
} from "./daemon-json.ts";
import { desiredFiles, removedKeys, writtenStat, type DesiredHost } from "./desired.ts";
import { compared } from "./difference.ts";
import { sha256 } from "./digest.ts";
import { notInEffect } from "./in-effect.ts";
import type { Groundwork } from "./groundwork.ts";
import {
  defaultPorts,
  forbiddenKeys,
  isEveryAddress,
  tlsFiles,
  type Listener,
} from "./listener.ts";
import { repeatedPaths } from "./json-text.ts";
import { listeningSockets, type ListeningSocket } from "./listening-sockets.ts";
import type { FileState, MachineFacts } from "./machine.ts";
import { oneLine } from "./problem.ts";
import { dropInPath, socketDropInPath } from "./unit.ts";

/** Clocks further apart than this make certificates and logs hard to trust. */
const clockToleranceSeconds = 60;

/**
 * Differences between the machine and its desired state that a converge repairs, a line each:
 * `where: expected ..., found ...`. Empty when the machine is as it shall be. Values of settings are
 * shown only for keys that the configuration names.
 */
export function drift(facts: MachineFacts, desired: DesiredHost, ground: Groundwork): string[] {
  const files = desiredFiles(desired, ground);
  return [
    ...(facts.interrupted ? ["converge: a run was interrupted before it ended"] : []),
    ...ownerDrift(facts, desired),
    ...daemonJsonDrift(facts, desired, files.daemonJson, ground.base),
    ...fileDrift(dropInPath, facts.dropIn, sha256(files.dropIn), writtenStat["drop-in"]),
    ...fileDrift(
      socketDropInPath,
      facts.socketDropIn,
      sha256(files.socketDropIn),
      writtenStat["drop-in"],
    ),
    ...tlsFileDrift(facts, desired),
    ...serviceDrift(facts, desired),
    ...listenerDrift(facts, desired.listener),
  ];
}

/**
 * What is not as it should be and no converge can repair: reported, never a reason to act. `base` is
 * daemon.json as it would be without this program: what it writes itself is no finding.
 */
export function findings(
  facts: MachineFacts,
  desired: DesiredHost,
  now: number,
  base = "",
): string[] {
  const ahead = facts.clock - now;
  const { listener } = desired;
  const keyDirectory = listener.files?.key.replace(/\/[^/]*$/, "") ?? "";
  // Where dockerd itself listens there, a converge closes it.
  const plain =
    listener.port !== defaultPorts["plain-tcp"] &&
    listeningSockets(facts).some(
      ({ port, isDockerd }) => port === defaultPorts["plain-tcp"] && !isDockerd,
    );
  return [
    ...(Math.abs(ahead) > clockToleranceSeconds
      ? [
          `clock: ${roughly(Math.abs(ahead))} ${ahead > 0 ? "ahead of" : "behind"} this machine's; ` +
            "fresh certificates may be refused; set up time synchronisation on the machine",
        ]
      : []),
    ...(keyDirectory !== "" && writableByOthers(facts.tlsDirectoryStat)
      ? [
          `${keyDirectory}: others than root can write in it, and so replace the key; ` +
            "chown it to root and chmod go-w it",
        ]
      : []),
    ...repeatedFindings(desired, base),
    ...(plain
      ? [
          "port 2375: something listens there; if it is a Docker API in plaintext, the network has " +
            "root on the machine; find out with `ss -ltnp` and stop it",
        ]
      : []),
  ];
}

/** Keys of others that stand twice. They are kept as they are; one of ours is written once anyway. */
function repeatedFindings({ listener, daemon }: DesiredHost, base: string): string[] {
  const ours = managedKeys(listener, daemon);
  return repeatedPaths(base)
    .filter((path) => !ours.some((key) => path === key || path.startsWith(`${key}.`)))
    .map(
      (path) =>
        `daemon.json: ${oneLine(path, 80)} stands there more than once; dockerd takes the last; ` +
        "keep one of them",
    );
}

function writableByOthers(stat: string): boolean {
  const [mode = "", user = "0"] = stat.split(" ");
  return mode !== "" && (user !== "0" || (Number.parseInt(mode, 8) & 0o022) !== 0);
}

/** In steps: a finding that read differently at every look would be a change at every refresh. */
function roughly(seconds: number): string {
  if (seconds < 600) return "more than a minute";
  if (seconds < 3600) return "more than ten minutes";
  return seconds < 86400 ? "more than an hour" : "more than a day";
}

function ownerDrift(facts: MachineFacts, desired: DesiredHost): string[] {
  if (facts.record === undefined)
    return ["machine: expected to be converged, found no record of it"];
  return facts.record.owner === desired.owner
    ? []
    : [`owner: expected ${desired.owner}, found ${facts.record.owner}`];
}

function daemonJsonDrift(
  facts: MachineFacts,
  desired: DesiredHost,
  wanted: string,
  base: string,
): string[] {
  const { kind, stat, text } = facts.daemonJson;
  if (kind === "absent") return ["daemon.json: expected the file, found none"];
  const broken = jsonProblem(text);
  if (broken !== undefined) return [`daemon.json: expected JSON, found an error in ${broken}`];
  const found = readSettings(text);
  const keys = Object.entries(managedSettings(desired.listener, desired.daemon))
    .filter(([key, value]) => !equalJson(found[key], value))
    .map(([key, value]) => `daemon.json: ${key}: ${compared(desired, value, found[key])}`);
  const forbidden = forbiddenKeys(desired.listener)
    .filter((key) => Object.hasOwn(found, key))
    .map((key) => `daemon.json: ${key}: ${compared(desired, undefined, found[key])}`);
  // Names alone: the values are somebody else's, and may be passwords.
  const unwanted = removedKeys(desired, base)
    .filter((key) => Object.hasOwn(found, key))
    .map((key) => `daemon.json: ${key}: expected nothing (unmanaged: remove), found a value`);
  // A foreign key edited in its place merges into the very text that is there: the record knows.
  const asWritten = text === wanted && facts.record?.daemonJsonSha === sha256(text);
  const foreign =
    keys.length + forbidden.length + unwanted.length === 0 &&
    facts.record !== undefined &&
    !asWritten
      ? ["daemon.json: changed by someone else"]
      : [];
  return [
    ...keys,
    ...forbidden,
    ...unwanted,
    ...foreign,
    ...statDrift(daemonJsonPath, stat, writtenStat["daemon.json"]),
  ];
}

function tlsFileDrift(facts: MachineFacts, { listener, tlsFiles: digests }: DesiredHost): string[] {
  const { files } = listener;
  if (files === undefined || digests === undefined) return [];
  return tlsFiles.flatMap((file) =>
    fileDrift(files[file], facts.tls[file], digests[file], writtenStat[file]),
  );
}

function fileDrift(
  path: string,
  found: FileState | undefined,
  sha: string,
  stat: string,
): string[] {
  if (found === undefined) return [`${path}: expected the file, found none`];
  return [
    ...(found.sha256 === sha ? [] : [`${path}: expected other content than found`]),
    ...statDrift(path, found.stat, stat),
  ];
}

function statDrift(path: string, found: string, expected: string): string[] {
  return found === expected
    ? []
    : [`${path}: expected mode, user, group ${expected}, found ${found}`];
}

function serviceDrift(facts: MachineFacts, desired: DesiredHost): string[] {
  const state = facts.unit.get("ActiveState") ?? "";
  if (state !== "active") return [`docker.service: expected active, found ${state}`];
  return [
    ...(facts.unit.get("UnitFileState") === "disabled"
      ? ["docker.service: expected to start at boot, found it disabled"]
      : []),
    ...(facts.unit.get("NeedDaemonReload") === "yes"
      ? ["docker.service: expected its files in effect, found changes that systemd has not loaded"]
      : []),
    ...(facts.info === undefined
      ? ["dockerd: expected an answer on its local socket, found none"]
      : []),
    ...notInEffect(facts, desired).map(({ line }) => line),
    ...startDrift(facts),
  ];
}

/**
 * A dockerd that somebody started since the last converge on a file that was touched again afterwards, as
 * with an edit, a restart, and the edit taken back: the file is right, and what is in effect is not known.
 */
export function startDrift({ daemonJson, dockerdStart, recordTime }: MachineFacts): string[] {
  const times = [recordTime, dockerdStart, daemonJson.time];
  if (times.some((time) => time === undefined)) return [];
  const [recorded = 0, started = 0, touched = 0] = times;
  return recorded < started && started < touched
    ? ["daemon.json: expected what dockerd started on, found it changed since that start"]
    : [];
}

/** Where dockerd listens over the network, beside where it shall. */
export function listenerDrift(facts: MachineFacts, { addresses, port }: Listener): string[] {
  if (facts.unit.get("ActiveState") !== "active") return [];
  const sockets = listeningSockets(facts);
  const here = sockets.filter((socket) => socket.port === port);
  const place = `port ${String(port)}`;
  const missing = addresses.filter((address) => !here.some((socket) => covers(socket, address)));
  const elsewhere = here.filter(
    (socket) =>
      socket.isDockerd &&
      socket.address !== undefined &&
      !addresses.some((address) => isSame(socket.address, address)),
  );
  const other = sockets.filter(
    (socket) =>
      socket.isDockerd && socket.port !== port && Object.values(defaultPorts).includes(socket.port),
  );
  return [
    ...(here.length === 0 ? [`${place}: expected dockerd, found no listener`] : []),
    ...(here.length > 0 && missing.length > 0
      ? [`${place}: expected dockerd on ${missing.join(", ")}, found none there`]
      : []),
    ...elsewhere.map(
      ({ address = "" }) =>
        `${place}: expected dockerd on ${addresses.join(", ")}, found it on ${address}`,
    ),
    ...other.map(
      (socket) => `port ${String(socket.port)}: expected no dockerd, found it listening`,
    ),
  ];
}

function covers({ address }: ListeningSocket, wanted: string): boolean {
  return address === undefined || isSame(address, wanted) || isEveryAddress(address);
}

function isSame(found: string | undefined, wanted: string): boolean {
  if (found === undefined) return true;
  return found === wanted || (isEveryAddress(found) && isEveryAddress(wanted));
}
