// The engine puts every plugin into a process group of its own, so killing its group leaves them at
// work. As when a machine dies, all of them have to go at once.
import type { ChildProcess } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { isDeepStrictEqual } from "node:util";
import { waitFor } from "../../lab/machines/process.ts";

/** SIGKILL to a process of ours and everything below it; returns when none is left. */
export async function killTree(child: ChildProcess): Promise<void> {
  const { pid } = child;
  if (pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  // Stopped, it starts nothing new while the tree is read.
  send(pid, "SIGSTOP");
  let tree: number[] = [];
  for (let seen = descendants(pid); !isDeepStrictEqual(seen, tree); seen = descendants(pid)) {
    tree = seen;
    for (const member of tree) send(member, "SIGSTOP");
  }
  for (const member of [...tree, pid]) send(member, "SIGKILL");
  await waitFor(`end of process ${pid} and its children`, 20, () =>
    [...tree, pid].every((member) => !isAlive(member)),
  );
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended by itself.
  }
}

/** All processes below one. */
export function descendants(root: number): number[] {
  const children = new Map<number, number[]>();
  for (const [pid, parent] of everyProcess()) {
    children.set(parent, [...(children.get(parent) ?? []), pid]);
  }
  const below = (pid: number): number[] =>
    (children.get(pid) ?? []).flatMap((child) => [child, ...below(child)]);
  return below(root);
}

/** Pairs of a process and its parent. */
function everyProcess(): [number, number][] {
  return readdirSync("/proc")
    .filter((entry) => /^\d+$/.test(entry))
    .flatMap((entry) => {
      const fields = statOf(Number(entry));
      return fields === undefined ? [] : [[Number(entry), Number(fields[1])] as [number, number]];
    });
}

const isAlive = (pid: number): boolean => {
  const fields = statOf(pid);
  return fields !== undefined && fields[0] !== "Z";
};

/** State and parent, which come after the name in /proc/PID/stat (proc_pid_stat(5)). */
function statOf(pid: number): string[] | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  } catch {
    return undefined;
  }
}
