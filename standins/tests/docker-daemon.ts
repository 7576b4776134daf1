// The part of dockerd's API that the docker plugin speaks, behind mutual TLS.
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import type { Identity, TestAuthority } from "./certificates.ts";

export interface DockerDaemon {
  readonly port: number;
  /** Method and path of each request, in order. */
  readonly requests: readonly string[];
  stop(): Promise<void>;
}

export const BRIDGE = {
  Name: "bridge",
  Id: "7d86d31b1478e7cca9ebed7e73aa0fdeec46c5ca29497431d3007d2d9e15ed99",
  Scope: "local",
  Driver: "bridge",
  Internal: false,
  IPAM: {
    Driver: "default",
    Options: null,
    Config: [{ Subnet: "172.17.0.0/16", Gateway: "172.17.0.1" }],
  },
  Containers: {
    b2: {
      Name: "second",
      EndpointID: "e2",
      MacAddress: "02:42:ac:11:00:03",
      IPv4Address: "172.17.0.3/16",
      IPv6Address: "",
    },
    a1: {
      Name: "first",
      EndpointID: "e1",
      MacAddress: "02:42:ac:11:00:02",
      IPv4Address: "172.17.0.2/16",
      IPv6Address: "",
    },
  },
  Options: { "com.docker.network.bridge.name": "docker0" },
  Labels: {},
};

/** Without an identity: in plaintext. */
export async function startDockerDaemon(
  identity?: Identity,
  authority?: TestAuthority,
): Promise<DockerDaemon> {
  const requests: string[] = [];
  const handle = (request: IncomingMessage, response: ServerResponse) => {
    requests.push(`${request.method} ${request.url}`);
    answer(request.url ?? "", response);
  };
  const server =
    identity && authority
      ? createTlsServer(
          { ...identity, ca: authority.cert, requestCert: true, rejectUnauthorized: true },
          handle,
        )
      : createServer(handle);
  // Clients that are refused, as some of them must be.
  server.on("tlsClientError", () => undefined);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    requests,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function answer(url: string, response: ServerResponse): void {
  response.setHeader("Api-Version", "1.45");
  response.setHeader("Ostype", "linux");
  response.setHeader("Server", "Docker/26.1.5 (linux)");
  const path = url.replace(/^\/v1\.\d+/, "");
  if (path === "/_ping") response.end("OK");
  else if (path === "/version") json(response, 200, { Version: "26.1.5", ApiVersion: "1.45" });
  else if (path === "/networks/bridge") json(response, 200, BRIDGE);
  else if (path === "/networks/broken") json(response, 500, { message: "something is wrong" });
  else if (path.startsWith("/networks/")) {
    json(response, 404, { message: `network ${path.slice("/networks/".length)} not found` });
  } else json(response, 404, { message: "page not found" });
}

function json(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { "Content-Type": "application/json" }).end(JSON.stringify(body));
}
