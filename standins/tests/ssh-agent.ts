// An SSH agent that holds some keys, on a socket of its own.
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import ssh from "ssh2";

export async function startAgent(
  ...privateKeys: readonly string[]
): Promise<{ path: string; stop(): Promise<void> }> {
  const keys = privateKeys.map((privateKey) => {
    const key = ssh.utils.parseKey(privateKey);
    if (key instanceof Error) throw key;
    return key;
  });
  const folder = mkdtempSync(join(tmpdir(), "dockertls-agent-"));
  const path = join(folder, "socket");
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    const agent = new ssh.AgentProtocol(false);
    agent.on("identities", (request) => agent.getIdentitiesReply(request, keys));
    agent.on("sign", (request, asked, data) => {
      const key = keys.find((held) => held.getPublicSSH().equals(asked.getPublicSSH()));
      if (key === undefined) agent.failureReply(request);
      else agent.signReply(request, key.sign(data));
    });
    socket.on("error", () => undefined);
    socket.pipe(agent).pipe(socket);
  }).listen(path);
  await once(server, "listening");
  return {
    path,
    async stop() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
      rmSync(folder, { recursive: true });
    },
  };
}
