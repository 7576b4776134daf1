// Room for many machines at once: each takes seven of the inotify instances that one user may have, of which
// there are 128 by default, and the eighteenth would not boot.
import { readFileSync } from "node:fs";
import { asRoot } from "../../lab/machines/root.ts";
import type { Report } from "../../lab/engine/report.ts";

const setting = "fs.inotify.max_user_instances";
const file = "/proc/sys/fs/inotify/max_user_instances";

/** Whatever else runs here has some as well. */
const others = 256;

/** Raises the limit as far as so many machines need it, while `work` goes on. */
export async function withRoomFor<T>(
  machines: number,
  say: Report,
  work: () => Promise<T>,
): Promise<T> {
  const found = Number(readFileSync(file, "utf8"));
  const needed = others + 8 * machines;
  if (found >= needed) return work();
  say(`${setting}: ${found} is too low for ${machines} machines; it is ${needed} during this run`);
  await setTo(needed);
  try {
    return await work();
  } finally {
    await setTo(found);
  }
}

const setTo = (value: number) => asRoot(["sysctl", "-q", "-w", `${setting}=${value}`]);
