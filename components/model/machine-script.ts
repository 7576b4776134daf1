// The script that changes a machine lies there as a file, named by its digest. A command that runs it is short,
// and the state of a stack holds none of its text.

const folder = "/var/lib/dockertls";

/** Where it lies; only root can read or change it. */
export const scriptPath = (digest: string): string => `${folder}/script-${digest}`;

/**
 * The line that converges a machine by the script of this digest, with an envelope on standard input. A file
 * that is missing or was changed does nothing, and sha256sum says so. An error of `remote.Command` prints the
 * line, and every user of the machine can read it.
 */
export function applyLine(digest: string, sudo: boolean): string {
  const text = 'echo "${0##*-}  $0" | sha256sum -c --quiet && exec sh "$0" apply';
  return `exec ${asRoot(sudo)}sh -c '${text}' ${scriptPath(digest)}`;
}

/**
 * The line that gives a machine back. It names no digest: whatever version has brought its script last, that one
 * does it, and looks first whether it is whole. A machine without a folder of ours was never touched.
 */
export function removeLine(sudo: boolean): string {
  return `[ ! -e ${folder} ] || exec ${asRoot(sudo)}sh ${folder}/dockertls.sh remove`;
}

const asRoot = (sudo: boolean): string => (sudo ? "sudo -n -- " : "");
