// The way onto a machine that needs nothing of the machine: its namespaces.
import { leaderOf, runningProcess } from "./process.ts";
import { asRoot } from "./root.ts";
import type { CommandOptions, CommandResult } from "./root.ts";

/** Runs a shell command as root on the machine, by its namespaces: works with sshd stopped. */
export async function execOn(
  labName: string,
  machine: string,
  command: string,
  options: CommandOptions = {},
): Promise<CommandResult> {
  const label = `${machine}: ${command.split("\n")[0] ?? ""}`;
  return asRoot([...entering(labName, machine), "/bin/sh", "-c", command], { label, ...options });
}

/** What to put before a command, so that it runs on the machine. */
export function entering(labName: string, machine: string): string[] {
  const running = runningProcess(labName, machine);
  const leader = running && leaderOf(running);
  if (!leader)
    throw new Error(`${machine}: not up; run "npm run lab -- up ${machine} --lab ${labName}"`);
  return [
    ...[
      "nsenter",
      "--target",
      String(leader),
      "--mount",
      "--uts",
      "--ipc",
      "--net",
      "--pid",
      "--cgroup",
    ],
    ...["--root", "--wd", "env", "--ignore-environment", "HOME=/root", "LANG=C.UTF-8"],
    ...["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"],
  ];
}
