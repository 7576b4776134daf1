// A machine to look at over SSH: an ssh2 server on loopback that answers as a test tells it to.
import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";
import ssh, { type Connection, type ServerChannel } from "ssh2";
import { ed25519Keys } from "./ssh-keys.ts";
import type { SshTarget } from "../../components/model/ssh-target.ts";
import { anyBoundary } from "./machine-answer.ts";

/** What a command gets for an answer. */
export interface Reply {
  readonly stdout?: string;
  readonly stderr?: string;
  readonly exitCode?: number;
  /** Breaks the connection off in the middle of it. */
  readonly hangUp?: boolean;
  /** In the place of all that: what a machine does that means no good. */
  readonly misbehave?: (channel: ServerChannel, connection: Connection) => void;
}

export interface SshMachine {
  /** A connection that is let in. */
  readonly connection: SshTarget & { readonly privateKey: string };
  /** What commands get from now on. */
  reply: Reply;
  /** Commands that were run, with their standard input. */
  readonly runs: { readonly command: string; readonly stdin: string }[];
  /** Methods of the log-ins that were tried, by connection. */
  readonly logins: string[][];
  /** The public half of its key, `algorithm base64`. */
  readonly publicKey: string;
  /** Whether a login that would be right ends in a closed connection. */
  turnsAway: boolean;
  /** Whether it takes commands; otherwise a request to run one gets no answer at all. */
  deaf: boolean;
  /** Closes the connections that there are. */
  hangUp(): void;
  stop(): Promise<void>;
}

interface Greeting {
  /** Of its host key. */
  readonly type?: "ed25519" | "ecdsa";
  /** What it says to everybody before the login. */
  readonly banner?: string;
}

export async function startSshMachine({
  type = "ed25519",
  banner = "",
}: Greeting = {}): Promise<SshMachine> {
  const host =
    type === "ed25519" ? ed25519Keys() : ssh.utils.generateKeyPairSync("ecdsa", { bits: 256 });
  const client = ed25519Keys();
  const allowed = ssh.utils.parseKey(client.public);
  if (allowed instanceof Error) throw allowed;

  const server = new ssh.Server({ hostKeys: [host.private], banner }, (connection) => {
    const tried: string[] = [];
    machine.logins.push(tried);
    // As sshd does; without it every round trip waits for a delayed acknowledgement.
    (connection as Connection & { setNoDelay(on: boolean): void }).setNoDelay(true);
    // A client that goes away in the middle is part of the tests.
    connection.on("error", () => undefined);
    connection.on("authentication", (context) => {
      tried.push(context.method);
      const known =
        context.method === "publickey" && context.key.data.equals(allowed.getPublicSSH());
      if (machine.turnsAway) connection.end();
      else if (known) context.accept();
      else context.reject(["publickey"]);
    });
    connection.on("tcpip", (accept, reject, { destIP, destPort }) => {
      const socket = connect({ host: destIP, port: destPort });
      socket.on("error", () => reject());
      socket.on("connect", () => {
        const channel = accept();
        channel.on("error", () => undefined);
        socket.pipe(channel).pipe(socket);
      });
    });
    connection.on("session", (accept) => {
      if (machine.deaf) return;
      accept().on("exec", (acceptCommand, _reject, { command }) => {
        void answer(acceptCommand(), command, connection);
      });
    });
  });

  async function answer(channel: ServerChannel, command: string, connection: Connection) {
    channel.on("error", () => undefined);
    const { misbehave } = machine.reply;
    if (misbehave !== undefined) {
      channel.resume();
      misbehave(channel, connection);
      return;
    }
    const input: Buffer[] = [];
    channel.on("data", (chunk: Buffer) => input.push(chunk));
    await once(channel, "end");
    const stdin = Buffer.concat(input).toString("utf8");
    machine.runs.push({ command, stdin });
    const { stderr = "", exitCode = 0, hangUp = false } = machine.reply;
    const [, boundary = ""] = /^text boundary (\S+)$/m.exec(stdin) ?? [];
    const stdout = (machine.reply.stdout ?? "").replaceAll(anyBoundary, boundary);
    channel.stderr.write(stderr);
    if (hangUp) {
      channel.write(stdout, () => connection.end());
      return;
    }
    channel.write(stdout);
    channel.exit(exitCode);
    channel.end();
  }

  const sockets = new Set<Socket>();
  const door = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined);
    socket.on("close", () => sockets.delete(socket));
    server.injectSocket(socket);
  });
  door.listen(0, "127.0.0.1");
  await once(door, "listening");
  const machine: SshMachine = {
    connection: {
      host: "127.0.0.1",
      port: (door.address() as AddressInfo).port,
      user: "root",
      hostKey: host.public.trim(),
      privateKey: client.private,
    },
    publicKey: client.public.trim(),
    reply: {},
    runs: [],
    logins: [],
    turnsAway: false,
    deaf: false,
    hangUp() {
      for (const socket of sockets) socket.destroy();
    },
    async stop() {
      machine.hangUp();
      await new Promise((resolve) => door.close(resolve));
    },
  };
  return machine;
}

/** A private key that asks for a passphrase. */
export function lockedKey(): string {
  const protection = { passphrase: "x", cipher: "aes256-ctr", rounds: 16 };
  return ssh.utils.generateKeyPairSync("ed25519", protection).private;
}
