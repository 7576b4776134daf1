// Why a handshake that should go through failed, for whoever has to do something about it.
import { X509Certificate } from "node:crypto";
import { oneLine, type Problem } from "../components/model/problem.ts";
import { alertIn, codeOf } from "./docker-api.ts";

/** The certificates of a connection, PEM. */
interface Certificates {
  readonly ca: string;
  readonly clientCertificate: string;
  readonly serverCertificate: string;
}

/** `certificate_expired` (RFC 8446, 6.2). */
const expiredAlert = 45;

/** What Node says of a chain that leads to no authority of the stack. */
const foreignChains = [
  "SELF_SIGNED_CERT_IN_CHAIN",
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
];

const seeWhoListens =
  "see who listens there with `ss -ltnp` on the machine, and that the address leads to it";

/** What is wrong. Certificates that have ended are told apart from clocks that are wrong. */
export function tlsFailure(error: unknown, shown: Certificates): Omit<Problem, "where"> {
  const code = oneLine(codeOf(error), 120);
  const alert = alertIn(error);
  const said =
    alert?.words === undefined
      ? detailOf(error, code)
      : `alert ${String(alert.number)}, ${alert.words}`;
  const what = `no mutual TLS (${said})`;
  const renewed = "run `pulumi up`, which renews it";
  if (code === "CERT_HAS_EXPIRED") {
    const [whose, ended] = endOf(shown.serverCertificate)
      ? ["its certificate", endOf(shown.serverCertificate)]
      : ["its authority's certificate", endOf(shown.ca)];
    const when =
      ended === undefined ? "a certificate there has ended" : `${whose} ended on ${ended}`;
    return { what: `${what}: ${when}`, why: "no client trusts it any more", fix: renewed };
  }
  if (code === "CERT_NOT_YET_VALID") {
    return {
      what: `${what}: its certificate is not valid yet`,
      why: "the clock of this machine lags behind the one that issued it",
      fix: "set the clock here (`timedatectl`), then run `pulumi up` again",
    };
  }
  if (foreignChains.includes(code)) {
    return {
      what: `${what}: what listens there has no certificate of this stack`,
      why: "it is another program, or another machine",
      fix: seeWhoListens,
    };
  }
  if (code === "ERR_TLS_CERT_ALTNAME_INVALID") {
    return {
      what: `${what}: its certificate does not name the address`,
      why: "it is another machine's",
      fix: seeWhoListens,
    };
  }
  if (alert?.number === expiredAlert) {
    const ended = endOf(shown.clientCertificate);
    return ended === undefined
      ? {
          what: `${what}: dockerd takes the client's certificate for one that has ended, and it has not`,
          why: "the clock of the machine is wrong",
          fix: "set the clock there (`timedatectl`), then run `pulumi up` again",
        }
      : {
          what: `${what}: the client's certificate ended on ${ended}`,
          why: "dockerd lets nobody in with it",
          fix: renewed,
        };
  }
  return {
    what,
    why: "the API can't be used as configured",
    fix: "see what dockerd says with `journalctl -u docker` on the machine, then run `pulumi up` again",
  };
}

function detailOf(error: unknown, code: string): string {
  const message = error instanceof Error ? oneLine(error.message, 200) : code;
  return code === message ? code : `${code}: ${message}`;
}

/** The day on which the first certificate in a PEM text ended; undefined: it has not. */
function endOf(pem: string): string | undefined {
  const { validToDate } = new X509Certificate(pem);
  return validToDate.getTime() <= Date.now() ? validToDate.toISOString().slice(0, 10) : undefined;
}
