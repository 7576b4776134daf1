// A tree of files with all that a remote script can see of them: read, and copied. In this process, since a
// test copies some hundred machines.
import {
  chmodSync,
  copyFileSync,
  lchownSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  symlinkSync,
  utimesSync,
} from "node:fs";
import { join } from "node:path";

/** Mode, owner and content of everything below these folders of the root, by path. */
export function treeOf(root: string, folders: readonly string[]): Record<string, string> {
  const found: Record<string, string> = {};
  const visit = (path: string): void => {
    const file = join(root, path);
    const stat = lstatSync(file);
    const meta = `${(stat.mode & 0o7777).toString(8)} ${stat.uid}:${stat.gid}`;
    if (stat.isSymbolicLink()) found[path] = `link ${readlinkSync(file)}`;
    else if (stat.isDirectory()) {
      found[path] = `directory ${meta}`;
      for (const name of readdirSync(file)) visit(`${path}/${name}`);
    } else found[path] = `${meta} ${readFileSync(file, "utf8")}`;
  };
  for (const folder of folders) visit(folder);
  return found;
}

/** As `cp -a` does. */
export function copyTree(from: string, to: string): void {
  const stat = lstatSync(from);
  if (stat.isSymbolicLink()) symlinkSync(readlinkSync(from), to);
  else if (stat.isDirectory()) {
    mkdirSync(to);
    for (const name of readdirSync(from)) copyTree(join(from, name), join(to, name));
  } else copyFileSync(from, to);
  if (stat.uid !== process.getuid?.() || stat.gid !== process.getgid?.()) {
    lchownSync(to, stat.uid, stat.gid);
  }
  if (stat.isSymbolicLink()) return;
  chmodSync(to, stat.mode & 0o7777);
  utimesSync(to, stat.atime, stat.mtime);
}
