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

// What TLS says of a client that it turns away for its certificate: alerts 116, 40, 42, 46, 48 and 49
// of RFC 8446, 6.2, under OpenSSL's names for them. With TLS 1.3 they come on the first read only.
const certificateAlerts = [
  "ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED",
  "ERR_SSL_SSL/TLS_ALERT_HANDSHAKE_FAILURE",
  "ERR_SSL_SSL/TLS_ALERT_BAD_CERTIFICATE",
  "ERR_SSL_SSL/TLS_ALERT_CERTIFICATE_UNKNOWN",
  "ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE",
  "ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE",
  "ERR_SSL_SSLV3_ALERT_CERTIFICATE_UNKNOWN",
  "ERR_SSL_TLSV1_ALERT_UNKNOWN_CA",
  "ERR_SSL_TLSV1_ALERT_ACCESS_DENIED",
];

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
  refusedBy: (code: string) => boolean,
): Promise<Refusal> {
  try {
    const { status } = await attempt();
    // A Go server answers plaintext on its TLS port with a 400 of its own.
    const verdict = status === 400 ? "refused" : "let in";
    return { client, verdict, sign: `HTTP ${String(status)}` };
  } catch (error) {
    const code = codeOf(error);
    return { client, verdict: refusedBy(code) ? "refused" : "could not tell", sign: code };
  }
}

function alerted(code: string): boolean {
  return certificateAlerts.includes(code);
}
