// Only root and whoever runs the lab may look into its directory: a machine's setuid programs, below its
// disk, would otherwise run as root on this machine for any user of it.
import { lstatSync, realpathSync, type Stats } from "node:fs";
import { dirname } from "node:path";
import { formatProblem } from "../../components/model/problem.ts";
import { systemDirectory } from "./paths.ts";
import { scriptAsRoot } from "./root.ts";

const me = (): number => process.getuid?.() ?? 0;

/** Makes the lab's directory where there is none, and closes one that an earlier version left open. */
export async function secureLabDirectory(directory: string = systemDirectory): Promise<void> {
  const problem = labDirectoryProblem(directory);
  if (problem !== undefined) throw new Error(problem);
  const found = statOf(directory);
  if (found === undefined) {
    // Without -p at the end: what somebody has put there in the meantime is looked at, not used.
    const make = 'mkdir -p "$2"; mkdir -m 0700 "$1" || [ -d "$1" ]';
    await scriptAsRoot(make, [directory, dirname(directory)]);
    return secureLabDirectory(directory);
  }
  if (found.uid === me() && (found.mode & 0o7777) === 0o700) return;
  // Whoever runs the lab through sudo reads in it as themselves.
  await scriptAsRoot('chmod 0700 "$1" && chown -h "$2" "$1"', [directory, String(me())]);
}

/** Why a directory can't be the lab's, in one line. */
export function labDirectoryProblem(directory: string, user: number = me()): string | undefined {
  const problem = (what: string, fix: string): string =>
    formatProblem({
      where: `lab: ${directory}`,
      what,
      why: "its owner could become root here by way of the lab's machines",
      fix: `${fix}, or put the lab elsewhere with DOCKERTLS_LAB_DIRECTORY`,
    });
  const found = statOf(directory);
  if (found?.isSymbolicLink()) return problem("is a symbolic link", "remove it");
  if (found && !found.isDirectory()) return problem("is not a directory", "remove it");
  if (found && found.uid !== 0 && found.uid !== user) {
    return problem(
      `belongs to uid ${String(found.uid)}`,
      "`chown root` it if nothing is amiss there",
    );
  }
  const open = openAncestor(directory, user);
  return open === undefined
    ? undefined
    : problem(`${open} can be changed by other users`, "close that directory");
}

/** The directory above it in which somebody else could put another one in its place. */
function openAncestor(directory: string, user: number): string | undefined {
  const parent = dirname(directory);
  const found = statOf(parent);
  // What is made on the way to it is root's.
  if (found === undefined) return openAncestor(parent, user);
  const real = realpathSync(parent);
  const { uid, mode } = lstatSync(real);
  const isSticky = (mode & 0o1000) !== 0;
  if ((uid !== 0 && uid !== user) || ((mode & 0o022) !== 0 && !isSticky)) return real;
  return real === "/" ? undefined : openAncestor(real, user);
}

function statOf(path: string): Stats | undefined {
  return lstatSync(path, { throwIfNoEntry: false });
}
