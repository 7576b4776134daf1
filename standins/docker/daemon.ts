// dockerd's API, https://docs.docker.com/reference/api/engine/, as far as getNetwork needs it.
import { request as requestHttp, type IncomingMessage, type RequestOptions } from "node:http";
import { request as requestHttps } from "node:https";
import type { Settings } from "./settings.ts";

/** The newest version of the API that this code was written for. */
const API_VERSION = "1.47";
const LIMIT_MS = 10_000;

export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

export interface Daemon {
  readonly host: string;
  /** Throws when there is no daemon to talk to; gives the API version to talk with. */
  ping(): Promise<string>;
  get(path: string): Promise<Answer>;
}

export function connect({ host, tls }: Settings): Daemon {
  const { scheme, target, base } = parse(host);
  const secure = tls !== undefined || scheme === "https";
  // The server's certificate has to name the host; without an agent no connection is kept open.
  const options: RequestOptions = { ...target, ...tls, agent: false, timeout: LIMIT_MS };
  const send = secure ? requestHttps : requestHttp;

  const call = (
    method: string,
    path: string,
  ): Promise<{ message: IncomingMessage; text: string }> =>
    new Promise((resolve, reject) => {
      const request = send(
        { ...options, method, path: base + path, ...(secure && { minVersion: "TLSv1.2" }) },
        (message) => {
          let text = "";
          message.setEncoding("utf8");
          message.on("data", (chunk: string) => (text += chunk));
          message.on("end", () => resolve({ message, text }));
          message.on("error", reject);
        },
      );
      request.on("timeout", () => request.destroy(new Error("i/o timeout")));
      request.on("error", (error: NodeJS.ErrnoException) => {
        reject(unreachable(error, `${method} ${path}`, host));
      });
      request.end();
    });

  const ping = async () => {
    const { message } = await call("HEAD", "/_ping");
    if (message.statusCode !== 200) throw new Error(`_ping: status ${message.statusCode}`);
    return older(String(message.headers["api-version"] ?? API_VERSION), API_VERSION);
  };

  return {
    host,
    ping,
    async get(path) {
      const { message, text } = await call("GET", path);
      return { status: message.statusCode ?? 0, body: JSON.parse(text) as unknown };
    },
  };
}

/** `base` goes before every path. */
function parse(host: string): { scheme: string; target: RequestOptions; base: string } {
  const [, scheme, address] = /^(\w+):\/\/(.+)$/.exec(host) ?? [];
  if (scheme === undefined || address === undefined) {
    if (/^[^/]*:/.test(host)) {
      throw new Error(`parse "${host}": first path segment in URL cannot contain colon`);
    }
    throw new Error(`unable to parse docker host \`${host}\``);
  }
  if (scheme === "unix") return { scheme, target: { socketPath: address }, base: "" };
  if (!["tcp", "http", "https"].includes(scheme)) {
    throw new Error(`host: the docker plugin of standins has no ${scheme}://; use tcp://`);
  }
  const { hostname, port, pathname } = new URL(`http://${address}`);
  const target = { host: hostname.replace(/^\[|\]$/g, ""), port: port || 2375 };
  return { scheme, target, base: pathname.replace(/\/$/, "") };
}

function unreachable({ code, message }: NodeJS.ErrnoException, what: string, host: string): Error {
  if (code === "ECONNREFUSED" || code === "ENOENT" || message === "i/o timeout") {
    return new Error(
      `Cannot connect to the Docker daemon at ${host}. Is the docker daemon running?`,
    );
  }
  return new Error(`error during connect: ${what}: ${message}`);
}

function older(a: string, b: string): string {
  const [minorA = 0, minorB = 0] = [a, b].map((version) => Number(version.split(".")[1]));
  return minorA < minorB ? a : b;
}
