// The certificate that an API serves, seen without a client certificate: with TLS 1.3 the handshake
// is complete on this side before the server asks who is there.
import { X509Certificate } from "node:crypto";
import { isIP } from "node:net";
import { connect, type TLSSocket } from "node:tls";
import { oneLine, type Problem } from "../components/model/problem.ts";
import { codeOf, type Endpoint } from "../provider/docker-api.ts";

const patienceSeconds = 6;

export interface Served {
  readonly certificate: X509Certificate;
  /** Why its chain does not lead to the stack's authority, by Node's code; undefined: not judged, or fine. */
  readonly chainError: string | undefined;
}

/** @param ca the authority that must have issued it, PEM; without one the chain is not judged. */
export function servedCertificate(
  { host, port }: Endpoint,
  ca: string | undefined,
): Promise<Served | { readonly code: string }> {
  return new Promise((resolve) => {
    const socket = connect({
      host,
      port,
      minVersion: "TLSv1.2",
      // What is wrong with it is judged by ourselves, so that it can be told in full.
      rejectUnauthorized: false,
      checkServerIdentity: () => undefined,
      ...(isIP(host) === 0 ? { servername: host } : {}),
      ...(ca === undefined ? {} : { ca }),
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

/** What is wrong with what an endpoint serves to a client that dials `address`. */
export function certificateProblem(
  where: string,
  address: string,
  served: Served | { readonly code: string },
  now: Date,
): Problem | undefined {
  if ("code" in served) return noHandshake(where, served.code);
  const { certificate, chainError } = served;
  const { validFromDate, validToDate } = certificate;
  if (now > validToDate) {
    return {
      where,
      what: `its certificate ended on ${validToDate.toISOString()}`,
      why: "no client accepts it any more",
      fix: "run `pulumi up`, which renews it",
    };
  }
  if (now < validFromDate) {
    return {
      where,
      what: `its certificate begins on ${validFromDate.toISOString()} only`,
      why: "by this machine's clock that is still to come",
      fix: "set this machine's clock right",
    };
  }
  const covers =
    isIP(address) === 0 ? certificate.checkHost(address) : certificate.checkIP(address);
  if (covers === undefined) {
    return {
      where,
      what: `its certificate is for ${oneLine(certificate.subjectAltName ?? "nobody", 120)}, not for ${address}`,
      why: "clients take it for another machine",
      fix: "run `pulumi up`, which issues one for this address",
    };
  }
  if (chainError === undefined) return undefined;
  return {
    where,
    what: `its certificate is none of this stack's authority (${oneLine(chainError, 80)})`,
    why: "another stack or program put it there, or the authority was replaced",
    fix: "run `pulumi up`; if that stays, see who else manages this machine",
  };
}

function noHandshake(where: string, code: string): Problem {
  if (/WRONG_VERSION|EPROTO|wrong version/i.test(code)) {
    return {
      where,
      what: `speaks no TLS (${oneLine(code, 80)})`,
      why: "if it is a Docker API in plaintext, the network has root on the machine",
      fix: "run `pulumi up`, and until then close the port",
    };
  }
  return {
    where,
    what: `no TLS handshake (${oneLine(code, 80)})`,
    why: "the port is open, but what listens there does not talk",
    fix: "see `journalctl -u docker.service` on the machine",
  };
}
