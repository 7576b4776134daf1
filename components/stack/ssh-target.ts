import { readFileSync } from "node:fs";
import type { HostConfiguration } from "../model/configuration/parse.ts";
import { hostKeysFor } from "../model/known-hosts.ts";
import type { Problem } from "../model/problem.ts";
import type { SshTarget } from "../model/ssh-target.ts";
import { codeOf, quotedPath, wayToRead } from "./files.ts";

/**
 * How to reach a machine, with the files read that its `ssh` names; or what is wrong with them. Neither a
 * problem nor a target: the configuration names no host key at all, which parseConfiguration has reported.
 */
export function readSshTarget(
  host: HostConfiguration,
): SshTarget | { readonly problems: readonly Problem[] } {
  const place = `dockertls:hosts.${host.name}.ssh`;
  const problems: Problem[] = [];
  const read = (key: string, path: string): string | undefined => {
    try {
      return readFileSync(path, "utf8");
    } catch (error) {
      problems.push({
        where: `${place}.${key}`,
        what: `${quotedPath(path)} can't be read (${codeOf(error)})`,
        why: "the machine can't be logged in to safely without it",
        fix: wayToRead(error, "correct the path, which is relative to the project"),
      });
      return undefined;
    }
  };
  const { ssh } = host;
  const identity =
    ssh.identityFile === undefined ? undefined : read("identityFile", ssh.identityFile);
  const hostKey = ssh.hostKey ?? knownHostKey(host, read, problems);
  if (problems.length > 0 || hostKey === undefined) return { problems };
  const privateKey = ssh.privateKey ?? identity;
  return {
    host: host.address,
    port: ssh.port,
    user: ssh.user,
    hostKey,
    ...(privateKey === undefined ? {} : { privateKey }),
  };
}

function knownHostKey(
  host: HostConfiguration,
  read: (key: string, path: string) => string | undefined,
  problems: Problem[],
): string | undefined {
  const path = host.ssh.knownHosts;
  const content = path === undefined ? undefined : read("knownHosts", path);
  if (path === undefined || content === undefined) return undefined;
  const [key] = hostKeysFor(content, host.address, host.ssh.port);
  if (key === undefined) {
    const name = host.ssh.port === 22 ? host.address : `[${host.address}]:${String(host.ssh.port)}`;
    problems.push({
      where: `dockertls:hosts.${host.name}.ssh.knownHosts`,
      what: `"${path}" has no key for ${name}`,
      why: "any server would be trusted",
      fix: `add the line that \`ssh-keyscan -t ed25519 -p ${String(host.ssh.port)} ${host.address}\` prints, once you have verified it`,
    });
  }
  return key;
}
