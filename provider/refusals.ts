import {
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
 * or a refused connection would also come from an endpoint that is simply down. `stranger` trusts the
 * endpoint, but holds a certificate of another authority.
 */
export async function refusals(endpoint: Endpoint, stranger: ClientIdentity): Promise<Refusal[]> {
  const { ca } = stranger;
  return Promise.all([
    judge("a client without a certificate", () => getInfo(endpoint, { ca }), byAlert),
    judge("a client of another authority", () => getInfo(endpoint, stranger), byAlert),
    judge("a client in plaintext", () => getInfoInPlaintext(endpoint), byAnswer),
  ]);
}

/** What turns a kind of client away: an answer, or an error. */
interface Sign {
  readonly answer: (answer: Answer) => boolean;
  readonly error: (error: unknown) => boolean;
}

/**
 * The number stands in OpenSSL's message only: of an alert that ends the handshake, as with TLS 1.2,
 * Node says no more than EPROTO; with TLS 1.3 it comes on the first read, and has a code of its own.
 */
const byAlert: Sign = {
  answer: () => false,
  error: (error) => {
    const alert = /SSL alert number (\d+)/.exec(error instanceof Error ? error.message : "")?.[1];
    return alert !== undefined && certificateAlerts.includes(Number(alert));
  },
};

/** A Go server answers plaintext on its TLS port with a 400 of its own. */
const byAnswer: Sign = { answer: ({ status }) => status === 400, error: () => false };

/**
 * A server that turns a client away closes the connection right behind its alert; when the client's
 * request is still on its way then, the alert is lost to a reset. It is had by asking again.
 */
const tries = 5;

async function judge(
  client: string,
  attempt: () => Promise<Answer>,
  sign: Sign,
  triesLeft = tries,
): Promise<Refusal> {
  try {
    const answer = await attempt();
    const verdict = sign.answer(answer) ? "refused" : "let in";
    return { client, verdict, sign: `HTTP ${String(answer.status)}` };
  } catch (error) {
    const cutOff = ["ECONNRESET", "EPIPE"].includes(codeOf(error));
    if (cutOff && !sign.error(error) && triesLeft > 1) {
      return judge(client, attempt, sign, triesLeft - 1);
    }
    const verdict = sign.error(error) ? "refused" : "could not tell";
    return { client, verdict, sign: codeOf(error) };
  }
}
