// An SSH agent that offers one key of the user's own agent, and passes what is to be signed on to that.
// @pulumi/command can be told an agent's socket, but no key of it: it would try all of them, and most servers hang up
// after six.
import { chmodSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import { dirname } from "node:path";
import ssh from "ssh2";
import { isOwn } from "../own-cache.mjs";
import { connected, isKey, keysHeld } from "./agent.ts";

/** Connections to whoever serves a socket: one that ends says that the socket is to be served again. */
const watched = new Map<string, Socket>();

/**
 * Sees to it that a socket is served for as long as this process lives. Another process may do it already, such as
 * that of a preview beside an update; when it ends, this one takes over.
 * @param upstream socket of the user's own agent.
 * @throws Error when there is no safe folder for it.
 */
export async function serveKey(path: string, upstream: string, publicKey: string): Promise<void> {
  if (watched.has(path)) return;
  const other = await connected(path);
  if (other === undefined) await listen(path, upstream, publicKey);
  const watch = other ?? (await connected(path));
  if (watch === undefined) throw new Error("it was taken away at once");
  if (watched.has(path)) {
    watch.destroy();
    return;
  }
  watched.set(path, watch);
  watch.unref();
  watch.on("close", () => {
    watched.delete(path);
    serveKey(path, upstream, publicKey).catch(() => undefined);
  });
}

async function listen(path: string, upstream: string, publicKey: string): Promise<void> {
  const folder = dirname(path);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (!isOwn(folder)) throw new Error("others can write there");
  chmodSync(folder, 0o700);
  const server = createServer((socket) => {
    socket.unref();
    socket.on("error", () => undefined);
    answer(socket, upstream, publicKey);
  });
  // What is left there by a process that was killed is replaced.
  const made = `${path}.${String(process.pid)}`;
  rmSync(made, { force: true });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(made, resolve);
  });
  server.unref();
  renameSync(made, path);
}

function answer(socket: Socket, upstream: string, publicKey: string): void {
  const protocol = new ssh.AgentProtocol(false);
  const held = new ssh.OpenSSHAgent(upstream);
  protocol.on("identities", (request) => {
    keysHeld(upstream).then(
      (keys) =>
        protocol.getIdentitiesReply(
          request,
          keys.filter((key) => isKey(key, publicKey)),
        ),
      () => protocol.failureReply(request),
    );
  });
  protocol.on("sign", (request, key, data, options) => {
    if (!isKey(key, publicKey)) {
      protocol.failureReply(request);
      return;
    }
    held.sign(key, data, options, (error, signature) => {
      if (signature === undefined || error instanceof Error) protocol.failureReply(request);
      else protocol.signReply(request, signature);
    });
  });
  protocol.on("error", () => socket.destroy());
  socket.pipe(protocol).pipe(socket);
}
