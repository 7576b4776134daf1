// Opens SSH connections as the official plugin does, which is written in Go: same retries, same
// order of authentication, and the same words when it fails, since users search for them.
import { connect as connectTcp, isIPv6, type Socket } from "node:net";
import { setTimeout as wait } from "node:timers/promises";
import type { Duplex } from "node:stream";
import ssh, { type Client, type ParsedKey } from "ssh2";
import type { Operation } from "../provider.ts";
import { authentication, credentials, type Credentials } from "./authentication.ts";
import type { ConnectionInputs, Endpoint } from "./connection.ts";
import { dialError, handshakeError, KEY_NOT_FOUND } from "./go-errors.ts";

const FIRST_PAUSE = 100;
const LONGEST_PAUSE = 5000;
const KEEP_ALIVE = 15_000;

/** A connection and whatever has to be closed with it, last opened first. */
export interface Dialled {
  readonly client: Client;
  readonly close: () => void;
}

export async function dial(connection: ConnectionInputs, operation: Operation): Promise<Dialled> {
  const target = await settings(connection);
  const { proxy } = connection;
  if (!proxy) {
    const client = await retry("Dial", connection, operation, async () =>
      handshake(await openSocket(connection), target),
    );
    return { client, close: () => client.end() };
  }
  return throughProxy(connection, target, proxy, operation);
}

async function throughProxy(
  connection: ConnectionInputs,
  target: Settings,
  proxy: Endpoint,
  operation: Operation,
): Promise<Dialled> {
  try {
    const bastion = await settings(proxy);
    const first = await retry("Dial proxy", proxy, operation, async () =>
      handshake(await openSocket(proxy), bastion),
    );
    try {
      const stream = await retry("Dial from proxy", connection, operation, () =>
        forward(first, connection),
      );
      const client = await retry("Dial", connection, operation, () => handshake(stream, target));
      return {
        client,
        close: () => {
          client.end();
          first.end();
        },
      };
    } catch (error) {
      first.end();
      throw error;
    }
  } catch (error) {
    throw new Error(`proxy: ${message(error)}`);
  }
}

interface Settings {
  readonly credentials: Credentials;
  readonly hostKey?: ParsedKey;
}

/** What can be wrong before anything is dialled, and therefore is not tried again. */
async function settings(endpoint: Endpoint): Promise<Settings> {
  const { hostKey } = endpoint;
  if (hostKey === undefined) return { credentials: await credentials(endpoint) };
  const parsed = parseHostKey(hostKey);
  if (!parsed) throw new Error(`failed to parse host key: ${KEY_NOT_FOUND}`);
  return { credentials: await credentials(endpoint), hostKey: parsed };
}

/** The first key of an authorized_keys text, whatever single word (options, a host) is before it. */
function parseHostKey(text: string): ParsedKey | undefined {
  for (const line of text.split("\n").filter((candidate) => !candidate.startsWith("#"))) {
    const words = line.trim().split(/\s+/);
    for (const [type, key = ""] of [words.slice(0, 2), words.slice(1, 3)]) {
      // A key that was cut off is no key, and not another one.
      if (Buffer.from(key, "base64").toString("base64") !== key) continue;
      const parsed = ssh.utils.parseKey(`${type} ${key}`);
      if (!(parsed instanceof Error)) return parsed;
    }
  }
  return undefined;
}

async function retry<T>(
  what: string,
  { dialErrorLimit }: Endpoint,
  { signal, status }: Operation,
  attempt: () => Promise<T>,
): Promise<T> {
  let pause = FIRST_PAUSE;
  for (let failures = 0; ; failures += 1) {
    try {
      return await attempt();
    } catch (error) {
      if (dialErrorLimit >= 0 && failures >= dialErrorLimit) {
        throw new Error(`after ${failures} failed attempts: ${message(error)}`);
      }
      const limit = dialErrorLimit === -1 ? "inf" : dialErrorLimit;
      status(`${what} ${failures + 1}/${limit} failed: retrying`);
    }
    await wait(pause, undefined, { signal }).catch(() => {
      throw new Error("context canceled");
    });
    pause = Math.min(pause * 1.5, LONGEST_PAUSE);
  }
}

function openSocket({ host, port, perDialTimeout }: Endpoint): Promise<Socket> {
  const address = isIPv6(host) ? `[${host}]:${port}` : `${host}:${port}`;
  return new Promise((resolve, reject) => {
    const socket = connectTcp({ host, port });
    if (perDialTimeout > 0) {
      socket.setTimeout(perDialTimeout * 1000, () => {
        socket.destroy();
        reject(new Error(`dial tcp ${address}: i/o timeout`));
      });
    }
    socket.once("error", (error) => reject(dialError(error, host, address)));
    socket.once("connect", () => {
      socket.setTimeout(0);
      // SSH asks and waits, asks and waits: with Nagle's algorithm each time costs 40 ms.
      socket.setNoDelay(true);
      socket.setKeepAlive(true, KEEP_ALIVE);
      socket.removeAllListeners("error");
      resolve(socket);
    });
  });
}

function handshake(sock: Duplex, { credentials, hostKey }: Settings): Promise<Client> {
  const client = new ssh.Client();
  const auth = authentication(credentials);
  let offered = "";
  return new Promise((resolve, reject) => {
    const fail = (error?: Error & { level?: string }) => {
      sock.destroy();
      reject(handshakeError(error, { tried: auth.tried, hostKey: hostKey?.type, offered }));
    };
    client.once("ready", () => resolve(client));
    // Stays for good: an error after this promise is settled must not end the plugin.
    client.on("error", fail);
    client.once("close", () => fail());
    client.connect({
      sock,
      // The official plugin limits the TCP connection only.
      readyTimeout: 0,
      username: credentials.user,
      authHandler: auth.next,
      ...(hostKey && { algorithms: { serverHostKey: [hostKey.type] } }),
      hostVerifier: (key: Buffer) => !hostKey || key.equals(hostKey.getPublicSSH()),
      debug: (line) => {
        offered = /\(remote\) Host key format: (.*)/.exec(line)?.[1] ?? offered;
      },
    });
  });
}

function forward(client: Client, { host, port }: Endpoint): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    client.forwardOut("0.0.0.0", 0, host, port, (error, stream) => {
      const reason = error?.message.replace(/^\(SSH\) Channel open failure: /, "");
      if (reason === undefined) resolve(stream);
      else reject(new Error(`ssh: rejected: connect failed (${reason})`));
    });
  });
}

function message(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
