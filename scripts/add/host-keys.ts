// Which key of a server's is to be trusted: one that a person has compared with what the machine itself says.
import { isIP } from "node:net";
import type { Problem } from "../../components/model/problem.ts";
import { addressesOf, dial, noConnection, sshProblem } from "../../doctor/network.ts";
import { keyKinds, offeredKey, type HostKey, type Server } from "./offered-key.ts";

export interface Reached extends Server {
  readonly fingerprint?: string | undefined;
}

/** The key that a server shows; where a fingerprint is given, the one of its keys that has it. */
export async function keyOf(reached: Reached): Promise<HostKey | Problem> {
  const { host, port, fingerprint } = reached;
  if (isIP(host) === 0) {
    const addresses = await addressesOf(host);
    if (!Array.isArray(addresses)) return addresses;
  }
  const answer = await dial(host, port, { greeting: true, keep: true });
  if ("code" in answer) return noConnection(host, port, answer.code, "ssh");
  const silent = sshProblem(host, port, answer);
  if (silent !== undefined) return silent;
  const server = { host, port, dialled: answer.socket };
  return fingerprint === undefined ? strongest(server) : withFingerprint(server, fingerprint);
}

async function strongest(server: Server): Promise<HostKey | Problem> {
  const key = await offeredKey(server, [...keyKinds.ed25519, ...keyKinds.ecdsa]);
  if (key === undefined) return noUsableKey(server);
  return "code" in key ? noConnection(server.host, server.port, key.code, "ssh") : key;
}

/** Another connection for each kind, since a server shows one key on each. */
async function withFingerprint(
  { host, port, dialled }: Server,
  fingerprint: string,
): Promise<HostKey | Problem> {
  const seen: HostKey[] = [];
  let socket = dialled;
  for (const kind of [keyKinds.ed25519, keyKinds.ecdsa, keyKinds.rsa]) {
    const key = await offeredKey({ host, port, dialled: socket }, kind);
    socket = undefined;
    if (key === undefined) continue;
    if ("code" in key) return noConnection(host, port, key.code, "ssh");
    if (key.fingerprint === fingerprint) {
      return kind === keyKinds.rsa ? noUsableKey({ host, port }) : key;
    }
    seen.push(key);
  }
  return {
    where: `ssh ${host}:${String(port)}`,
    what: `no host key of this server has the fingerprint ${fingerprint}; it shows ${seen.map((key) => `${key.algorithm} ${key.fingerprint}`).join(", ")}`,
    why: "this may be another machine, or someone in between",
    fix: `compare with what \`${consoleCommand("ssh-ed25519")}\` says on the machine's console`,
  };
}

function noUsableKey({ host, port }: Server): Problem {
  return {
    where: `ssh ${host}:${String(port)}`,
    what: "the server's host key is an RSA key, of which @pulumi/command knows SHA-1 alone",
    why: "the machine can't be told from another by it",
    fix: "give it an ed25519 key: `ssh-keygen -A` on the machine, restart sshd there, and run this again",
  };
}

/** What shows a key's fingerprint on the machine itself. */
export function consoleCommand(algorithm: string): string {
  const kind = algorithm.startsWith("ecdsa") ? "ecdsa" : "ed25519";
  return `ssh-keygen -lf /etc/ssh/ssh_host_${kind}_key.pub`;
}

/** A key that nobody can be asked about. */
export function unverified(
  host: string,
  port: number,
  { algorithm, fingerprint }: HostKey,
): Problem {
  return {
    where: `ssh ${host}:${String(port)}`,
    what: `its host key is not verified: ${algorithm} ${fingerprint}`,
    why: "without a terminal nobody can be asked whether it is right",
    fix: `compare it with what \`${consoleCommand(algorithm)}\` says on the machine's console, then add \`--fingerprint ${fingerprint}\``,
  };
}

export function turnedDown(host: string, port: number, { fingerprint }: HostKey): Problem {
  return {
    where: `ssh ${host}:${String(port)}`,
    what: `you turned its host key down (${fingerprint})`,
    why: "it may be another machine, or someone in between",
    fix: "see which key the machine has on its console, and what is between here and there",
  };
}
