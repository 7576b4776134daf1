// Private key files that the configuration names: who else may read them.
import { statSync } from "node:fs";
import type { HostConfiguration } from "../components/model/configuration/parse.ts";
import { failed, type Step } from "./step.ts";

/** A step for each key file that others may read. One that is not there is told on the way to its host. */
export function keyFileSteps(hosts: readonly HostConfiguration[]): Step[] {
  const users = new Map<string, string[]>();
  for (const { name, ssh } of hosts) {
    const file = ssh.identityFile;
    if (file !== undefined) users.set(file, [...(users.get(file) ?? []), name]);
  }
  return [...users].flatMap(([file, names]) => {
    const mode = modeOf(file);
    if (mode === undefined || (mode & 0o077) === 0) return [];
    return [
      failed("key file", {
        where: `${file} (${names.join(", ")})`,
        what: `has mode ${mode.toString(8).padStart(4, "0")}, so other users may read it`,
        why: "ssh refuses such a key, and whoever reads it can log in to the machine",
        fix: `run \`chmod 600 ${file}\`; if others have an account here, make another key`,
      }),
    ];
  });
}

function modeOf(file: string): number | undefined {
  try {
    const stat = statSync(file);
    return stat.isFile() ? stat.mode & 0o7777 : undefined;
  } catch {
    // Missing, or no path at all: the way to the host says so.
    return undefined;
  }
}
