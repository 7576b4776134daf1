import { daemonJsonPath, jsonProblem, managedKeys, withoutManaged } from "./daemon-json.ts";
import { removedKeys, type DesiredHost } from "./desired.ts";
import { sha256 } from "./digest.ts";
import type { MachineFacts, OpenDirectory } from "./machine.ts";
import type { Problem } from "./problem.ts";
import { hidingProblem, swarmProblem } from "./containers.ts";
import { unitConflict } from "./unit-conflicts.ts";
import { executableOf, foreignExecStart } from "./unit.ts";

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

const notInstalled: Problem = {
  where: "docker",
  what: "is not installed",
  why: "there is no dockerd with a docker.service to put behind TLS",
  fix: "install your distribution's docker.io or Docker's docker-ce on the machine",
};

/** Dockers that no file of ours would reach. */
const otherDockers: Readonly<Record<string, Problem>> = {
  snap: {
    where: "docker",
    what: "is installed as a snap",
    why: "its unit and its daemon.json are the snap's own, and it can't read files outside of it",
    fix: "remove the snap and install your distribution's docker.io or Docker's docker-ce",
  },
  rootless: {
    where: "docker",
    what: "runs rootless, in a user's own session",
    why: "there is no docker.service of the system to put behind TLS",
    fix: "install your distribution's docker.io or Docker's docker-ce beside it; the rootless one may stay",
  },
};

/** Characters that no honest daemon.json comes near; probe.sh brings no longer one. */
const daemonJsonLimit = 1024 * 1024;

const tooLong: Problem = {
  where: daemonJsonPath,
  what: "is longer than 1 MB",
  why: "no dockerd needs that much, and it would be in every state of the stack",
  fix: "see what wrote it, and correct the file on the machine",
};

/** Why a daemon.json can't be edited without losing something; undefined when it can. */
function unreadableText(text: string): Problem | undefined {
  const where = daemonJsonPath;
  if (text.startsWith("\ufeff")) {
    return {
      where,
      what: "begins with a byte-order mark",
      why: "JSON allows none, and only some versions of dockerd start over it",
      fix: `take it out: \`sed -i '1s/^\\xEF\\xBB\\xBF//' ${where}\` on the machine`,
    };
  }
  if (text.length > daemonJsonLimit) return tooLong;
  // What is not UTF-8 arrives as this character, and could not be written back as it was.
  const broken = text.includes("\ufffd") ? "it is not UTF-8" : jsonProblem(text);
  if (broken === undefined) return undefined;
  return {
    where,
    what: `is not JSON (${broken})`,
    why: "what others have set in it would be lost",
    fix: "correct the file on the machine",
  };
}

function openDirectoryProblem({ directory, stat, leadsTo }: OpenDirectory): Problem {
  return {
    where: directory,
    what: `somebody besides root can write in it (mode, user, group ${stat}), and it leads to ${leadsTo}`,
    why: "they could put a file of their own in its place, and be root by the API",
    fix: "chown it to root and chmod go-w it on the machine, or choose another tls.directory or socket",
  };
}

function isRequired(unit: string, facts: MachineFacts): boolean {
  return (facts.unit.get("Requires") ?? "").split(" ").includes(unit);
}

/** What the machine brings into its own desired state, or why it can't be converged. */
export function groundwork(facts: MachineFacts, desired: DesiredHost): Groundwork | Problem {
  const ground = groundOf(facts, desired);
  if ("where" in ground) return ground;
  return unitConflict(facts, desired, ground) ?? hidingProblem(facts, desired, ground) ?? ground;
}

/** Why a look has not shown how the machine is, though it was let in. */
export function lookProblem(facts: MachineFacts): Problem | undefined {
  if (!facts.root) {
    return {
      where: "login",
      what: "is not root's",
      why: "dockerd and its files are",
      fix: "set ssh.user to root, or to a user with passwordless sudo and `sudo: true`",
    };
  }
  // Each is asked for a few seconds only.
  const isSilent =
    facts.unit.size === 0 ||
    (facts.unit.get("LoadState") === "loaded" && facts.unitText === "") ||
    facts.dockerdIsSilent;
  if (!facts.systemd || !isSilent) return undefined;
  return {
    where: "docker.service",
    what: "systemd or dockerd did not say in time how it is",
    why: "nothing can be decided without it",
    fix: "run it again; if that stays, see what keeps the machine busy",
  };
}

