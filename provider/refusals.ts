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
    judge("a client without a certificate", () => getInfo(endpoint, { ca }), alerted),
    judge("a client of another authority", () => getInfo(endpoint, stranger), alerted),
    judge(
      "a client in plaintext",
      () => getInfoInPlaintext(endpoint),
      () => false,
    ),
  ]);
}

async function judge(
  client: string,
  attempt: () => Promise<Answer>,
  refusedBy: (error: unknown) => boolean,
): Promise<Refusal> {
  try {
    const { status } = await attempt();
    // A Go server answers plaintext on its TLS port with a 400 of its own.
    const verdict = status === 400 ? "refused" : "let in";
    return { client, verdict, sign: `HTTP ${String(status)}` };
  } catch (error) {
    const code = codeOf(error);
    return { client, verdict: refusedBy(error) ? "refused" : "could not tell", sign: code };
  }
}

/**
 * The number stands in OpenSSL's message only: of an alert that ends the handshake, as with TLS 1.2,
 * Node says no more than EPROTO; with TLS 1.3 it comes on the first read, and has a code of its own.
 */
function alerted(error: unknown): boolean {
  const alert = /SSL alert number (\d+)/.exec(error instanceof Error ? error.message : "")?.[1];
  return alert !== undefined && certificateAlerts.includes(Number(alert));
}
