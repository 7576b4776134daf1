import { readFileSync } from "node:fs";
import type { HostConfiguration } from "../model/configuration/parse.ts";
import { hostKeysFor } from "../model/known-hosts.ts";
import type { Problem } from "../model/problem.ts";
import { codeOf, quotedPath } from "./files.ts";

/** How to log in to one machine, with the files that the configuration names read. */
export interface PlainLogin {
  readonly address: string;
  readonly port: number;
  readonly user: string;
  /** The server's public key, `algorithm base64`: a server with another one is not talked to. */
  readonly hostKey: string;
  /** PEM of a private key; undefined: the SSH agent of SSH_AUTH_SOCK is asked. */
  readonly privateKey: string | undefined;
  /** Whether remote programs run through `sudo -n`. */
  readonly sudo: boolean;
}

/**
 * Reads the files that a machine's `ssh` names, or says what is wrong with them. No problem and no
 * login: the configuration names no host key at all, which parseConfiguration has told.
 */
export function readLogin(
  host: HostConfiguration,
): PlainLogin | { readonly problems: readonly Problem[] } {
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
        fix: "correct the path, which is relative to the project",
      });
      return undefined;
    }
  };
  const { ssh } = host;
  const identity =
    ssh.identityFile === undefined ? undefined : read("identityFile", ssh.identityFile);
  const hostKey = ssh.hostKey ?? knownHostKey(host, read, problems);
  if (problems.length > 0 || hostKey === undefined) return { problems };
  return {
    address: host.address,
    port: ssh.port,
    user: ssh.user,
    hostKey,
    privateKey: ssh.privateKey ?? identity,
    sudo: host.sudo,
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
