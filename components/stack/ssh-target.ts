import { readFileSync } from "node:fs";
import type { HostConfiguration } from "../model/configuration/parse.ts";
import { hostKeyIn, knownHostKey, type FoundKey, type KeyFault } from "../model/known-hosts.ts";
import type { Problem } from "../model/problem.ts";
import type { SshTarget } from "../model/ssh-target.ts";
import { codeOf, expanded, quotedPath, wayToRead } from "./files.ts";
import { targetKey } from "./login-key.ts";

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
      return readFileSync(expanded(path), "utf8");
    } catch (error) {
      problems.push({
        where: `${place}.${key}`,
        ...unread(key, path, codeOf(error)),
        fix: wayToRead(error, "correct the path, which is relative to the project"),
      });
      return undefined;
    }
  };
  const { ssh } = host;
  const identity =
    ssh.identityFile === undefined ? undefined : read("identityFile", ssh.identityFile);
  const hostKey =
    ssh.hostKey === undefined ? keyFromFile(host, read, problems) : keyOf(hostKeyIn(ssh.hostKey));
  if (problems.length > 0 || hostKey === undefined) return { problems };
  const key = targetKey(ssh, identity, place);
  if ("where" in key) return { problems: [key] };
  return {
    host: host.address,
    port: ssh.port,
    user: ssh.user,
    hostKey,
    ...key,
  };
}

function unread(key: string, path: string, code: string): Pick<Problem, "what" | "why"> {
  return {
    what:
      code === "ENOENT"
        ? `${quotedPath(path)} does not exist (ENOENT)`
        : `${quotedPath(path)} can't be read (${code})`,
    why: key === "identityFile" ? "nobody can log in without it" : "any server would be trusted",
  };
}

function keyFromFile(
  host: HostConfiguration,
  read: (key: string, path: string) => string | undefined,
  problems: Problem[],
): string | undefined {
  const path = host.ssh.knownHosts;
  const content = path === undefined ? undefined : read("knownHosts", path);
  if (path === undefined || content === undefined) return undefined;
  const { address, ssh } = host;
  const found = knownHostKey(content, address, ssh.port);
  if ("fault" in found) {
    const name = ssh.port === 22 ? address : `[${address}]:${String(ssh.port)}`;
    problems.push({
      where: `dockertls:hosts.${host.name}.ssh.knownHosts`,
      what: `"${path}" ${fileFaults[found.fault]} ${name}`,
      why: "any server would be trusted",
      fix: `${found.fault === "none" ? "correct the address, or add" : "add"} the line that \`ssh-keyscan -t ed25519 -p ${String(ssh.port)} ${address}\` prints, once you have verified it`,
    });
  }
  return keyOf(found);
}

const keyOf = (found: FoundKey): string | undefined => ("key" in found ? found.key : undefined);

/** What a known_hosts file has in the place of a key for a server. */
const fileFaults: Readonly<Record<KeyFault, string>> = {
  revoked: "revokes the key of",
  authority: "has only the key of a certificate authority (@cert-authority) for",
  rsa: "has only an RSA key, of which @pulumi/command knows SHA-1 alone, for",
  several: "has several keys for",
  none: "has no key for",
};
