// A way to a server that takes as long as one to another town, and counts what goes over it.
import { once } from "node:events";
import { createServer, request, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as pause } from "node:timers/promises";

export interface FarServer {
  /** Host and port. */
  readonly address: string;
  readonly requests: () => number;
  close(): void;
}

/** @param milliseconds that each request takes longer. */
export async function farServer(target: string, milliseconds: number): Promise<FarServer> {
  let requests = 0;
  const server = createServer((asked, answer) => {
    requests += 1;
    const pass = async (): Promise<void> => {
      if (milliseconds > 0) await pause(milliseconds);
      const { method, url, headers } = asked;
      const passed = request(`http://${target}${url ?? "/"}`, { method, headers });
      asked.pipe(passed);
      const [found] = (await once(passed, "response")) as [IncomingMessage];
      answer.writeHead(found.statusCode ?? 502, found.headers);
      found.pipe(answer);
    };
    pass().catch(() => answer.destroy());
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    address: `127.0.0.1:${String(port)}`,
    requests: () => requests,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
