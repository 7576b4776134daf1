import {
  canonical,
  daemonJsonPath,
  equalJson,
  jsonProblem,
  managedSettings,
  readSettings,
} from "./daemon-json.ts";
import { desiredFiles, writtenStat, type DesiredHost, type Groundwork } from "./desired.ts";
import { sha256 } from "./digest.ts";
import { tlsFileNames, type FileState, type MachineFacts } from "./machine.ts";
import { mirrorsIn, sameMirrors } from "./mirrors.ts";
import { dropInPath } from "./unit.ts";

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
    ...daemonJsonDrift(facts, desired, files.daemonJson),
    ...fileDrift(dropInPath, facts.dropIn, sha256(files.dropIn), writtenStat["drop-in"]),
    ...tlsFileNames.flatMap((name) =>
      fileDrift(
        `${desired.tls.directory}/${name}`,
        facts.tls[name],
        desired.tlsFiles[name],
        writtenStat[name],
      ),
    ),
    ...serviceDrift(facts, desired),
  ];
}

/** What is not as it should be and no converge can repair: reported, never a reason to act. */
export function findings(facts: MachineFacts, desired: DesiredHost, now: number): string[] {
  const ahead = facts.clock - now;
  // Where dockerd itself listens there, a converge closes it.
  const plain =
    desired.tls.port !== 2375 &&
    listeners(facts).some(({ port, isDockerd }) => port === 2375 && !isDockerd);
  return [
    ...(Math.abs(ahead) > clockToleranceSeconds
      ? [
          `clock: ${roughly(Math.abs(ahead))} ${ahead > 0 ? "ahead of" : "behind"} this machine's; ` +
            "fresh certificates may be refused; set up time synchronisation on the machine",
        ]
      : []),
    ...(writableByOthers(facts.tlsDirectoryStat)
      ? [
          `${desired.tls.directory}: others than root can write in it, and so replace the key; ` +
            "chown it to root and chmod go-w it",
        ]
      : []),
    ...(plain
      ? [
          "port 2375: something listens there; if it is a Docker API in plaintext, the network has " +
            "root on the machine; find out with `ss -ltnp` and stop it",
        ]
      : []),
  ];
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

function daemonJsonDrift(facts: MachineFacts, desired: DesiredHost, wanted: string): string[] {
  const { kind, stat, text } = facts.daemonJson;
  if (kind === "absent") return ["daemon.json: expected the file, found none"];
  const broken = jsonProblem(text);
  if (broken !== undefined) return [`daemon.json: expected JSON, found an error in ${broken}`];
  const found = readSettings(text);
  const keys = Object.entries(managedSettings(desired.tls, desired.daemon))
    .filter(([key, value]) => !equalJson(found[key], value))
    .map(([key, value]) => `daemon.json: ${key}: ${compared(desired, value, found[key])}`);
  // A foreign key edited in its place merges into the very text that is there: the record knows.
  const asWritten = text === wanted && facts.record?.daemonJsonSha === sha256(text);
  const foreign =
    keys.length === 0 && facts.record !== undefined && !asWritten
      ? ["daemon.json: changed by someone else"]
      : [];
  return [...keys, ...foreign, ...statDrift(daemonJsonPath, stat, writtenStat["daemon.json"])];
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
  const { port } = desired.tls;
  const settings = managedSettings(desired.tls, desired.daemon);
  const liveRestore = settings["live-restore"] === true;
  const { info } = facts;
  const mirrors = mirrorsIn(settings);
  return [
    ...(facts.unit.get("UnitFileState") === "disabled"
      ? ["docker.service: expected to start at boot, found it disabled"]
      : []),
    ...(facts.unit.get("NeedDaemonReload") === "yes"
      ? ["docker.service: expected its files in effect, found changes that systemd has not loaded"]
      : []),
    ...(listeners(facts).some((listener) => listener.port === port)
      ? []
      : [`port ${String(port)}: expected dockerd, found no listener`]),
    ...(info === undefined ? ["dockerd: expected an answer on its local socket, found none"] : []),
    ...(info !== undefined && info.liveRestore !== liveRestore
      ? [`live-restore: expected ${String(liveRestore)} in effect, found ${String(!liveRestore)}`]
      : []),
    ...(info !== undefined &&
    "registry-mirrors" in settings &&
    !sameMirrors(mirrors, info.registryMirrors)
      ? [`registry-mirrors in effect: ${compared(desired, mirrors, info.registryMirrors)}`]
      : []),
  ];
}

interface Listener {
  readonly port: number;
  readonly isDockerd: boolean;
}

/** Listening sockets, as `ss -Hltnp` prints them or, where there is no ss, /proc/net/tcp (proc(5)). */
function listeners(facts: MachineFacts): Listener[] {
  return facts.listeners.split("\n").flatMap((line) => {
    const kernel = /^\s*\d+: [0-9A-F]+:([0-9A-F]{4}) \S+ (\S+)/.exec(line);
    if (kernel !== null) {
      return kernel[2] === "0A" ? [{ port: parseInt(kernel[1] ?? "", 16), isDockerd: false }] : [];
    }
    const port = /:(\d+)\s/.exec(line)?.[1];
    return port === undefined
      ? []
      : [{ port: Number(port), isDockerd: line.includes('"dockerd"') }];
  });
}

function compared(desired: DesiredHost, expected: unknown, found: unknown): string {
  if (desired.daemonIsSecret) return "expected other than found (the value is a secret)";
  const show = (value: unknown): string => (value === undefined ? "nothing" : canonical(value));
  return `expected ${show(expected)}, found ${show(found)}`;
}
