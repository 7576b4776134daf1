import { statSync } from "node:fs";
import type { AuthoritySettings, SshConfiguration } from "../model/configuration/parse.ts";
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
    const mode = file.endsWith(".pub") ? undefined : openModeOf(file);
    if (mode === undefined) return [];
    return [
      {
        where: `${file} (${names.join(", ")})`,
        what: `has mode ${mode}, so other users may read it`,
        why: "ssh refuses such a key, and whoever reads it can log in to the machine",
        fix: `run \`chmod 600 ${file}\`; if others have an account here, make another key`,
      },
    ];
  });
}

/** The file of an authority's key, where others may read it. */
export function openAuthorityKey(
  setting: "authority" | "previousAuthority",
  given: AuthoritySettings | undefined,
): Problem[] {
  const mode = given === undefined ? undefined : openModeOf(given.privateKeyPem);
  if (mode === undefined) return [];
  return [
    {
      where: `dockertls:tls.${setting}.privateKeyPem`,
      what: `its file has mode ${mode}, so other users may read it`,
      why: "whoever reads it can sign for every machine and client",
      fix: "run `chmod 600` on it; if others have an account here, replace the authority",
    },
  ];
}

/** The mode of a file that others may read, in octal; undefined where they may not, or it is no file. */
function openModeOf(file: string): string | undefined {
  try {
    const stat = statSync(expanded(file));
    if (!stat.isFile() || (stat.mode & 0o077) === 0) return undefined;
    return (stat.mode & 0o7777).toString(8).padStart(4, "0");
  } catch {
    return undefined;
  }
}
