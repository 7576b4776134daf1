import { oneLine, type Problem } from "../components/model/problem.ts";
import {
  alertIn,
  cameFromTheServer,
  codeOf,
  getInfo,
  getInfoInPlaintext,
  type Answer,
  type ClientIdentity,
  type Endpoint,
} from "./docker-api.ts";

/** What came of a client that must be turned away. */
export type Verdict = "refused" | "let in" | "could not tell";

export interface Refusal {
  readonly client: string;
  readonly verdict: Verdict;
  /** The sign that the verdict rests on. */
  readonly sign: string;
}

// What TLS says of a client that it turns away for its certificate: handshake_failure,
// bad_certificate, certificate_unknown, unknown_ca, access_denied, certificate_required (RFC 8446, 6.2).
const certificateAlerts = [40, 42, 46, 48, 49, 116];

/**
 * Tries the clients that must be turned away. Only its specific sign counts as a refusal: a time-out
 * or a refused connection would also come from an endpoint that is simply down. `untrusted` trusts the
 * endpoint, but holds a certificate of another authority; that of `misused` is of this one, and good for servers alone:
 * whoever has read a machine's key must not become a client of all others.
 *
 * TLS 1.3 alone: there a server turns a client away when the handshake is over, encrypted with keys that
 * only the holder of the server's certificate has. In TLS 1.2 its alert is plaintext, and anybody on the
 * way could forge a refusal for an API that lets everyone in.
 */
export async function refusals(
  endpoint: Endpoint,
  untrusted: ClientIdentity,
  misused: ClientIdentity | undefined,
): Promise<Refusal[]> {
  const { ca } = untrusted;
  const overTls = (client: ClientIdentity) => () => getInfo(endpoint, client, "TLSv1.3");
  return Promise.all([
    judge("a client without a certificate", overTls({ ca }), byAlert),
    judge("a client of another authority", overTls(untrusted), byAlert),
    ...(misused === undefined
      ? []
      : [judge("a client with a certificate for servers", overTls(misused), byAlert)]),
    judge("a client in plaintext", () => getInfoInPlaintext(endpoint), byAnswer),
    judge("a client of TLS 1.1", () => getInfo(endpoint, { ca }, "TLSv1.1"), byVersion),
  ]);
}

/**
 * Tries a client whose authority is trusted no more; see revoked-clients.ts. Where its certificate has ended, dockerd
 * says that before it looks at the issuer, which is as good a reason to turn it away.
 */
export function refusalOfRevoked(
  name: string,
  endpoint: Endpoint,
  client: ClientIdentity,
  hasEnded: boolean,
): Promise<Refusal> {
  return judge(name, () => getInfo(endpoint, client, "TLSv1.3"), hasEnded ? byAlertOrEnd : byAlert);
}

/** What is wrong about a client that must be turned away. `letIn` says it of one that was let in. */
export function refusalProblems(
  where: string,
  { client, verdict, sign }: Refusal,
  letIn: Pick<Problem, "why" | "fix">,
): Problem[] {
  if (verdict === "refused") return [];
  const unproven = {
    why: "the refusal is not proven",
    fix: "run it again; a firewall or proxy in between may answer in dockerd's place",
  };
  const what = `${client}: ${verdict} (${sign})`;
  return [{ where, what, ...(verdict === "let in" ? letIn : unproven) }];
}

/** What turns a kind of client away: an answer, or an error. */
interface Sign {
  readonly answer: (answer: Answer) => boolean;
  readonly error: (error: unknown) => boolean;
}

/** OpenSSL's message holds the alert's number, whatever code Node gives it. */
function byAlertOf(alerts: readonly number[]): Sign {
  return {
    answer: () => false,
    error: (error) => {
      const alert = alertIn(error)?.number;
      return cameFromTheServer(error) && alert !== undefined && alerts.includes(alert);
    },
  };
}

const byAlert = byAlertOf(certificateAlerts);
/** The same, or certificate_expired (RFC 8446, 6.2). */
const byAlertOrEnd = byAlertOf([...certificateAlerts, 45]);

/**
 * A Go server answers plaintext on its TLS port with a 400 of its own. Nothing in plaintext is beyond
 * forging; that the port speaks TLS with the server's own key has been proven before anyone is asked to
 * be turned away, and a port that does both at once is the machine's doing, not the network's.
 */
const byAnswer: Sign = { answer: ({ status }) => status === 400, error: () => false };

/**
 * protocol_version (RFC 8446, 6.2). It comes before any certificate, so the same holds for it as for plaintext.
 */
const byVersion: Sign = { answer: () => false, error: (error) => alertIn(error)?.number === 70 };

/**
 * A server that turns a client away closes the connection right behind its alert; when the client's
 * request is still on its way then, the alert is lost to a reset. Another attempt gets it.
 */
const tries = 5;
/** Seconds after which nothing is tried again. */
const patienceSeconds = 10;

async function judge(
  client: string,
  attempt: () => Promise<Answer>,
  sign: Sign,
  triesLeft = tries,
  until = Date.now() + patienceSeconds * 1000,
): Promise<Refusal> {
  try {
    const answer = await attempt();
    const verdict = sign.answer(answer) ? "refused" : "let in";
    return { client, verdict, sign: `HTTP ${String(answer.status)}` };
  } catch (error) {
    const cutOff = ["ECONNRESET", "EPIPE"].includes(codeOf(error));
    if (cutOff && !sign.error(error) && triesLeft > 1 && Date.now() < until) {
      return judge(client, attempt, sign, triesLeft - 1, until);
    }
    const verdict = sign.error(error) ? "refused" : "could not tell";
    return { client, verdict, sign: oneLine(codeOf(error), 120) };
  }
}
