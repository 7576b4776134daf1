import { machineFolder, scriptPath } from "./machine-paths.ts";

// The command lines that run on a machine. An error of `remote.Command` prints its line, and every user of the
// machine can read it: so each is fixed and short, and what it works on comes on standard input.

/** Takes all of standard input before any of it runs; no input at all is an error. */
export const shellText = 'p=$(cat); eval "${p:?no program came}"';

/** Runs the program that comes on standard input. */
export function remoteShell(sudo: boolean): string {
  return `exec ${asRoot(sudo)}sh -c '${shellText}'`;
}

/**
 * Converges the machine by the script of this digest that lies there, with an envelope on standard input. A
 * script that is missing or was edited does not run, and sha256sum says so.
 */
export function applyLine(digest: string, sudo: boolean): string {
  const text = 'echo "${0##*-}  $0" | sha256sum -c --quiet && exec sh "$0" apply';
  return `exec ${asRoot(sudo)}sh -c '${text}' ${scriptPath(digest)}`;
}

/**
 * Restores the machine. It names no digest: the script that was brought last runs, whichever version of this
 * program brought it, and checks itself first. A machine without our folder was never touched.
 */
export function removeLine(sudo: boolean): string {
  return `[ ! -e ${machineFolder} ] || exec ${asRoot(sudo)}sh ${machineFolder}/dockertls.sh remove`;
}

/** Tells the machine what a removal is to restore, by the script that was just brought. */
export function reviseLine(sudo: boolean): string {
  return `exec ${asRoot(sudo)}sh ${machineFolder}/dockertls.sh revise`;
}

const asRoot = (sudo: boolean): string => (sudo ? "sudo -n -- " : "");
