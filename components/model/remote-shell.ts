import { machineFolder, scriptPath } from "./machine-paths.ts";

// The command lines that run on a machine. An error of `remote.Command` prints its line, and every user of the
// machine can read it: so each is fixed and short, and what it works on comes on standard input.

/** Takes all of standard input before any of it runs; no input at all is an error. */
export const shellText = 'p=$(cat); eval "${p:?no program came}"';

/** How programs become root's: not at all, since the login is root's; by sudo that asks for nothing; or by a password. */
export type Sudo = "none" | "passwordless" | "password";

/** How they do where `sudo` is set, for a target with or without a password of sudo's. */
export function sudoOf(sudo: boolean, { sudoPassword }: { readonly sudoPassword?: unknown }): Sudo {
  if (!sudo) return "none";
  return sudoPassword === undefined ? "passwordless" : "password";
}

/** What comes on standard input: the password in front, if there is one. */
export function withPassword(input: string, sudoPassword: string | undefined): string {
  return sudoPassword === undefined ? input : `${sudoPassword}\n${input}`;
}

/** Runs the program that comes on standard input. */
export function remoteShell(sudo: Sudo): string {
  return `exec ${asRoot(sudo)}sh -c '${shellText}'`;
}

/**
 * Converges the machine by the script of this digest that lies there, with an envelope on standard input. A
 * script that is missing or was edited does not run, and sha256sum says so.
 */
export function applyLine(digest: string, sudo: Sudo): string {
  const text = 'echo "${0##*-}  $0" | sha256sum -c --quiet && exec sh "$0" apply';
  return `exec ${asRoot(sudo)}sh -c '${text}' ${scriptPath(digest)}`;
}

/**
 * Restores the machine. It names no digest: the script that was brought last runs, whichever version of this
 * program brought it, and checks itself first. A machine without our folder was never touched.
 */
export function removeLine(sudo: Sudo): string {
  return `[ ! -e ${machineFolder} ] || exec ${asRoot(sudo)}sh ${machineFolder}/dockertls.sh remove`;
}

/** Tells the machine what a removal is to restore, by the script that was just brought. */
export function reviseLine(sudo: Sudo): string {
  return `exec ${asRoot(sudo)}sh ${machineFolder}/dockertls.sh revise`;
}

function asRoot(sudo: Sudo): string {
  if (sudo === "none") return "";
  return sudo === "passwordless" ? "sudo -n -- " : `sh -c '${byPassword}' - `;
}

/** Stands between the password and what the program is to read. */
const mark = "dockertls-program";

/**
 * Runs its arguments as root, by the password in the first line of standard input. sudo reads that line only where it
 * asks, and after a wrong password it would take the next two lines for others: so it is tried by itself first, once,
 * and in front of the program whatever comes before the mark is passed over. -k: a ticket of an earlier login counts for
 * nothing, and none is left. The words of both shells are quoted for a third one, whichever the user logs in with.
 */
const byPassword = [
  // One that is no part of the shell would have the password among its arguments.
  String.raw`case $(command -v printf) in printf) ;; *) echo "sudo: sh has no printf of its own" >&2; exit 1 ;; esac;`,
  String.raw`IFS= read -r p || exit 1; export LC_ALL=C;`,
  String.raw`printf "%s\n" "$p" | sudo -S -k -p "" -- true || exit 1;`,
  String.raw`{ printf "%s\n" "$p" ${mark}; cat; } | sudo -S -k -p "" -- sh -c`,
  String.raw`"while IFS= read -r l; do [ \"\$l\" != ${mark} ] || exec \"\$@\"; done; exit 1" - "$@"`,
].join(" ");
