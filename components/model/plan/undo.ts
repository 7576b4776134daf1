// What a removal restores as daemon.json.
import { jsonProblem, liveRestoreBridge, readSettings } from "../daemon-json/merge.ts";
import { baselineOf } from "../desired/baseline.ts";
import { sha256 } from "../digest.ts";
import type { Envelope, EnvelopeFile } from "../envelope.ts";
import type { MachineFacts } from "../observed/facts.ts";
import { keepsContainers } from "../systemd/dockerd-flags.ts";
import { foreignExecStart } from "../systemd/drop-ins.ts";

/** The files of it, where it is not the first original. */
export function undoFiles(base: string, liveRestore: boolean): EnvelopeFile[] {
  return [
    { name: "undo.json", mode: "0600", content: base },
    ...(liveRestore ? [] : bridge("undo", base)),
  ];
}

/** The two files of a live-restore bridge; see LiveRestoreBridge. */
export function bridge(name: string, text: string): EnvelopeFile[] {
  const { on, off } = liveRestoreBridge(text);
  return [
    { name: `${name}.keep.json`, mode: "0600", content: on },
    { name: `${name}.release.json`, mode: "0600", content: off },
  ];
}

/**
 * What remote/revise-undo.sh is told before a removal: what daemon.json would be now without this program.
 * Undefined where the machine knows it, since nobody has changed the file since the last converge, or where
 * only the machine does, after one that was interrupted.
 */
export function undoRevision(facts: MachineFacts, claim: string): Envelope | undefined {
  const { record, interrupted, daemonJson } = facts;
  if (record === undefined || interrupted || daemonJson.kind !== "file") return undefined;
  if (record.daemonJsonSha === sha256(daemonJson.text)) return undefined;
  if (jsonProblem(daemonJson.text) !== undefined) return undefined;
  const execStart = foreignExecStart(facts.unitText) ?? "";
  const { base, baseSha, edited } = baselineOf(facts, undefined, execStart);
  const liveRestore = keepsContainers(execStart, readSettings(base));
  return {
    settings: {
      owner: record.owner,
      claim,
      base_sha: baseSha,
      undo_live_restore: String(liveRestore),
    },
    files: edited ? undoFiles(base, liveRestore) : [],
  };
}
