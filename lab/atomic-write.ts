// Files that another run may read, or the next one after a kill: complete, or not there at all.
import { renameSync, writeFileSync } from "node:fs";

/** Written under a name of this process's own first: two runs may write the same file at once. */
export function writeAtomically(path: string, content: string, mode = 0o644): void {
  const own = `${path}.new-${String(process.pid)}`;
  writeFileSync(own, content, { mode });
  renameSync(own, path);
}
