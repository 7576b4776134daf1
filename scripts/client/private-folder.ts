// Folders with private keys: nobody but their owner can read them, and nobody else can put another file, folder
// or link in the place of anything on the way to them.
import {
  closeSync,
  constants,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
  type Stats,
} from "node:fs";
import { dirname, join } from "node:path";
import { formatProblem } from "../../components/model/problem.ts";

const me = process.getuid?.();

export const statOf = (path: string): Stats | undefined =>
  lstatSync(path, { throwIfNoEntry: false });

/** Every folder above a path, from the root on. */
function above(path: string): string[] {
  const parent = dirname(path);
  return parent === path ? [] : [...above(parent), parent];
}

/**
 * Makes a folder, and those above it that are missing, for this user alone; one that is there stays as it is.
 * @param path absolute.
 * @throws Error where somebody else could reach into it, or is led elsewhere by a link.
 */
export function ensureFolder(path: string): void {
  refuseOpenWay(path);
  for (const folder of [...above(path), path]) {
    if (statOf(folder) === undefined) mkdirSync(folder, { mode: 0o700 });
  }
  const found = lstatSync(path);
  if (found.isSymbolicLink()) throw refusal(path, "is a symbolic link", "name the folder itself");
  if (!found.isDirectory()) throw refusal(path, "is not a folder", "name another place");
  if (isSomebodyElses(found)) throw refusal(path, "belongs to another user", "name another place");
  if ((found.mode & 0o022) !== 0) {
    throw refusal(path, "other users may write to it", `chmod 700 ${path}`);
  }
}

/** @throws Error where another user may take away or replace something on the way to a path. */
function refuseOpenWay(path: string): void {
  const there = above(path).filter((folder) => statOf(folder) !== undefined);
  const real = realpathSync(there.at(-1) ?? "/");
  // Links first: whoever owns one decides where it leads.
  for (const folder of [...there, ...above(real), real]) {
    const found = lstatSync(folder);
    if (isSomebodyElses(found) && found.uid !== 0) {
      throw refusal(folder, "belongs to another user", "name a place of your own");
    }
    if (!found.isSymbolicLink() && isOpen(found)) {
      throw refusal(folder, "other users may replace what is in it", "name another place");
    }
  }
}

const isSomebodyElses = ({ uid }: Stats): boolean => me !== undefined && uid !== me;

/** In a folder with the sticky bit nobody takes away what is another's. A group of one's own is no other user. */
function isOpen({ mode, uid, gid }: Stats): boolean {
  if (me === undefined || (mode & 0o1000) !== 0) return false;
  return (mode & 0o002) !== 0 || ((mode & 0o020) !== 0 && gid !== uid);
}

const refusal = (path: string, what: string, fix: string): Error =>
  new Error(
    formatProblem({ where: path, what, why: "a private key would not be safe there", fix }),
  );

/** @throws Error where what has that name is no file: nothing is read or written through a link. */
export function refuseLink(folder: string, name: string): void {
  const path = join(folder, name);
  const found = statOf(path);
  if (found === undefined || found.isFile()) return;
  throw refusal(path, found.isSymbolicLink() ? "is a symbolic link" : "is no file", "remove it");
}

/** The text of a file of that folder; undefined where there is none. */
export function readIn(folder: string, name: string): string | undefined {
  refuseLink(folder, name);
  const path = join(folder, name);
  if (statOf(path) === undefined) return undefined;
  const file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    return readFileSync(file, "utf8");
  } finally {
    closeSync(file);
  }
}

/** Writes a file of that folder, for this user alone: it is there whole, or as it was. */
export function writeIn(folder: string, name: string, content: string | Buffer): void {
  const temporary = join(folder, `.${name}.new`);
  // Of a run that was killed.
  rmSync(temporary, { force: true });
  const { O_CREAT, O_EXCL, O_NOFOLLOW, O_WRONLY } = constants;
  const file = openSync(temporary, O_CREAT | O_EXCL | O_NOFOLLOW | O_WRONLY, 0o600);
  try {
    writeFileSync(file, content);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(temporary, join(folder, name));
}