function groundOf(facts: MachineFacts, desired: DesiredHost): Groundwork | Problem {
  const execStart = foreignExecStart(facts.unitText);
  const unseen = lookProblem(facts);
  if (unseen !== undefined) return unseen;
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
      what: "expected it unmasked, found it masked",
      why: "systemd refuses to start it",
      fix: "run `systemctl unmask docker.service` on the machine if that is meant to end",
    };
  }
  if (facts.socketLoadState === "masked" && isRequired("docker.socket", facts)) {
    return {
      where: "docker.socket",
      what: "is masked",
      why: "docker.service requires it, so dockerd could not be started again",
      fix: "run `systemctl unmask docker.socket` on the machine; a disabled one is no obstacle",
    };
  }
  if (execStart === undefined) return otherDockers[facts.otherDocker] ?? notInstalled;
  const executable = executableOf(execStart);
  // A package that is gone leaves its init script, of which systemd makes a unit.
  if (!/(^|\/)dockerd[^/]*$|^\/etc\/init\.d\//.test(executable)) {
    return {
      where: "docker.service",
      what: `starts ${executable}, and not dockerd itself`,
      why: "the flags that it gives to dockerd can't be seen or changed",
      fix: "have ExecStart name dockerd with its flags",
    };
  }
  if (facts.dockerdVersion === "") return otherDockers[facts.otherDocker] ?? notInstalled;
  const open = facts.openDirectory;
  if (open !== undefined) return openDirectoryProblem(open);
  if (facts.socketIsTaken) {
    return {
      where: desired.listener.socket,
      what: "is there, and no socket",
      why: "dockerd would take it away",
      fix: "choose another path in socket",
    };
  }
  if (facts.tlsOfOthers !== "") {
    return {
      where: facts.tlsOfOthers,
      what: "is there, and is no certificate or key",
      why: "somebody else needs it",
      fix: "choose other tls.files or another tls.directory",
    };
  }
  const inSwarm = swarmProblem(facts, desired);
  if (inSwarm !== undefined) return inSwarm;
  if (facts.daemonJson.kind === "long") return tooLong;
  if (facts.daemonJson.kind !== "absent" && facts.daemonJson.kind !== "file") {
    return {
      where: daemonJsonPath,
      what: `is a ${facts.daemonJson.kind === "symlink" ? "symbolic link" : "special file"}`,
      why: "it can't be swapped in one step without breaking what it points at",
      fix: "put the file itself in its place",
    };
  }
  const { kind, text } = facts.settledDaemonJson;
  const unreadable = unreadableText(text);
  if (unreadable !== undefined) return unreadable;
  const { record, originalDaemonJson } = facts;
  const touched = record !== undefined || facts.interrupted;
  const knownBase = baseOf(facts);
  // A file that somebody removed says nothing about what others had set in it.
  if (
    record !== undefined &&
    knownBase !== undefined &&
    (kind === "absent" || record.daemonJsonSha === sha256(text))
  ) {
    const { current } = facts;
    const base = knownBase;
    return {
      base,
      baseSha: record.baseSha,
      current,
      edited: base !== originalDaemonJson,
      execStart,
    };
  }
  // What was ours when the file was written, whether it is wanted still or not. What is wanted from
  // now on is still somebody else's there, unless a killed run has written it.
  const before = knownBase ?? originalDaemonJson;
  const managed = [
    ...(record?.managed ?? []),
    ...(record === undefined || facts.interrupted
      ? [...managedKeys(desired.listener, desired.daemon), ...removedKeys(desired, before)]
      : []),
  ];
  const base = touched ? withoutManaged(text, before, [...new Set(managed)]) : text;
  return {
    base,
    baseSha: kind === "absent" ? "absent" : sha256(text),
    current: text,
    edited: touched && base !== originalDaemonJson,
    execStart,
  };
}

/**
 * What the last merge started from, others' changes since the first touch in it; undefined where it is
 * not known, or was torn on the machine's disk.
 */
function baseOf({ record, base, current }: MachineFacts): string | undefined {
  if (record === undefined) return undefined;
  if (record.baseSha === "absent") return current === "" ? base : undefined;
  return sha256(current) === record.baseSha ? base : undefined;
}
