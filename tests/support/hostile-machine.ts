// Machines that mean no good, or are broken in ways that look like it: each in one of the ways in which
// a conversation over SSH can go wrong.
import { once } from "node:events";
import { createServer, type AddressInfo, type Socket } from "node:net";
import { answerOf, freshMachine } from "./machine-answer.ts";
import { startSshMachine, type Reply } from "./ssh-machine.ts";
import type { SshTarget } from "../../components/model/ssh-target.ts";

export interface HostileMachine {
  readonly connection: SshTarget & { readonly privateKey: string };
  stop(): Promise<void>;
}

/** What is said of it, as it ends in a message. */
type Way = { readonly said: RegExp } & (
  { readonly greet: (socket: Socket) => void } | { readonly reply: Reply } | { readonly deaf: true }
);

const unreachable = /unreachable \(/;
const megabyte = Buffer.alloc(1024 * 1024, "x");

/** As much as the other side takes, for ever. */
function flood(stream: NodeJS.WritableStream): void {
  const more = (): void => {
    while (stream.writable && stream.write(megabyte));
  };
  stream.on("drain", more);
  more();
}

/** A line of an answer that is none of ours, with all that a terminal would act upon. */
export const forgedName =
  "\u001b[2K\u009b31mDebian\r\ndrift: b1: everything is gone\u2028finding: b1: forged\u202e\u2066\u0007";

export const hostileWays = {
  "greets and closes": {
    greet: (socket) => socket.once("data", () => socket.end()).write("SSH-2.0-x\r\n"),
    said: /unreachable \((the server closed the connection before the login|.*)\)/,
  },
  "hangs up at once": { greet: (socket) => socket.destroy(), said: unreachable },
  "says nothing": { greet: () => undefined, said: /unreachable \(no login within 10 s\)/ },
  "greets and says no more": {
    greet: (socket) => socket.write("SSH-2.0-x\r\n"),
    said: /unreachable \(no login within 10 s\)/,
  },
  "greets in drops": {
    greet: (socket) => {
      const drops = setInterval(() => socket.write("."), 50);
      socket.on("close", () => clearInterval(drops));
    },
    said: /unreachable \(no login within 10 s\)/,
  },
  "floods before it greets": { greet: flood, said: unreachable },
  "lets in and takes no command": { deaf: true, said: /took more than 60 s/ },
  "takes a command and never ends it": {
    reply: { misbehave: () => undefined },
    said: /took more than 60 s/,
  },
  "says that it ended and keeps the connection": {
    reply: { misbehave: (channel) => channel.exit(0) },
    said: /took more than 60 s/,
  },
  "answers without end": {
    reply: { misbehave: (channel) => flood(channel) },
    said: /sent more than 16 MB/,
  },
  "complains without end": {
    reply: { misbehave: (channel) => flood(channel.stderr) },
    said: /sent more than 16 MB/,
  },
  "hangs up in the middle": {
    reply: { stdout: answerOf(freshMachine()).slice(0, 200), hangUp: true },
    said: /no whole answer|closed the connection/,
  },
  "breaks the connection": {
    reply: { misbehave: (_channel, connection) => connection.end() },
    said: /no whole answer|closed the connection/,
  },
  "answers something else": {
    reply: { stdout: `${forgedName}\nend\n`, stderr: forgedName, exitCode: 1 },
    said: /docker|no whole answer|login|init/,
  },
} as const satisfies Record<string, Way>;

export type HostileWay = keyof typeof hostileWays;

export async function startHostileMachine(name: HostileWay): Promise<HostileMachine> {
  const way: Way = hostileWays[name];
  const machine = await startSshMachine();
  if ("reply" in way) machine.reply = way.reply;
  if ("deaf" in way) machine.deaf = true;
  if (!("greet" in way)) return machine;
  await machine.stop();
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined);
    way.greet(socket);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    connection: { ...machine.connection, port: (server.address() as AddressInfo).port },
    async stop() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
