import { jsonProblem } from "../daemon-json/merge.ts";
import { daemonJsonPath } from "../machine-paths.ts";
import type { BlockedPath, MachineFacts, OpenDirectory } from "../observed/facts.ts";
import type { Problem } from "../problem.ts";

/** Why a file of ours cannot lie where it belongs. `socket` is the configured path of dockerd's own. */
export function pathProblem(facts: MachineFacts, socket: string | undefined): Problem | undefined {
  const open = facts.openDirectory;
  if (open !== undefined) return openDirectoryProblem(open);
  if (facts.socketIsTaken && socket !== undefined) {
    return {
      where: socket,
      what: "is there, and no socket",
      why: "dockerd would take it away",
      fix: "choose another path in socket",
    };
  }
  if (facts.blockedPath !== undefined) return blockedPathProblem(facts.blockedPath);
  if (facts.tlsOfOthers !== "") {
    return {
      where: facts.tlsOfOthers,
      what: "is there, and is not a certificate or key",
      why: "somebody else needs it",
      fix: "choose other tls.files or another tls.directory",
    };
  }
  return undefined;
}

/** Why the machine's daemon.json cannot be edited without losing something. */
export function daemonJsonProblem(facts: MachineFacts): Problem | undefined {
  const { daemonJson, settledDaemonJson } = facts;
  if (daemonJson.kind === "long" || settledDaemonJson.kind === "long") return tooLong;
  if (daemonJson.kind !== "absent" && daemonJson.kind !== "file") {
    return {
      where: daemonJsonPath,
      what: `is a ${daemonJson.kind === "symlink" ? "symbolic link" : "special file"}`,
      why: "it can't be swapped in one step without breaking what it points at",
      fix: "put the file itself in its place",
    };
  }
  return unreadableText(settledDaemonJson.text);
}

const tooLong: Problem = {
  where: daemonJsonPath,
  what: "is longer than 64 KB",
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

function blockedPathProblem({ path, why }: BlockedPath): Problem {
  const where = path;
  switch (why) {
    case "directory":
      return {
        where,
        what: "is a directory",
        why: "a file of this program belongs there",
        fix: "move it away",
      };
    case "no-directory":
      return {
        where,
        what: "is not a directory",
        why: "files of this program belong below it",
        fix: "move it away or choose another tls.directory",
      };
    default:
      return {
        where,
        what: "read-only",
        why: "files of this program belong below it",
        fix: "remount it or choose another tls.directory",
      };
  }
}

function openDirectoryProblem({ directory, stat, leadsTo }: OpenDirectory): Problem {
  return {
    where: directory,
    what: `somebody besides root can write in it (mode, user, group ${stat}), and it leads to ${leadsTo}`,
    why: "they could put a file of their own in its place, and be root by the API",
    fix: "chown it to root and chmod go-w it on the machine, or choose another tls.directory or socket",
  };
}
