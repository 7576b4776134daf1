import type { Client, ClientErrorExtensions, ConnectConfig, ServerHostKeyAlgorithm } from "ssh2";
import { connect, type Socket } from "node:net";
import type { SshTarget } from "../components/model/ssh-target.ts";
import { LookError } from "./look-error.ts";
import type { OfferedKeys } from "./login-keys.ts";
import {
  connectionProblem,
  differentHostKey,
  floods,
  hungUp,
  inItsWords,
  noLogin,
  sshPlace,
  tooSlow,
  type Failure,
} from "./ssh-problems.ts";

/** Seconds from the first packet to the login; a machine that takes longer counts as unreachable. */
const loginSeconds = 10;
/** Seconds that a look at a machine may take; probe.sh bounds each of its steps as well. */
const lookSeconds = 60;
/** Bytes that a machine may send in one conversation: an honest look takes some ten thousand. */
const receivedLimit = 16 * 1024 * 1024;
/** How often what was received is counted; by a listener of one's own, ssh2 could miss the first bytes. */
const countingMilliseconds = 100;
/** Seconds that a server has to hang up in turn, or its last bytes to come out of the stream. */
const farewellSeconds = 1;

export interface RemoteResult {
  readonly exitCode: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs one command on a machine and gives it `stdin`.
 * @param besides what else is done inside the same connection, at the same time.
 * @throws LookError when the machine can't be reached, is not the one that is expected, or does not
 * end its answer in time.
 */
export function runRemote(
  connection: SshTarget,
  command: string,
  stdin: string,
  besides?: (client: Client) => Promise<void>,
): Promise<RemoteResult> {
  return converse(connection, lookSeconds, async (client) => {
    const [result] = await Promise.all([execute(client, command, stdin), besides?.(client)]);
    return result;
  }).catch((error: unknown) => {
    if (error instanceof LookError || !(error instanceof Error)) throw error;
    throw new LookError(...connectionProblem(sshPlace(connection), error));
  });
}

/**
 * A conversation with a machine, from the first packet to the last, over one connection that is dialled
 * once: a login that is refused is not tried again, since that locks people out. With one private key that
 * is one attempt; an agent offers each of its keys in turn. Whatever the other side does, it ends: each
 * part has its time, all of it together its size, and every way in which a connection can end is a failure
 * until `work` is done.
 * @param seconds that `work` may take.
 */
export async function converse<T>(
  connection: SshTarget,
  seconds: number,
  work: (client: Client) => Promise<T>,
): Promise<T> {
  const where = sshPlace(connection);
  // Loaded when a machine is looked at: the engine starts this plugin twice a run, and one of the
  // two has nothing to look at.
  const [{ default: ssh }, { keyFor }] = await Promise.all([
    import("ssh2"),
    import("./login-keys.ts"),
  ]);
  const { host, port, user } = connection;
  const key = await keyFor(connection);
  const client = new ssh.Client();
  let socket: Socket | undefined;
  let limit: NodeJS.Timeout | undefined;
  let counting: NodeJS.Timeout | undefined;
  try {
    const result = await new Promise<T>((resolve, reject) => {
      const fail = (failure: Failure): void => {
        socket?.destroy();
        reject(new LookError(...failure));
      };
      const allow = (time: number, failure: Failure): void => {
        clearTimeout(limit);
        limit = setTimeout(() => fail(failure), time * 1000);
      };
      allow(loginSeconds, noLogin(where, loginSeconds));
      socket = connect({ host, port });
      // A login is many small messages: held back to be sent together, each costs 40 ms.
      socket.setNoDelay(true);
      socket.on("error", () => undefined);
      // Also of what no stream carries: messages to ignore, requests, banners.
      counting = setInterval(() => {
        if ((socket?.bytesRead ?? 0) > receivedLimit) fail(floods(where, receivedLimit));
      }, countingMilliseconds);
      const seen = watchHostKey(connection);
      let loggedIn = false;
      // Of several, the last has the reason: a server's greeting to all comes first.
      let banner = "";
      client.on("banner", (text: string) => (banner = text.trim() || banner));
      client.on("error", (error: Error & ClientErrorExtensions) => {
        const { algorithm, other } = seen;
        fail(
          other === undefined
            ? inItsWords(connectionProblem(where, error, key), user, banner)
            : differentHostKey(where, algorithm, other),
        );
      });
      // Not every end is an error: a server may greet and close. What it sent before that may be on its
      // way through the stream yet.
      client.on("close", () => {
        if (loggedIn) allow(farewellSeconds, hungUp(where, "before its answer was whole"));
        else fail(inItsWords(hungUp(where, "before the login"), user, banner));
      });
      client.on("ready", () => {
        loggedIn = true;
        allow(seconds, tooSlow(where, seconds));
        work(client).then(resolve, (error: unknown) => {
          socket?.destroy();
          reject(error instanceof Error ? error : new Error(String(error)));
        });
      });
      try {
        client.connect({ ...seen.config, sock: socket, ...login(connection, key) });
      } catch (error) {
        fail(connectionProblem(where, error instanceof Error ? error : new Error("unknown")));
      }
    });
    client.end();
    setTimeout(() => socket?.destroy(), farewellSeconds * 1000).unref();
    return result;
  } finally {
    clearTimeout(limit);
    clearInterval(counting);
  }
}

/** Compares the server's key itself, so that a message can show both. */
function watchHostKey({ hostKey }: SshTarget): {
  readonly config: ConnectConfig;
  readonly algorithm: string;
  other?: string;
} {
  const [algorithm = "", expected = ""] = hostKey.split(" ");
  const seen: ReturnType<typeof watchHostKey> = {
    algorithm,
    config: {
      hostVerifier: (key: Buffer) => {
        const offered = key.toString("base64");
        if (offered !== expected) seen.other = offered;
        return offered === expected;
      },
      // A server with keys of several kinds would show another one than the pinned kind.
      algorithms: { serverHostKey: [algorithm as ServerHostKeyAlgorithm] },
    },
  };
  return seen;
}

function login({ user }: SshTarget, { privateKey, agent }: OfferedKeys): ConnectConfig {
  return {
    username: user,
    // Timed from outside, where the time does not stop counting when a server closes.
    readyTimeout: 0,
    // A dead connection is noticed within half a minute.
    keepaliveInterval: 10_000,
    keepaliveCountMax: 2,
    ...(privateKey === undefined ? {} : { privateKey }),
    ...(agent === undefined ? {} : { agent }),
  };
}

function execute(client: Client, command: string, stdin: string): Promise<RemoteResult> {
  return new Promise((resolve, reject) => {
    client.exec(command, (error, stream) => {
      if (error !== undefined) {
        reject(error);
        return;
      }
      const stdout: Buffer[] = [];
      const stderr: Buffer[] = [];
      let exitCode: number | undefined;
      stream.on("data", (chunk: Buffer) => stdout.push(chunk));
      stream.stderr.on("data", (chunk: Buffer) => stderr.push(chunk));
      stream.on("exit", (code: number | null) => (exitCode = code ?? undefined));
      stream.on("error", reject);
      stream.on("close", () => {
        const text = (chunks: Buffer[]): string => Buffer.concat(chunks).toString("utf8");
        resolve({ exitCode, stdout: text(stdout), stderr: text(stderr) });
      });
      stream.end(stdin);
    });
  });
}
