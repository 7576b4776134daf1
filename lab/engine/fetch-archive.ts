// One archive over HTTP, with its SHA-256. Bounded in time: a network that swallows packets would
// otherwise hold everything up.
import { createHash } from "node:crypto";
import { createWriteStream } from "node:fs";
import http from "node:http";
import { Transform } from "node:stream";
import { pipeline } from "node:stream/promises";

const seconds = 240;

/** Downloads to a file that is not there yet; returns the checksum of what came. */
export async function fetchArchive(
  address: string,
  file: string,
  signal?: AbortSignal,
): Promise<string> {
  // fetch alone takes no notice of HTTPS_PROXY.
  http.setGlobalProxyFromEnv(process.env);
  const limit = AbortSignal.timeout(seconds * 1000);
  const response = await fetch(address, {
    signal: AbortSignal.any([limit, ...(signal ? [signal] : [])]),
  });
  if (!response.ok || response.body === null) {
    await response.body?.cancel();
    throw new Error(`HTTP ${String(response.status)}`);
  }
  const hash = createHash("sha256");
  const hashing = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      done(null, chunk);
    },
  });
  // 0600, and an error where something lies there already.
  const output = createWriteStream(file, { flags: "wx", mode: 0o600 });
  await pipeline(response.body, hashing, output);
  return hash.digest("hex");
}

const known: Readonly<Record<string, string>> = {
  ENOTFOUND: "no such host",
  EAI_AGAIN: "no such host",
  ECONNREFUSED: "connection refused",
  ENETUNREACH: "network is unreachable",
  EHOSTUNREACH: "network is unreachable",
  UND_ERR_CONNECT_TIMEOUT: "no answer",
  UND_ERR_SOCKET: "cut short",
};

/** What fetch throws; in tests it is not an instance of their own Error. */
const isError = (value: unknown): value is Error & { code?: string } =>
  typeof value === "object" && value !== null && "message" in value;

/** Why a download did not work, in a few words. */
export function reasonOf(error: unknown): string {
  if (!isError(error)) return String(error);
  if (error.name === "TimeoutError") return `no end after ${String(seconds)} s`;
  // fetch says "fetch failed"; what failed is the cause.
  if (isError(error.cause)) return reasonOf(error.cause);
  return known[error.code ?? ""] ?? error.message.slice(0, 120);
}
