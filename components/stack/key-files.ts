import { statSync } from "node:fs";
import type { SshConfiguration } from "../model/configuration/parse.ts";
import type { Problem } from "../model/problem.ts";
import { expanded } from "./files.ts";

/** A private key file that others may read, and the hosts that name it. One that is not there is told elsewhere. */
export function openKeyFiles(
  hosts: readonly { readonly name: string; readonly ssh: Pick<SshConfiguration, "identityFile"> }[],
): Problem[] {
  const users = new Map<string, string[]>();
  for (const { name, ssh } of hosts) {
    const file = ssh.identityFile;
    if (file !== undefined) users.set(file, [...(users.get(file) ?? []), name]);
  }
  return [...users].flatMap(([file, names]) => {
    const mode = modeOf(file);
    if (mode === undefined || (mode & 0o077) === 0 || file.endsWith(".pub")) return [];
    return [
      {
        where: `${file} (${names.join(", ")})`,
        what: `has mode ${mode.toString(8).padStart(4, "0")}, so other users may read it`,
        why: "ssh refuses such a key, and whoever reads it can log in to the machine",
        fix: `run \`chmod 600 ${file}\`; if others have an account here, make another key`,
      },
    ];
  });
}

function modeOf(file: string): number | undefined {
  try {
    const stat = statSync(expanded(file));
    return stat.isFile() ? stat.mode & 0o7777 : undefined;
  } catch {
    return undefined;
  }
}
