import { withoutManaged } from "../daemon-json/merge.ts";
import { sha256 } from "../digest.ts";
import { systemdSocketOf } from "../observed/docker-socket.ts";
import type { MachineFacts } from "../observed/facts.ts";
import { takenPaths, type DesiredHost } from "./desired-host.ts";

/**
 * What the machine brings along: only what a converge does not change, so that the run after it has nothing
 * to do.
 */
export interface Baseline {
  /** daemon.json as it would be without this program; "" when there is none. */
  readonly base: string;
  /** SHA-256 of the daemon.json that `base` was read from, or `absent`. */
  readonly baseSha: string;
  /** That daemon.json, whole: a rollback may have to start dockerd on it. */
  readonly current: string;
  /**
   * Whether others have changed daemon.json since this program first touched the machine. Then undo restores
   * `base`, not the first original.
   */
  readonly edited: boolean;
  /** Command line of dockerd by the vendor's unit and foreign drop-ins. */
  readonly execStart: string;
  /** Path on which systemd listens for dockerd by the machine's own files; "" where it does not. */
  readonly systemdSocket: string;
}

/**
 * Computes the baseline from a look. `execStart` is the foreign command line, `desired` what an interrupted converge
 * may have written.
 */
export function baselineOf(
  facts: MachineFacts,
  desired: DesiredHost | undefined,
  execStart: string,
): Baseline {
  const { kind, text } = facts.settledDaemonJson;
  const { record, originalDaemonJson } = facts;
  const touched = record !== undefined || facts.interrupted;
  const knownBase = baseOf(facts);
  const here = { execStart, systemdSocket: systemdSocketOf(facts) };
  // A file that somebody removed says nothing about what others had set in it.
  if (
    record !== undefined &&
    knownBase !== undefined &&
    (kind === "absent" || record.daemonJsonSha === sha256(text))
  ) {
    return {
      base: knownBase,
      baseSha: record.baseSha,
      current: facts.current,
      edited: knownBase !== originalDaemonJson,
      ...here,
    };
  }
  // Keys that were ours when the file was written, whether we still want them or not. Keys that we want from
  // now on are somebody else's in this file, unless a killed run has written them.
  const before = knownBase ?? originalDaemonJson;
  const managed = [
    ...(record?.managed ?? []),
    ...(desired !== undefined && (record === undefined || facts.interrupted)
      ? takenPaths(desired, before)
      : []),
  ];
  const rest = touched ? withoutManaged(text, before, managed) : text;
  // What others changed and took back is as it was, to the byte, or no file again.
  const isAsBefore = touched && withoutManaged(rest, originalDaemonJson, []) === originalDaemonJson;
  const base = isAsBefore ? originalDaemonJson : rest;
  return {
    base,
    baseSha: kind === "absent" ? "absent" : sha256(text),
    current: text,
    edited: touched && base !== originalDaemonJson,
    ...here,
  };
}

/**
 * What the last merge started from, which includes others' changes since the first touch; undefined where it is
 * not known, or was damaged on the machine's disk.
 */
function baseOf({ record, base, current }: MachineFacts): string | undefined {
  if (record === undefined) return undefined;
  if (record.baseSha === "absent") return current === "" ? base : undefined;
  return sha256(current) === record.baseSha ? base : undefined;
}
