// What is offered to a server at a login: the configured key, the agent's one that was chosen, or all of the agent's.
// It is what @pulumi/command offers as well, so that a machine which was looked at can be converged. Loaded when a
// machine is dialled, as ssh2 is.
import ssh, { type ParsedKey } from "ssh2";
import type { SshTarget } from "../components/model/ssh-target.ts";
import { serveKey } from "./agent-socket.ts";
import { connected, HeldKeys, isKey, keysHeld } from "./agent.ts";
import { LookError } from "./look-error.ts";
import {
  deadAgent,
  noSocket,
  notHeld,
  publicKey,
  sshPlace,
  unreadableKey,
} from "./ssh-problems.ts";

/** Neither of the two: there is no key at all. */
export interface OfferedKeys {
  readonly privateKey?: string;
  readonly agent?: HeldKeys;
}

/**
 * What is offered, once it is known to be of use.
 * @throws LookError when it is not: then nobody is dialled.
 */
export async function keyFor(target: SshTarget): Promise<OfferedKeys> {
  const where = sshPlace(target);
  const path = process.env["SSH_AUTH_SOCK"] || undefined;
  const { privateKey, publicKey: chosen, agentSocketPath } = target;
  if (privateKey !== undefined) {
    checkKey(where, privateKey);
    // @pulumi/command dials the agent even then.
    if (path !== undefined) await answering(path, where);
    return { privateKey };
  }
  const held = path === undefined ? [] : await heldBy(path, where);
  if (chosen === undefined) return path === undefined ? {} : { agent: new HeldKeys(path, held) };
  const one = held.filter((key) => isKey(key, chosen));
  if (path === undefined || one.length === 0) {
    throw new LookError(...notHeld(where, path === undefined ? undefined : held.length));
  }
  if (agentSocketPath !== undefined) {
    await serveKey(agentSocketPath, path, chosen).catch((error: unknown) => {
      throw new LookError(...noSocket(where, agentSocketPath, error));
    });
  }
  return { agent: new HeldKeys(path, one) };
}

function checkKey(where: string, privateKey: string): void {
  for (const key of [ssh.utils.parseKey(privateKey)].flat()) {
    if (key instanceof Error) throw new LookError(...unreadableKey(where, key));
    if (!key.isPrivateKey()) throw new LookError(...publicKey(where));
  }
}

async function answering(path: string, where: string): Promise<void> {
  const socket = await connected(path);
  if (socket === undefined) throw new LookError(...deadAgent(where, path));
  socket.destroy();
}

function heldBy(path: string, where: string): Promise<ParsedKey[]> {
  return keysHeld(path).catch(() => {
    throw new LookError(...deadAgent(where, path));
  });
}
