// A machine to reach over SSH: an ssh2 server on loopback whose commands run here, in `sh`.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { connect, type AddressInfo } from "node:net";
import ssh, { type AuthContext, type Connection, type ServerChannel } from "ssh2";
import type { Values } from "../values.ts";
import { ed25519Keys } from "../../tests/support/ssh-keys.ts";

export interface Execution {
  readonly user: string;
  readonly command: string;
  readonly env: Readonly<Record<string, string>>;
}

export interface SshServer {
  readonly port: number;
  /** The server's host key as a line of authorized_keys. */
  readonly hostKey: string;
  readonly clientKey: string;
  readonly executions: readonly Execution[];
  /** Connections that got as far as a session or a refusal. */
  readonly logins: () => number;
  /** Whether it answers who asks for a tunnel; it does. */
  forward: boolean;
  stop(): Promise<void>;
}

export const PASSWORD = "correct horse";
export const DROP = "drop the connection";

export async function startSshServer(): Promise<SshServer> {
  const host = ed25519Keys();
  const client = ed25519Keys();
  const allowed = ssh.utils.parseKey(client.public);
  if (allowed instanceof Error) throw allowed;
  const executions: Execution[] = [];
  const connections = new Set<Connection>();
  let logins = 0;

  const server = new ssh.Server({ hostKeys: [host.private] }, (connection) => {
    logins += 1;
    // Missing in the types; without it each of an SSH login's steps takes 40 ms.
    (connection as unknown as { setNoDelay(on: boolean): void }).setNoDelay(true);
    connections.add(connection);
    connection.on("close", () => connections.delete(connection));
    // A client that goes away in the middle is part of the tests.
    connection.on("error", () => undefined);
    let user = "";
    connection.on("authentication", (context) => {
      user = context.username;
      authenticate(context, allowed.getPublicSSH());
    });
    connection.on("tcpip", (accept, reject, { destIP, destPort }) => {
      if (!running.forward) return;
      const target = connect(destPort, destIP).setNoDelay(true);
      target.once("error", () => reject());
      target.once("connect", () => {
        const channel = accept();
        channel.on("error", () => undefined);
        target.on("error", () => undefined);
        channel.pipe(target).pipe(channel);
      });
    });
    connection.on("session", (accept) => {
      const session = accept();
      const env: Record<string, string> = {};
      session.on("env", (acceptVariable, _reject, { key, val }) => {
        env[key] = val;
        // Only a client that asks for an answer gets something to answer with.
        (acceptVariable as (() => void) | undefined)?.();
      });
      session.on("exec", (acceptCommand, _reject, { command }) => {
        executions.push({ user, command, env });
        const channel = acceptCommand();
        if (command.startsWith(DROP)) {
          channel.write("half of it\n", () => connection.end());
        } else if (command.startsWith("signal ")) {
          channel.exit(command.slice("signal ".length));
          channel.end();
        } else run(command, env, channel);
      });
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const running: SshServer = {
    forward: true,
    port: (server.address() as AddressInfo).port,
    hostKey: host.public.trim(),
    clientKey: client.private,
    executions,
    logins: () => logins,
    async stop() {
      for (const connection of connections) connection.end();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return running;
}

function authenticate(context: AuthContext, allowed: Buffer): void {
  const byKey = context.method === "publickey" && context.key.data.equals(allowed);
  const byPassword = context.method === "password" && context.password === PASSWORD;
  if (byKey || byPassword) context.accept();
  else context.reject(["publickey", "password"]);
}

function run(command: string, env: Record<string, string>, channel: ServerChannel): void {
  const child = spawn("sh", ["-c", command], { env: { ...process.env, ...env } });
  channel.pipe(child.stdin);
  // A command need not read its input.
  child.stdin.on("error", () => undefined);
  child.stdout.pipe(channel, { end: false });
  child.stderr.pipe(channel.stderr, { end: false });
  child.on("close", (code, signal) => {
    if (signal) channel.exit(signal.replace(/^SIG/, ""));
    else channel.exit(code ?? 0);
    channel.end();
  });
}

/** The `connection` input for this server; one failed dial is final. */
export function connectionTo(server: SshServer, overrides: Values): Values {
  return {
    host: "127.0.0.1",
    port: server.port,
    privateKey: server.clientKey,
    hostKey: server.hostKey,
    dialErrorLimit: 0,
    ...overrides,
  };
}
