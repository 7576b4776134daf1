import type { Client, ClientErrorExtensions, ConnectConfig, ServerHostKeyAlgorithm } from "ssh2";
import { connect, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { SshServer, SshTarget } from "../components/model/ssh-target.ts";
import { LookError } from "./look-error.ts";
import type { OfferedKeys } from "./login-keys.ts";
import {
  connectionProblem,
  cutOff,
  differentHostKey,
  floods,
  hungUp,
  inItsWords,
  noLogin,
  noWayOn,
  sshPlace,
  tooSlow,
  type Failure,
} from "./ssh-problems.ts";

/** Seconds from the first packet to the login; a machine that takes longer counts as unreachable. */
const loginSeconds = 10;
/** Bytes that a machine may send in one conversation: an honest look takes some ten thousand. */
const receivedLimit = 16 * 1024 * 1024;
/** How often what was received is counted; by a listener of one's own, ssh2 could miss the first bytes. */
const countingMilliseconds = 100;
/** Seconds that a server has to hang up in turn, or its last bytes to come out of the stream. */
const farewellSeconds = 1;
/** Seconds in which firewalls count connections. */
const countedSeconds = 30;

/** When this process logged in, in milliseconds since 1970, by the server's place. */
const logins = new Map<string, number[]>();

/**
 * One SSH connection that is logged in to. It is dialled once: a login that is refused is not tried again, since that
 * locks people out. With one private key that is one attempt; an agent offers each of its keys in turn. Whatever the
 * other side does, a conversation ends: each part has its time, all of it together its size, and every way in which a
 * connection can end is a failure until the work is done.
 */
export class Session {
  readonly #client: Client;
  /** What SSH is spoken on: the socket itself, or a channel of the bastion's connection. */
  readonly #stream: Duplex;
  /** What was dialled; with a bastion that one's. */
  readonly #socket: Socket;
  readonly #where: string;
  #fail: (failure: Failure) => void = () => undefined;
  #limit: NodeJS.Timeout | undefined;

  private constructor(client: Client, { stream, socket }: Line, where: string) {
    this.#client = client;
    this.#stream = stream;
    this.#socket = socket;
    this.#where = where;
    // A bastion's connection is of no use without the channel.
    if (stream !== socket) stream.once("close", () => socket.destroy());
  }

  /**
   * @param dialled a connection on which the server may have greeted already; it is pushed back then.
   * @throws LookError when the machine can't be reached, is not the one that is expected, or lets nobody in.
   */
  static async open(target: SshTarget, dialled?: Socket): Promise<Session> {
    const where = sshPlace(target);
    // Loaded when a machine is looked at: the engine starts this plugin twice a run, and one of the
    // two has nothing to look at.
    const [{ default: ssh }, { keyFor }] = await Promise.all([
      import("ssh2"),
      import("./login-keys.ts"),
    ]);
    const key = await keyFor(target);
    const line = dialled === undefined ? await lineTo(target) : direct(dialled);
    const session = new Session(new ssh.Client(), line, where);
    const now = Date.now();
    const earlier = (logins.get(where) ?? []).filter((time) => now - time < countedSeconds * 1000);
    try {
      await session.#login(target, key);
    } catch (error) {
      if (!(error instanceof LookError) || error.stage !== "reach" || earlier.length === 0)
        throw error;
      throw new LookError(...cutOff(error.problem, earlier.length, countedSeconds));
    }
    logins.set(where, [...earlier, now]);
    return session;
  }

  /** Whether it may be used again. */
  get isOpen(): boolean {
    return [this.#socket, this.#stream].every(
      ({ destroyed, writable, readable }) => !destroyed && writable && readable,
    );
  }

  /** A connection from the server on to another one, and what was dialled for both. */
  async lineTo({ host, port }: SshServer): Promise<Line> {
    const target = `${host}:${String(port)}`;
    const stream = await this.converse(loginSeconds, (client) =>
      forwarded(
        client,
        host,
        port,
        (error) => new LookError(...noWayOn(this.#where, target, error)),
      ),
    );
    return { stream, socket: this.#socket };
  }

  /** @param seconds that `work` may take. */
  async converse<T>(seconds: number, work: (client: Client) => Promise<T>): Promise<T> {
    this.#socket.ref();
    return this.#guarded(seconds, tooSlow(this.#where, seconds), (resolve, reject) => {
      work(this.#client).then(resolve, (error: unknown) => {
        this.#hangUp();
        reject(error instanceof Error ? error : new Error(String(error)));
      });
    });
  }

  /** Nobody waits for it while it is kept. */
  rest(): void {
    this.#socket.unref();
  }

  end(): void {
    this.#client.end();
    setTimeout(() => this.#hangUp(), farewellSeconds * 1000).unref();
  }

  #hangUp(): void {
    this.#stream.destroy();
    this.#socket.destroy();
  }

  #login(target: SshServer, key: OfferedKeys): Promise<void> {
    const where = this.#where;
    const client = this.#client;
    const stream = this.#stream;
    // A login is many small messages: held back to be sent together, each costs 40 ms.
    this.#socket.setNoDelay(true);
    stream.on("error", () => undefined);
    const seen = watchHostKey(target);
    let loggedIn = false;
    // Of several, the last has the reason: a server's greeting to all comes first.
    let banner = "";
    client.on("banner", (text: string) => (banner = text.trim() || banner));
    client.on("error", (error: Error & ClientErrorExtensions) => {
      const { algorithm, other } = seen;
      this.#fail(
        other === undefined
          ? inItsWords(connectionProblem(where, error, key), target.user, banner)
          : differentHostKey(where, algorithm, other),
      );
    });
    // Not every end is an error: a server may greet and close. What it sent before that may be on its
    // way through the stream yet.
    client.on("close", () => {
      if (loggedIn) this.#allow(farewellSeconds, hungUp(where, "before its answer was whole"));
      else this.#fail(inItsWords(hungUp(where, "before the login"), target.user, banner));
    });
    return this.#guarded(loginSeconds, noLogin(where, loginSeconds), (resolve) => {
      client.on("ready", () => {
        loggedIn = true;
        resolve();
      });
      try {
        client.connect({ ...seen.config, sock: stream, ...login(target, key) });
        // One that was dialled before waits with what it has received.
        if (stream.isPaused()) stream.resume();
      } catch (error) {
        this.#fail(connectionProblem(where, error instanceof Error ? error : new Error("unknown")));
      }
    });
  }

  /** What `begin` starts; every failure of the connection ends it meanwhile. */
  async #guarded<T>(
    seconds: number,
    late: Failure,
    begin: (resolve: (value: T) => void, reject: (error: Error) => void) => void,
  ): Promise<T> {
    const before = this.#socket.bytesRead;
    let counting: NodeJS.Timeout | undefined;
    try {
      return await new Promise<T>((resolve, reject) => {
        this.#fail = (failure) => {
          this.#hangUp();
          reject(new LookError(...failure));
        };
        this.#allow(seconds, late);
        // Also of what no stream carries: messages to ignore, requests, banners.
        counting = setInterval(() => {
          if (this.#socket.bytesRead - before > receivedLimit) {
            this.#fail(floods(this.#where, receivedLimit));
          }
        }, countingMilliseconds);
        begin(resolve, reject);
      });
    } finally {
      this.#fail = () => this.#hangUp();
      clearTimeout(this.#limit);
      clearInterval(counting);
    }
  }

  #allow(seconds: number, late: Failure): void {
    clearTimeout(this.#limit);
    this.#limit = setTimeout(() => this.#fail(late), seconds * 1000);
  }
}

/** A connection from the other end of an SSH connection on; `told` is what is thrown where there is none. */
export function forwarded(
  client: Client,
  host: string,
  port: number,
  told: (error: Error) => Error,
): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    client.forwardOut("127.0.0.1", 0, host, port, (error, stream) => {
      if (error === undefined) resolve(stream);
      else reject(told(error));
    });
  });
}

/** A way to an SSH server. */
interface Line {
  readonly stream: Duplex;
  readonly socket: Socket;
}

const direct = (socket: Socket): Line => ({ stream: socket, socket });

/** The bastion's connection is this one's alone, and ends with it. */
async function lineTo({ bastion, ...machine }: SshTarget): Promise<Line> {
  if (bastion === undefined) return direct(connect({ host: machine.host, port: machine.port }));
  const gate = await Session.open(bastion);
  return gate.lineTo(machine);
}

/** Compares the server's key itself, so that a message can show both. */
function watchHostKey({ hostKey }: SshServer): {
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

function login({ user }: SshServer, { privateKey, agent }: OfferedKeys): ConnectConfig {
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
