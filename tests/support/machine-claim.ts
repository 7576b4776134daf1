// Two runs of these tests on one lab would restore each other's machines in the middle of a test, and
// both would fail for reasons that nobody understands. The second one says so instead.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { accessPaths } from "../../lab/machines/paths.ts";
import { isAlive, parseIdentity, startTimeIn } from "../../lab/machines/process.ts";

/** Claims a lab's machines for this process, until it ends. */
export function claimMachines(lab: string): void {
  const { directory } = accessPaths(lab);
  const file = join(directory, "in-use-by");
  const holder = parseIdentity(contentOf(file));
  if (holder !== undefined && holder.pid !== process.pid && isAlive(holder)) {
    throw new Error(
      `lab ${lab}: process ${holder.pid} is testing on its machines; two runs would disturb each other; wait for it`,
    );
  }
  const startTime = startTimeIn(contentOf(`/proc/${process.pid}/stat`)) ?? "";
  const boot = contentOf("/proc/sys/kernel/random/boot_id").trim();
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  writeFileSync(file, `${process.pid} ${startTime} ${boot}\n`);
}

function contentOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
