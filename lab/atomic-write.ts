// Files that another run, or the next one after a kill, may read: they are there whole or not at all.
import { renameSync, writeFileSync } from "node:fs";

/** Written under a name of this process's own first: two runs may write the same file at once. */
export function writeAtomically(path: string, content: string, mode = 0o644): void {
  const own = `${path}.new-${String(process.pid)}`;
  writeFileSync(own, content, { mode });
  renameSync(own, path);
}
