// What is wrong with the certificate that an API serves.
import { isIP } from "node:net";
import { oneLine, type Problem } from "../components/model/problem.ts";
import type { Served } from "../provider/served-certificate.ts";

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
    what: `its certificate was not issued by this stack's authority (${oneLine(chainError, 80)})`,
    why: "another stack or program put it there, or the authority was replaced",
    fix: "run `pulumi up`; if that stays, see who else manages this machine",
  };
}

function noHandshake(where: string, code: string): Problem {
  if (/WRONG_VERSION|EPROTO|wrong version/i.test(code)) {
    return {
      where,
      what: `does not speak TLS (${oneLine(code, 80)})`,
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
