import { request as plainRequest, type ClientRequest } from "node:http";
import { request, type RequestOptions } from "node:https";
import type { Duplex } from "node:stream";
import { connect, type PeerCertificate, type TLSSocket } from "node:tls";
import { type DaemonInfo, readInfo } from "../components/model/observed/docker-info.ts";

/** Seconds until an endpoint that does not answer is given up. */
const timeoutSeconds = 10;
/** Bytes that an answer may have; dockerd's `/info` has some ten thousand. */
const answerLimit = 1024 * 1024;

/** Opens a connection other than over the network, such as through a tunnel. */
export type Opener = (host: string, port: number) => Promise<Duplex>;

export interface Endpoint {
  readonly host: string;
  readonly port: number;
  readonly open?: Opener;
}

/** What a Docker client shows and trusts, each PEM. */
export interface ClientIdentity {
  readonly ca: string;
  readonly certificate?: string;
  readonly privateKey?: string;
}

export interface Answer {
  readonly status: number;
  readonly body: string;
  readonly certificate: PeerCertificate | undefined;
}

/** The code of an answer that is too long to be one. */
export const tooLong = "EMSGSIZE";

/** The least that is taken; TLS 1.1 is offered alone, as an old client would. */
type Version = "TLSv1.1" | "TLSv1.2" | "TLSv1.3";

/** `GET /info` over TLS, the server's chain and names verified by Node's own rules. */
export async function getInfo(
  endpoint: Endpoint,
  identity: ClientIdentity,
  version: Version = "TLSv1.2",
): Promise<Answer> {
  const { ca, certificate, privateKey } = identity;
  const options = {
    ...common(endpoint),
    ca,
    // An intermediate that is trusted by itself counts, as it does for dockerd and its own client.
    allowPartialTrustChain: true,
    minVersion: version,
    // At its usual level OpenSSL would not even offer it, and the refusal would be our own.
    ...(version === "TLSv1.1" ? { maxVersion: version, ciphers: "DEFAULT@SECLEVEL=0" } : {}),
    // Explicit, since NODE_TLS_REJECT_UNAUTHORIZED=0 would make the proof worthless.
    rejectUnauthorized: true,
    ...(certificate === undefined ? {} : { cert: certificate }),
    ...(privateKey === undefined ? {} : { key: privateKey }),
  } as const;
  const stream = await opened(endpoint);
  const over = (socket: Duplex): RequestOptions => ({
    ...options,
    createConnection: () => connect({ ...options, socket }),
  });
  return answerOf(request(stream === undefined ? direct(options) : over(stream)));
}

/** The same in plaintext. */
export async function getInfoInPlaintext(endpoint: Endpoint): Promise<Answer> {
  const options = common(endpoint);
  const stream = await opened(endpoint);
  return answerOf(
    plainRequest(
      stream === undefined ? direct(options) : { ...options, createConnection: () => stream },
    ),
  );
}

export function daemonInfoOf(answer: Answer): DaemonInfo | undefined {
  return answer.status === 200 ? readInfo(answer.body) : undefined;
}

/** The code that Node gives an error of the network or of TLS, such as ECONNREFUSED. */
export function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return "unknown";
  return "code" in error && typeof error.code === "string" ? error.code : error.message;
}

/** The alert (RFC 8446, 6) that ended a handshake. OpenSSL's own message has addresses of memory and lines of code in it. */
export function alertIn(
  error: unknown,
): { readonly number: number; readonly words: string | undefined } | undefined {
  const message = error instanceof Error ? error.message : "";
  const number = /SSL alert number (\d+)/.exec(message)?.[1];
  if (number === undefined) return undefined;
  const words = /:(?:ssl\/tls|tlsv1|tlsv13|sslv3) alert ([a-z ]+):/.exec(message)?.[1];
  return { number: Number(number), words };
}

/** Whether the server's certificate had been verified when the error came. */
export function cameFromTheServer(error: unknown): boolean {
  return typeof error === "object" && error !== null && authenticated.has(error);
}

const authenticated = new WeakSet<object>();

function common({ host, port }: Endpoint): { host: string; port: number; path: string } {
  return { host, port, path: "/info" };
}

/** A new connection for each request: one that was kept would prove an earlier state. */
function direct<T>(options: T): T & { readonly agent: false } {
  return { ...options, agent: false };
}

/** A tunnel may swallow what is asked of it, so opening has the same limit as answering. */
export async function opened({ host, port, open }: Endpoint): Promise<Duplex | undefined> {
  const opening = open?.(host, port);
  if (opening === undefined) return undefined;
  let late = false;
  let limit: NodeJS.Timeout | undefined;
  const timedOut = new Promise<never>((_resolve, reject) => {
    limit = setTimeout(() => {
      late = true;
      reject(timeOut());
    }, timeoutSeconds * 1000);
  });
  // A connection that comes too late is closed.
  opening.then(
    (stream) => late && stream.destroy(),
    () => undefined,
  );
  try {
    return await Promise.race([opening, timedOut]);
  } finally {
    clearTimeout(limit);
  }
}

function timeOut(): Error {
  return Object.assign(new Error("timed out"), { code: "ETIMEDOUT" });
}

/** Bounded in time and size, whatever the other side does. */
function answerOf(sent: ClientRequest): Promise<Answer> {
  let isAuthenticated = false;
  let limit: NodeJS.Timeout | undefined;
  return new Promise<Answer>((resolve, reject) => {
    const fail = (error: Error): void => {
      if (isAuthenticated) authenticated.add(error);
      reject(error);
    };
    // For whatever ends without an error; after another outcome it changes nothing.
    const cutOff = (): void => {
      fail(Object.assign(new Error("closed without a whole answer"), { code: "ECONNRESET" }));
    };
    limit = setTimeout(() => sent.destroy(timeOut()), timeoutSeconds * 1000);
    sent.on("socket", (socket) => {
      // Comes only where the server's certificate holds; see `rejectUnauthorized`.
      socket.once("secureConnect", () => (isAuthenticated = true));
    });
    sent.on("error", fail);
    let isAnswered = false;
    sent.on("close", () => {
      if (!isAnswered) cutOff();
    });
    sent.on("response", (response) => {
      isAnswered = true;
      // Asked for before the body: a socket that is closed has no peer any more.
      const certificate = peerOf(response.socket);
      const body: Buffer[] = [];
      let received = 0;
      response.on("data", (chunk: Buffer) => {
        received += chunk.length;
        if (received <= answerLimit) body.push(chunk);
        else
          response.destroy(Object.assign(new Error("the answer is too long"), { code: tooLong }));
      });
      response.on("error", fail);
      response.on("close", cutOff);
      response.on("end", () => {
        resolve({
          status: response.statusCode ?? 0,
          body: Buffer.concat(body).toString("utf8"),
          certificate,
        });
      });
    });
    sent.end();
  }).finally(() => clearTimeout(limit));
}

function peerOf(socket: unknown): PeerCertificate | undefined {
  const isTls = typeof socket === "object" && socket !== null && "getPeerCertificate" in socket;
  return isTls ? (socket as TLSSocket).getPeerCertificate() : undefined;
}
