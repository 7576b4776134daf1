import {
  apiGuardPath,
  apiSocketPath,
  dropInPath,
  restartDropInPath,
  scriptPath,
  socketDropInPath,
} from "../machine-paths.ts";
import type { DesiredHost } from "../desired/desired-host.ts";
import { type ApiUnits, desiredFiles, writtenStat } from "../desired/desired-files.ts";
import { daemonJsonDrift } from "./daemon-json.ts";
import { sha256 } from "../digest.ts";
import { notInEffect } from "./in-effect.ts";
import type { Baseline } from "../desired/baseline.ts";
import { listenerDrift } from "./listener.ts";
import { apiSocketUnit } from "../systemd/api-socket.ts";
import { tlsFiles } from "../daemon-json/listener.ts";
import type { FileState, MachineFacts } from "../observed/facts.ts";

/**
 * Differences between the machine and its desired state that a converge repairs, a line each:
 * `where: expected ..., found ...`. Empty when the machine is in its desired state. Values of settings are
 * shown only for keys that the configuration names.
 */
export function drift(facts: MachineFacts, desired: DesiredHost, baseline: Baseline): string[] {
  if (facts.record === undefined && !facts.interrupted) return [neverConverged];
  const files = desiredFiles(desired, baseline);
  return [
    ...(facts.interrupted ? ["converge: expected it to have ended, found an interrupted run"] : []),
    ...ownerDrift(facts, desired),
    ...scriptDrift(facts, desired),
    ...daemonJsonDrift(facts, desired, files.daemonJson, baseline),
    ...fileDrift(dropInPath, facts.dropIn, sha256(files.dropIn), writtenStat["drop-in"]),
    ...socketDropInDrift(facts.socketDropIn, files.socketDropIn),
    ...fileDrift(
      restartDropInPath,
      facts.restartDropIn,
      sha256(files.restartDropIn),
      writtenStat["drop-in"],
    ),
    ...(files.apiUnits === undefined ? [] : apiUnitsDrift(facts, files.apiUnits)),
    ...tlsFileDrift(facts, desired),
    ...serviceDrift(facts, desired),
    ...listenerDrift(facts, desired.listener),
  ];
}

/** Of all that such a machine lacks nothing else needs saying. */
const neverConverged =
  "machine: expected it to be converged, found no record that it ever was; `pulumi up` does it";

function ownerDrift(facts: MachineFacts, desired: DesiredHost): string[] {
  return facts.record === undefined || facts.record.owner === desired.owner
    ? []
    : [`owner: expected ${desired.owner}, found ${facts.record.owner}`];
}

/** Without the script nobody could restore the machine. One that was never converged needs none. */
function scriptDrift({ record, scripts }: MachineFacts, { script }: DesiredHost): string[] {
  return record === undefined || script === undefined || scripts.includes(script)
    ? []
    : [`${scriptPath(script)}: expected the script, found it missing or changed`];
}

function tlsFileDrift(facts: MachineFacts, { listener, tlsFiles: digests }: DesiredHost): string[] {
  const { files } = listener;
  if (files === undefined || digests === undefined) return [];
  return tlsFiles.flatMap((file) =>
    fileDrift(files[file], facts.tls[file], digests[file], writtenStat[file]),
  );
}

/** Where systemd serves local clients, a drop-in of ours would take its socket away. */
function socketDropInDrift(found: FileState | undefined, wanted: string | undefined): string[] {
  if (wanted !== undefined) {
    return fileDrift(socketDropInPath, found, sha256(wanted), writtenStat["drop-in"]);
  }
  return found === undefined ? [] : [`${socketDropInPath}: expected no file, found one`];
}

/** The port stays open for those who are waiting while dockerd restarts, unless systemd no longer holds it. */
function apiUnitsDrift({ apiUnits: found }: MachineFacts, { socket, guard }: ApiUnits): string[] {
  const stat = writtenStat["drop-in"];
  return [
    ...fileDrift(apiSocketPath, found.socket, sha256(socket), stat),
    ...fileDrift(apiGuardPath, found.guard, sha256(guard), stat),
    ...(found.isActive ? [] : [`${apiSocketUnit}: expected it to listen, found it stopped`]),
    ...(found.needsReload
      ? [
          `${apiSocketUnit}: expected its files in effect, found changes that systemd has not loaded`,
        ]
      : []),
  ];
}

function fileDrift(
  path: string,
  found: FileState | undefined,
  sha: string,
  stat: string,
): string[] {
  if (found === undefined) return [`${path}: expected the file, found none`];
  return [
    ...(found.sha256 === sha ? [] : [`${path}: expected our content, found another`]),
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
 * A dockerd that somebody restarted since the last converge, and whose file was touched again afterwards, as
 * when an edit is reverted after a restart: the file is right, but nobody knows what is in effect.
 */
export function startDrift({ daemonJson, dockerdStart, recordTime }: MachineFacts): string[] {
  const times = [recordTime, dockerdStart, daemonJson.time];
  if (times.some((time) => time === undefined)) return [];
  const [recorded = 0, started = 0, touched = 0] = times;
  return recorded < started && started < touched
    ? ["daemon.json: expected what dockerd started on, found it changed since that start"]
    : [];
}
