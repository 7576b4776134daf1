import type { DaemonSettings } from "./daemon-keys.ts";
import {
  jsonProblem,
  daemonJsonPath,
  liveRestoreDetour,
  managedSettings,
  mergeSettings,
  readSettings,
  withoutManaged,
  type TlsListener,
} from "./daemon-json.ts";
import { digestOf, sha256 } from "./digest.ts";
import type { Envelope, EnvelopeFile } from "./envelope.ts";
import type { MachineFacts, TlsFileName } from "./machine.ts";
import type { Problem } from "./problem.ts";
import { dropIn, foreignExecStart } from "./unit.ts";

/** What one machine shall be, as far as the machine itself has no say in it. */
export interface DesiredHost {
  /** `project/stack/host`: the marker that a converged machine carries. */
  readonly owner: string;
  readonly tls: TlsListener;
  /** Keys of daemon.json that the configuration names. */
  readonly daemon: DaemonSettings;
  /** Whether `daemon` came from the configuration as a secret: then no value of it is ever shown. */
  readonly daemonIsSecret: boolean;
  /** SHA-256 of the files in the TLS directory. */
  readonly tlsFiles: Readonly<Record<TlsFileName, string>>;
}

/**
 * What a converge takes from the machine: only what a converge does not change, so that the run
 * after it has nothing to do.
 */
export interface Groundwork {
  /** daemon.json as it would be without this program; "" when there is none. */
  readonly base: string;
  /** SHA-256 of the daemon.json that `base` was read from, or `absent`. */
  readonly baseSha: string;
  /** That daemon.json, whole: a rollback may have to start dockerd on it. */
  readonly current: string;
  /**
   * Whether others have changed daemon.json since this program first touched the machine. Then
   * `base`, not the first original, is what the machine goes back to.
   */
  readonly edited: boolean;
  /** Command line of dockerd by the vendor's unit and foreign drop-ins. */
  readonly execStart: string;
}

/** Modes and owners of what a converge writes, as `stat -c '%a %u %g'` prints them. */
export const writtenStat: Readonly<Record<TlsFileName | "daemon.json" | "drop-in", string>> = {
  "ca.pem": "444 0 0",
  "cert.pem": "444 0 0",
  "key.pem": "400 0 0",
  "daemon.json": "644 0 0",
  "drop-in": "644 0 0",
};

/** What the machine brings into its own desired state, or why it can't be converged. */
export function groundwork(facts: MachineFacts, desired: DesiredHost): Groundwork | Problem {
  const execStart = foreignExecStart(facts.unitText);
  if (!facts.root) {
    return {
      where: "login",
      what: "is not root's",
      why: "dockerd and its files are",
      fix: "set ssh.user to root, or to a user with passwordless sudo and `sudo: true`",
    };
  }
  if (!facts.systemd) {
    return {
      where: "init",
      what: "systemd does not run this machine",
      why: "dockerd is started, stopped and watched through it",
      fix: "use a machine booted by systemd",
    };
  }
  if (facts.unit.get("LoadState") === "masked") {
    return {
      where: "docker.service",
      what: "is masked",
      why: "systemd refuses to start it",
      fix: "run `systemctl unmask docker.service` on the machine if that is meant to end",
    };
  }
  if (facts.unit.size === 0) {
    return {
      where: "docker.service",
      what: "systemd did not say in time how it is",
      why: "nothing can be decided without it",
      fix: "run it again; if that stays, see what keeps the machine busy",
    };
  }
  if (execStart === undefined || facts.dockerdVersion === "") {
    return {
      where: "docker",
      what: "is not installed",
      why: "there is no dockerd with a docker.service to put behind TLS",
      fix: "install your distribution's docker.io or Docker's docker-ce on the machine",
    };
  }
  if (facts.daemonJson.kind !== "absent" && facts.daemonJson.kind !== "file") {
    return {
      where: daemonJsonPath,
      what: `is a ${facts.daemonJson.kind === "symlink" ? "symbolic link" : "special file"}`,
      why: "it can't be swapped in one step without breaking what it points at",
      fix: "put the file itself in its place",
    };
  }
  const { kind, text } = facts.settledDaemonJson;
  // What is not UTF-8 arrives as this character, and could not be written back as it was.
  const broken = text.includes("\ufffd") ? "it is not UTF-8" : jsonProblem(text);
  if (broken !== undefined) {
    return {
      where: daemonJsonPath,
      what: `is not JSON (${broken})`,
      why: "what others have set in it would be lost",
      fix: "correct the file on the machine",
    };
  }
  const { record, originalDaemonJson } = facts;
  const touched = record !== undefined || facts.interrupted;
  // A file that somebody removed says nothing about what others had set in it.
  if (record !== undefined && (kind === "absent" || record.daemonJsonSha === sha256(text))) {
    const { base, current } = facts;
    return {
      base,
      baseSha: record.baseSha,
      current,
      edited: base !== originalDaemonJson,
      execStart,
    };
  }
  // A key that was ours and is wanted no more goes back as well.
  const managed = [
    ...new Set([
      ...(record?.managed ?? []),
      ...Object.keys(managedSettings(desired.tls, desired.daemon)),
    ]),
  ];
  const base = touched ? withoutManaged(text, originalDaemonJson, managed) : text;
  return {
    base,
    baseSha: kind === "absent" ? "absent" : sha256(text),
    current: text,
    edited: touched && base !== originalDaemonJson,
    execStart,
  };
}

