import { formatProblem } from "../../components/model/problem.ts";
import { tlsFailure } from "../../provider/tls-failure.ts";
import { makeAuthority } from "../support/authority.ts";

const authority = await makeAuthority("CA");
const now = {
  ca: authority.certificate,
  clientCertificate: (await authority.issue("client")).certificate,
  serverCertificate: (await authority.issue("server")).certificate,
};
const ended = (await authority.issue("client", { endsIn: -86_400_000 })).certificate;
const day = new Date(Date.now() - 86_400_000).toISOString().slice(0, 10);

/** As OpenSSL says it of what a server sends. */
const alert = (number: number, words: string): Error =>
  new Error(
    `40A7:error:0A000415:SSL routines:ssl3_read_bytes:${words}:../deps/openssl/rec_layer_s3.c:918:SSL alert number ${String(number)}\n`,
  );
const coded = (code: string): Error => Object.assign(new Error(code), { code });

test.each([
  [
    "the client's certificate has ended",
    alert(45, "ssl/tls alert certificate expired"),
    { clientCertificate: ended },
    `no mutual TLS (alert 45, certificate expired): the client's certificate ended on ${day}; dockerd lets nobody in with it; run \`pulumi up\`, which renews it`,
  ],
  [
    "dockerd says so, and it has not",
    alert(45, "ssl/tls alert certificate expired"),
    {},
    "no mutual TLS (alert 45, certificate expired): dockerd takes the client's certificate for one that has ended, and it has not; the clock of the machine is wrong; set the clock there (`timedatectl`), then run `pulumi up` again",
  ],
  [
    "the machine's certificate has ended",
    coded("CERT_HAS_EXPIRED"),
    { serverCertificate: ended },
    `no mutual TLS (CERT_HAS_EXPIRED): its certificate ended on ${day}; no client trusts it any more; run \`pulumi up\`, which renews it`,
  ],
  [
    "the authority's has",
    coded("CERT_HAS_EXPIRED"),
    { ca: ended },
    `no mutual TLS (CERT_HAS_EXPIRED): its authority's certificate ended on ${day}; no client trusts it any more; run \`pulumi up\`, which renews it`,
  ],
  [
    "another one there has",
    coded("CERT_HAS_EXPIRED"),
    {},
    "no mutual TLS (CERT_HAS_EXPIRED): a certificate there has ended; no client trusts it any more; run `pulumi up`, which renews it",
  ],
  [
    "the clock here lags",
    coded("CERT_NOT_YET_VALID"),
    {},
    "no mutual TLS (CERT_NOT_YET_VALID): its certificate is not valid yet; the clock of this machine lags behind the one that issued it; set the clock here (`timedatectl`), then run `pulumi up` again",
  ],
  [
    "another alert",
    alert(48, "tlsv1 alert unknown ca"),
    {},
    "no mutual TLS (alert 48, unknown ca); the API can't be used as configured; see what dockerd says with `journalctl -u docker` on the machine, then run `pulumi up` again",
  ],
  ...[
    "SELF_SIGNED_CERT_IN_CHAIN",
    "DEPTH_ZERO_SELF_SIGNED_CERT",
    "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
    "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  ].map((code): [string, Error, object, string] => [
    `another certificate: ${code}`,
    coded(code),
    {},
    `no mutual TLS (${code}): what listens there has no certificate of this stack; it is another program, or another machine; see who listens there with \`ss -ltnp\` on the machine, and that the address leads to it`,
  ]),
  [
    "a certificate of another name",
    coded("ERR_TLS_CERT_ALTNAME_INVALID"),
    {},
    "no mutual TLS (ERR_TLS_CERT_ALTNAME_INVALID): its certificate does not name the address; it is another machine's; see who listens there with `ss -ltnp` on the machine, and that the address leads to it",
  ],
])("%s", (_case, error, shown, line) => {
  const problem = tlsFailure(error, { ...now, ...shown });
  expect(formatProblem({ where: "b1", ...problem })).toBe(`b1: ${line}`);
});
