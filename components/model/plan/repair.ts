import { daemonChange } from "../daemon-json/change.ts";
import { readSettings } from "../daemon-json/merge.ts";
import { isMap } from "../json-value.ts";
import { type DesiredHost } from "../desired/desired-host.ts";
import { desiredFiles, isApiSocketRight, isSocketDropInRight } from "../desired/desired-files.ts";
import { sha256 } from "../digest.ts";
import { startDrift } from "../drift/drift.ts";
import { notInEffect } from "../drift/in-effect.ts";
import { combined, notConverged, restart, restartIf, type Impact } from "./impact.ts";
import { listenerDrift } from "../drift/listener.ts";
import { tlsFiles } from "../daemon-json/listener.ts";
import { servedDrift } from "../drift/served-certificate.ts";
import type { Observation } from "../drift/observation.ts";

/** What a converge needs to know of drift that was found: see remote/effect.sh. */
export interface Repair {
  /** Another for every look that found drift, so that the converge runs again; "" before any. */
  readonly id: string;
  /** The least that repairs it. */
  readonly effect: Impact["effect"];
  /** SHA-256 of the daemon.json that it was found in; a converge that finds another restarts. */
  readonly from: string;
}

export const noRepair: Repair = { id: "", effect: "nothing", from: "" };

/** The last repair that was recorded; states before version 3 hold only its id. */
export function readRepair(recorded: unknown): Repair {
  if (typeof recorded === "string") return { ...noRepair, id: recorded };
  return isMap(recorded) ? { ...noRepair, ...recorded } : noRepair;
}

/**
 * The least that repairs what a look found. `written` is the daemon.json that this program wrote last, where that
 * is known: whoever edited the file may not have reloaded dockerd, so every difference between that one, the
 * file on the disk and the desired one has to be put in effect.
 */
export function repairImpact(
  { facts, endpointProbe, baseline }: Observation,
  desired: DesiredHost,
  written: string | undefined,
): Impact {
  const wanted = desiredFiles(desired, baseline);
  const settings = readSettings(wanted.daemonJson);
  const { record, unit } = facts;
  if (record === undefined) return notConverged;
  if (facts.interrupted) return restart("a run was interrupted before it ended");
  const onDisk = facts.daemonJson.text;
  const isWritten = written !== undefined && sha256(written) === record.daemonJsonSha;
  return combined([
    restartIf(
      unit.get("ActiveState") !== "active" || facts.info === undefined,
      "dockerd does not serve",
    ),
    restartIf(unit.get("NeedDaemonReload") === "yes", "systemd has not loaded the unit's files"),
    restartIf(
      facts.dropIn?.sha256 !== sha256(wanted.dropIn) || !isSocketDropInRight(facts, wanted),
      "drop-in",
    ),
    restartIf(!isApiSocketRight(facts, wanted), "socket unit"),
    restartIf(
      tlsFiles.some((file) => facts.tls[file]?.sha256 !== desired.tlsFiles?.[file]),
      "TLS files",
    ),
    sha256(onDisk) !== record.daemonJsonSha && isWritten
      ? daemonChange(readSettings(written), readSettings(onDisk))
      : restartIf(
          sha256(onDisk) !== record.daemonJsonSha,
          "daemon.json was changed by someone else",
        ),
    daemonChange(readSettings(onDisk), settings),
    restartIf(listenerDrift(facts, desired.listener).length > 0, "where dockerd listens"),
    restartIf(startDrift(facts).length > 0, "daemon.json was not in effect"),
    restartIf(
      servedDrift(facts, desired, endpointProbe).length > 0,
      "the certificate was not in effect",
    ),
    // What is in the file is put in effect as if it were new there.
    ...notInEffect(facts, desired).map(({ key }) =>
      daemonChange({}, { [key]: settings[key] ?? null }),
    ),
  ]);
}
