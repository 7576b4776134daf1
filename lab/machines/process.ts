// Which process a lab machine is. A pid from a file may by now be anyone's: only together with its
// start time and the boot of this machine does it name a process.
import { readFileSync } from "node:fs";
import { machinePaths } from "./paths.ts";
import { asRoot } from "./root.ts";

export interface ProcessIdentity {
  pid: number;
  startTime: string;
  boot: string;
}

export function parseIdentity(text: string): ProcessIdentity | undefined {
  const [, pid, startTime, boot] = /^(\d+) (\d+) ([0-9a-f-]+)\n?$/.exec(text) ?? [];
  return pid && startTime && boot ? { pid: Number(pid), startTime, boot } : undefined;
}

/** The start time out of /proc/PID/stat, where the name may hold blanks and brackets. */
export const startTimeIn = (stat: string): string | undefined =>
  stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];

const read = (path: string): string | undefined => {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
};

export function isAlive(identity: ProcessIdentity): boolean {
  const stat = read(`/proc/${String(identity.pid)}/stat`);
  return (
    stat !== undefined &&
    startTimeIn(stat) === identity.startTime &&
    // A zombie has ended: it only waits for its parent to look.
    stat.slice(stat.lastIndexOf(")") + 2, stat.lastIndexOf(")") + 3) !== "Z" &&
    read("/proc/sys/kernel/random/boot_id")?.trim() === identity.boot
  );
}

/** systemd-nspawn of the machine, if it runs. */
export function runningProcess(lab: string, machine: string): ProcessIdentity | undefined {
  const identity = parseIdentity(read(machinePaths(lab, machine).pidFile) ?? "");
  return identity && isAlive(identity) ? identity : undefined;
}

/** The machine's own init, as this machine sees it: the way in without sshd. */
export function leaderOf(identity: ProcessIdentity): number | undefined {
  const pid = String(identity.pid);
  const children = read(`/proc/${pid}/task/${pid}/children`)?.trim().split(" ") ?? [];
  for (const child of children.filter(Boolean)) {
    const inner = /^NSpid:\s+\d+\s+(\d+)$/m.exec(read(`/proc/${child}/status`) ?? "")?.[1];
    if (inner === "1" && isAlive(identity)) return Number(child);
  }
  return undefined;
}

export const signal = (pid: number, name: string): Promise<unknown> =>
  asRoot(["kill", "-s", name, String(pid)], { check: false });

export async function waitFor(
  what: string,
  seconds: number,
  condition: () => boolean | Promise<boolean>,
): Promise<void> {
  const end = Date.now() + seconds * 1000;
  while (!(await condition())) {
    if (Date.now() > end) throw new Error(`${what}: not within ${String(seconds)} s`);
    await new Promise((wake) => setTimeout(wake, 100));
  }
}
