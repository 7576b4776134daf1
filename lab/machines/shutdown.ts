// How a machine ends: in good order, by a power cut, or swept up after systemd-nspawn itself was killed.
import { existsSync } from "node:fs";
import { labNamed } from "./labs.ts";
import { leaderOf, runningProcess, signal, waitFor } from "./process.ts";
import { scriptAsRoot } from "./root.ts";

/**
 * The name of a machine on this machine: of its container, its cgroup, its end of the bridge. The lab is
 * known by its number, since the name of a network device has 15 characters, `vb-` included.
 */
export const containerName = (labName: string, machine: string): string =>
  `dtls${labNamed(labName).network.split(".")[2] ?? ""}-${machine}`;

export interface StopOptions {
  /** As if the power went: nothing on the machine gets to clean up. */
  powerCut?: boolean;
}

export async function stopMachine(
  labName: string,
  machine: string,
  { powerCut = false }: StopOptions = {},
): Promise<void> {
  const running = runningProcess(labName, machine);
  if (running) {
    const gone = (): boolean => !runningProcess(labName, machine);
    if (!powerCut) {
      await signal(running.pid, "TERM");
      // Its systemd gives each service 90 s.
      await waitFor(`${machine}: shutdown`, 120, gone).catch(() => undefined);
    }
    const leader = leaderOf(running);
    if (leader) {
      // nspawn sees its init end, and tidies up.
      await signal(leader, "KILL");
      await waitFor(`${machine}: end`, 10, gone).catch(() => undefined);
    }
  }
  await sweep(labName, machine);
}

/** What is left when systemd-nspawn didn't come to its own end: the machine runs on without it. */
export async function sweep(labName: string, machine: string): Promise<void> {
  const name = containerName(labName, machine);
  await scriptAsRoot(
    `if [ -d /run/systemd/system ]; then systemctl --quiet stop "$1.scope" 2>/dev/null || true; fi
     for hierarchy in /sys/fs/cgroup /sys/fs/cgroup/unified; do
       [ ! -e "$hierarchy/$1/cgroup.kill" ] || echo 1 > "$hierarchy/$1/cgroup.kill"
     done`,
    [name],
  );
  // The kernel takes the network device away a little later; its name must be free for the next boot.
  await waitFor(
    `${machine}: end of its network device`,
    10,
    () => !existsSync(`/sys/class/net/vb-${name}`),
  );
  // An emptied cgroup can only be removed leaf by leaf.
  await scriptAsRoot(
    `for hierarchy in /sys/fs/cgroup /sys/fs/cgroup/unified /sys/fs/cgroup/systemd; do
       [ ! -d "$hierarchy/$1" ] || find "$hierarchy/$1" -depth -type d -exec rmdir {} + 2>/dev/null || true
     done
     rmdir "/run/systemd/nspawn/propagate/$1" 2>/dev/null || true`,
    [name],
  );
}
