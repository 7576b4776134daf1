import { readFileSync } from "node:fs";
import type { HostConfiguration } from "../model/configuration/parse.ts";
import { hostKeyIn, knownHostKey, type FoundKey, type KeyFault } from "../model/known-hosts.ts";
import type { Problem } from "../model/problem.ts";
import type { SshServer, SshTarget } from "../model/ssh-target.ts";
import { codeOf, expanded, quotedPath, wayToRead } from "./files.ts";
import { targetKey } from "./login-key.ts";

/** What a configuration says of one server, the address filled in. */
interface Login extends Omit<Ssh, "alias" | "bastion"> {
  readonly address: string;
}

type Ssh = HostConfiguration["ssh"];

interface Problems {
  readonly problems: readonly Problem[];
}

/**
 * How to reach a machine, with the files read that its `ssh` names; or what is wrong with them. Neither a
 * problem nor a target: the configuration names no host key at all, which parseConfiguration has reported.
 */
export function readSshTarget({
  name,
  address,
  ssh,
  ...host
}: HostConfiguration): SshTarget | Problems {
  const place = `dockertls:hosts.${name}.ssh`;
  const { bastion, ...login } = ssh;
  const server = readServer({ ...login, address }, place);
  const { sudoPassword } = host;
  const machine =
    "problems" in server || !host.sudo || sudoPassword === undefined
      ? server
      : { ...server, sudoPassword };
  if (bastion === undefined) return machine;
  const hasKey = bastion.identityFile !== undefined || bastion.privateKey !== undefined;
  const { identityFile, privateKey, passphrase } = ssh;
  const key = hasKey ? {} : { identityFile, privateKey, passphrase };
  const user = bastion.user ?? ssh.user;
  const gate = readServer({ ...bastion, ...key, user }, `${place}.bastion`);
  if (!("problems" in machine) && !("problems" in gate)) return { ...machine, bastion: gate };
  return { problems: [machine, gate].flatMap((one) => ("problems" in one ? one.problems : [])) };
}

function readServer(login: Login, place: string): SshServer | Problems {
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
  const identity =
    login.identityFile === undefined ? undefined : read("identityFile", login.identityFile);
  const hostKey =
    login.hostKey === undefined
      ? keyFromFile(login, place, read, problems)
      : keyOf(hostKeyIn(login.hostKey));
  if (problems.length > 0 || hostKey === undefined) return { problems };
  const key = targetKey(login, identity, place);
  if ("where" in key) return { problems: [key] };
  return { host: login.address, port: login.port, user: login.user, hostKey, ...key };
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
  { address, port, knownHosts: path }: Login,
  place: string,
  read: (key: string, path: string) => string | undefined,
  problems: Problem[],
): string | undefined {
  const content = path === undefined ? undefined : read("knownHosts", path);
  if (path === undefined || content === undefined) return undefined;
  const found = knownHostKey(content, address, port);
  if ("fault" in found) {
    const name = port === 22 ? address : `[${address}]:${String(port)}`;
    problems.push({
      where: `${place}.knownHosts`,
      what: `"${path}" ${fileFaults[found.fault]} ${name}`,
      why: "any server would be trusted",
      fix: `${found.fault === "none" ? "correct the address, or add" : "add"} the line that \`ssh-keyscan -t ed25519 -p ${String(port)} ${address}\` prints, once you have verified it`,
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
