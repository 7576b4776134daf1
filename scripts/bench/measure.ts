// What a command takes: seconds, time of the processors, and memory, of all processes that it starts.
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { isRoot } from "../../lab/machines/root.ts";
import { descendants, killTree } from "../../tests/support/process-tree.ts";
import type { Cost } from "./results.ts";

export interface Command {
  readonly file: string;
  readonly args: readonly string[];
  readonly directory: string;
  readonly environment: NodeJS.ProcessEnv;
}

/** Memory is looked at so often: a peak that is shorter may be missed. */
const betweenLooks = 500;

/** Longer than any tool takes on many machines; one that hangs ends the measuring of that tool alone. */
const limitSeconds = 1200;

const inNamespace = ["--pid", "--fork", "--mount-proc"];

/**
 * The command below the first process of a namespace. Whatever leaves it behind (connections that Ansible
 * keeps open, plugins of an engine) becomes a child of that process, which ends it once the command has ended,
 * and waits for it: only so is its time part of what `times` prints.
 */
const first = `
  "$@"
  status=$?
  echo ended >&3
  kill -TERM -1 2>/dev/null
  for look in 1 2 3 4 5 6 7 8 9 10; do
    kill -0 -1 2>/dev/null || break
    sleep 0.1
  done
  kill -KILL -1 2>/dev/null && sleep 0.1
  exit $status`;
const around = 'unshare $NAMESPACE sh -c "$FIRST" sh "$@"; status=$?; times >&3; exit $status';

/** @throws Error with the end of its output when it fails. */
export async function measured(what: string, command: Command): Promise<Cost> {
  // Who is not root needs a namespace of users for one of processes.
  const namespace = [...(isRoot() ? [] : ["--user", "--map-current-user"]), ...inNamespace];
  const begun = performance.now();
  const child = spawn("sh", ["-c", around, "sh", command.file, ...command.args], {
    cwd: command.directory,
    env: { ...command.environment, NAMESPACE: namespace.join(" "), FIRST: first },
    stdio: ["ignore", "pipe", "pipe", "pipe"],
  });
  const [, out, err, times] = child.stdio;
  const output: string[] = [];
  const timesText: string[] = [];
  const into = (texts: string[]) => (text: Buffer) => void texts.push(text.toString());
  out?.on("data", into(output));
  err?.on("data", into(output));
  let ended: number | undefined;
  times?.on("data", (text: Buffer) => {
    ended ??= performance.now();
    timesText.push(text.toString());
  });
  let memoryBytes = 0;
  const looking = setInterval(() => {
    memoryBytes = Math.max(memoryBytes, memoryBelow(child.pid));
  }, betweenLooks);
  const limit = setTimeout(() => void killTree(child), limitSeconds * 1000);
  try {
    const status = await new Promise<number | null>((done, fail) => {
      child.once("error", fail);
      child.once("close", done);
    });
    const wallSeconds = ((ended ?? performance.now()) - begun) / 1000;
    if (status !== 0) {
      const how = status === null ? `no end within ${limitSeconds} s` : `exit code ${status}`;
      throw new Error(`bench: ${what}: ${how}; it said:\n${output.join("").slice(-4000)}`);
    }
    return { wallSeconds, cpuSeconds: childSeconds(timesText.join("")), memoryBytes };
  } finally {
    clearInterval(looking);
    clearTimeout(limit);
  }
}

/** User and system time of the children, which is the last line that the shell's `times` prints. */
export function childSeconds(times: string): number {
  const line = times.trim().split("\n").at(-1) ?? "";
  return [...line.matchAll(/(\d+)m([\d.]+)s/g)].reduce(
    (total, [, minutes, seconds]) => total + Number(minutes) * 60 + Number(seconds),
    0,
  );
}

/** Memory shared by several processes counts once in the sum of these. */
function memoryBelow(root: number | undefined): number {
  if (root === undefined) return 0;
  return [root, ...descendants(root)].reduce((total, pid) => total + proportionalSize(pid), 0);
}

function proportionalSize(pid: number): number {
  try {
    const kibibytes = /^Pss:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, "utf8"));
    return Number(kibibytes?.[1] ?? 0) * 1024;
  } catch {
    // It has ended by itself.
    return 0;
  }
}
