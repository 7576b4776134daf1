// A Docker API on loopback that turns clients away as dockerd's does, or as it must not.
import { once } from "node:events";
import type { ServerResponse } from "node:http";
import { createServer as createHttps } from "node:https";
import { createServer, type AddressInfo, type Socket } from "node:net";
import type { TlsOptions } from "node:tls";
import type { Authority, Identity } from "./authority.ts";

export interface EndpointOptions {
  readonly authority: Authority;
  readonly identity: Identity;
  /** Another authority whose clients it lets in as well. */
  readonly alsoTrusts?: Authority;
  readonly version?: "TLSv1.2" | "TLSv1.3";
  /** What it does with a client whose certificate is missing or unknown. */
  readonly untrustedClients?: "refuse" | "let in" | "drop" | "hang";
  readonly plaintext?: "refuse" | "let in" | "drop";
  readonly info?: Readonly<Record<string, unknown>>;
  readonly status?: number;
  /** Whether its answer never ends, though it says that it would. */
  readonly endless?: boolean;
}

export interface Endpoint {
  readonly host: string;
  readonly port: number;
  stop(): Promise<void>;
}

const refusal = "HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n";
const tlsHandshake = 0x16;

export async function startEndpoint(options: EndpointOptions): Promise<Endpoint> {
  const { untrustedClients = "refuse", plaintext = "refuse", status = 200 } = options;
  const body = JSON.stringify({
    Name: "b1",
    ServerVersion: "26.1.5",
    OperatingSystem: "Debian GNU/Linux 13 (trixie)",
    LiveRestoreEnabled: true,
    RegistryConfig: { Mirrors: ["https://mirror.example/"] },
    ...options.info,
  });
  const answer = `HTTP/1.1 200 OK\r\nContent-Length: ${String(body.length)}\r\nConnection: close\r\n\r\n${body}`;
  const api = createHttps(tlsOptions(options), (request, response) => {
    const known = "authorized" in request.socket && request.socket.authorized === true;
    if (options.endless === true) flood(response.writeHead(status));
    else if (known || untrustedClients === "let in") response.writeHead(status).end(body);
    else if (untrustedClients === "drop") request.socket.destroy();
  });
  // A client that breaks off its handshake is part of the tests.
  api.on("tlsClientError", () => undefined);
  const sockets = new Set<Socket>();
  const door = createServer((socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => undefined);
    socket.once("data", (first) => {
      socket.pause();
      if (first[0] === tlsHandshake) {
        socket.unshift(first);
        api.emit("connection", socket);
      } else if (plaintext === "drop") socket.destroy();
      else socket.end(plaintext === "refuse" ? refusal : answer);
    });
  });
  return listen(door, sockets);
}

function flood(response: ServerResponse): void {
  const more = (): void => {
    while (response.writable && response.write(Buffer.alloc(1024 * 1024, " ")));
  };
  response.on("error", () => undefined);
  response.on("drain", more);
  more();
}

/** Answers every TLS client with one alert (RFC 8446, 6), and plaintext as dockerd does. */
export function startAlerting(alert: number): Promise<Endpoint> {
  const sockets = new Set<Socket>();
  const fatal = 2;
  const record = Buffer.from([0x15, 3, 3, 0, 2, fatal, alert]);
  const door = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined);
    socket.once("data", (first) => socket.end(first[0] === tlsHandshake ? record : refusal));
  });
  return listen(door, sockets);
}

async function listen(
  door: ReturnType<typeof createServer>,
  sockets: Set<Socket>,
): Promise<Endpoint> {
  door.listen(0, "127.0.0.1");
  await once(door, "listening");
  return {
    host: "127.0.0.1",
    port: (door.address() as AddressInfo).port,
    async stop() {
      for (const socket of sockets) socket.destroy();
      if (!door.listening) return;
      await new Promise((resolve) => door.close(resolve));
    },
  };
}

function tlsOptions({
  authority,
  identity,
  alsoTrusts,
  version,
  untrustedClients = "refuse",
}: EndpointOptions): TlsOptions {
  return {
    ca: [authority, alsoTrusts].flatMap((one) => one?.certificate ?? []),
    cert: identity.certificate,
    key: identity.privateKey,
    requestCert: true,
    rejectUnauthorized: untrustedClients === "refuse",
    // Node itself would break the connection off without an alert over an unknown certificate. A
    // untrusted with an RSA key is turned away by OpenSSL instead, with the alert of a missing one.
    ...(untrustedClients === "refuse" ? { sigalgs: "ECDSA+SHA256" } : {}),
    ...(version === undefined ? {} : { minVersion: version, maxVersion: version }),
  };
}