/** Content of the files that depend on the machine as well as on the configuration. */
export interface DesiredFiles {
  readonly daemonJson: string;
  readonly dropIn: string;
}

export function desiredFiles(desired: DesiredHost, ground: Groundwork): DesiredFiles {
  return {
    daemonJson: mergeSettings(ground.base, managedSettings(desired.tls, desired.daemon)),
    dropIn: dropIn(ground.execStart),
  };
}

/** Everything that remote/apply.sh works on. `tlsFiles` are the files' contents, the key among them. */
export function convergeEnvelope(
  desired: DesiredHost,
  ground: Groundwork,
  tlsFiles: Readonly<Record<TlsFileName, string>>,
  repair: string,
): Envelope {
  const files = desiredFiles(desired, ground);
  const settings = readSettings(files.daemonJson);
  const liveRestore = settings["live-restore"] === true;
  const currentLiveRestore = readSettings(ground.current)["live-restore"] === true;
  const undoLiveRestore = readSettings(ground.base)["live-restore"] === true;
  return {
    settings: {
      owner: desired.owner,
      take_over: "false",
      directory: desired.tls.directory,
      port: String(desired.tls.port),
      base_sha: ground.baseSha,
      config: digestOf([files, desired.tlsFiles, desired.tls]),
      restart: digestOf([files.dropIn, desired.tlsFiles, desired.tls]),
      live_restore: String(liveRestore),
      current_live_restore: String(currentLiveRestore),
      undo_live_restore: String(undoLiveRestore),
      managed: Object.keys(managedSettings(desired.tls, desired.daemon)).sort().join(" "),
      repair,
      hidden: String(desired.daemonIsSecret),
    },
    files: [
      { name: "ca.pem", mode: "0444", content: tlsFiles["ca.pem"] },
      { name: "cert.pem", mode: "0444", content: tlsFiles["cert.pem"] },
      { name: "key.pem", mode: "0400", content: tlsFiles["key.pem"] },
      { name: "daemon.json", mode: "0644", content: files.daemonJson },
      { name: "dropin.conf", mode: "0644", content: files.dropIn },
      { name: "base.json", mode: "0600", content: ground.base },
      { name: "current.json", mode: "0600", content: ground.current },
      ...(liveRestore ? [] : detour("daemon", files.daemonJson)),
      ...(currentLiveRestore ? [] : detour("current", ground.current)),
      ...(ground.edited ? undo(ground.base, undoLiveRestore) : []),
    ],
  };
}

/** A file that says no `live-restore: true`, on its way in and out; see LiveRestoreDetour. */
function detour(name: string, text: string): EnvelopeFile[] {
  const { keep, release } = liveRestoreDetour(text);
  return [
    { name: `${name}.keep.json`, mode: "0600", content: keep },
    { name: `${name}.release.json`, mode: "0600", content: release },
  ];
}

/** What daemon.json becomes when the machine is given back, where that is not the first original. */
function undo(base: string, liveRestore: boolean): EnvelopeFile[] {
  return [
    { name: "undo.json", mode: "0600", content: base },
    ...(liveRestore ? [] : detour("undo", base)),
  ];
}
