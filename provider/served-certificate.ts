// The certificate that an API serves, seen without a client certificate: with TLS 1.3 the handshake
// is complete on this side before the server asks who is there.
import { X509Certificate } from "node:crypto";
import { connect as connectPlainly, isIP } from "node:net";
import type { Duplex } from "node:stream";
import { connect, type TLSSocket } from "node:tls";
import type { EndpointProbe } from "../components/model/observed/endpoint-probe.ts";
import { codeOf, opened, type Endpoint } from "./docker-api.ts";

const patienceSeconds = 6;

export interface Served {
  readonly certificate: X509Certificate;
  /** Why its chain does not lead to the stack's authority, by Node's code; undefined: not judged, or fine. */
  readonly chainError: string | undefined;
}

/**
 * @param ca the authority that must have issued it, PEM; without one the chain is not judged.
 * @param stream a connection that leads there, such as through a tunnel; without it one is made.
 */
export function servedCertificate(
  { host, port }: Endpoint,
  ca?: string,
  stream?: Duplex,
): Promise<Served | { readonly code: string }> {
  return new Promise((resolve) => {
    const socket = connect({
      host,
      port,
      ...(stream === undefined ? {} : { socket: stream }),
      minVersion: "TLSv1.2",
      // We check it ourselves, so that a message can say everything that is wrong.
      rejectUnauthorized: false,
      checkServerIdentity: () => undefined,
      ...(isIP(host) === 0 ? { servername: host } : {}),
      ...(ca === undefined ? {} : { ca, allowPartialTrustChain: true }),
    });
    const finish = (outcome: Served | { readonly code: string }): void => {
      clearTimeout(limit);
      socket.destroy();
      resolve(outcome);
    };
    const limit = setTimeout(() => finish({ code: "ETIMEDOUT" }), patienceSeconds * 1000);
    socket.on("error", (error) => finish({ code: codeOf(error) }));
    socket.on("secureConnect", () => {
      const { raw } = socket.getPeerCertificate();
      const certificate = new X509Certificate(raw);
      finish({ certificate, chainError: ca === undefined ? undefined : chainErrorOf(socket) });
    });
  });
}

/** By its types it is an Error; by its documentation the reason, which is a code. */
function chainErrorOf(socket: TLSSocket): string | undefined {
  const error: unknown = socket.authorizationError;
  if (error instanceof Error) return codeOf(error);
  return typeof error === "string" ? error : undefined;
}

/** Probes a port from here, or from where `open` leads to. Never rejects, and takes seconds at most. */
export async function probeEndpoint(endpoint: Endpoint, overTls: boolean): Promise<EndpointProbe> {
  const { host, port } = endpoint;
  try {
    const stream = await opened(endpoint);
    if (!overTls) return stream === undefined ? await reached(host, port) : end(stream);
    const served = await servedCertificate({ host, port }, undefined, stream);
    return "code" in served ? served : { certificate: served.certificate.toString() };
  } catch {
    // A tunnel that the machine does not grant says nothing about the port.
    return {};
  }
}

function end(stream: Duplex): EndpointProbe {
  stream.destroy();
  return {};
}

function reached(host: string, port: number): Promise<EndpointProbe> {
  return new Promise((resolve) => {
    const socket = connectPlainly({ host, port });
    const finish = (seen: EndpointProbe): void => {
      clearTimeout(limit);
      socket.destroy();
      resolve(seen);
    };
    const limit = setTimeout(() => finish({ code: "ETIMEDOUT" }), patienceSeconds * 1000);
    socket.on("connect", () => finish({}));
    socket.on("error", (error) => finish({ code: codeOf(error) }));
  });
}
