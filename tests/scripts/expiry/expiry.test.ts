import { X509Certificate } from "node:crypto";
import { certificatesIn } from "../../../scripts/expiry/certificates.ts";
import { calendar } from "../../../scripts/expiry/calendar.ts";
import { metricsText } from "../../../scripts/expiry/metrics.ts";
import { expiryReport, table } from "../../../scripts/expiry/report.ts";
import { makeAuthority } from "../../support/authority.ts";

const prefix = "urn:pulumi:prod::dockertls::";
const fleet = `${prefix}dockertls:index:Fleet`;
const authority = await makeAuthority("dockertls CA g1");
const client = await authority.issue("client");

/** A certificate in the state, under its component. */
const resource = (
  component: string,
  componentName: string,
  name: string,
  more: Readonly<Record<string, unknown>> = {},
): object => ({
  urn: `${fleet}$dockertls:index:${component}$tls:index/locallySignedCert:LocallySignedCert::${name}`,
  type: "tls:index/locallySignedCert:LocallySignedCert",
  parent: `${fleet}$dockertls:index:${component}::${componentName}`,
  outputs: { certPem: client.certificate, earlyRenewalHours: 8 },
  ...more,
});
const state = (...resources: object[]) => ({ deployment: { resources } }) as never;
const day = 86_400_000;
const ends = new X509Certificate(client.certificate).validToDate.getTime();

test("each certificate is told by whose it is; the one that nobody would miss is left out", () => {
  const found = certificatesIn(
    "prod",
    state(
      resource("ClientCertificate", "client", "client"),
      resource("ClientCertificate", "client@former", "client"),
      resource("ClientCertificate", "client-alice", "client-alice-g2"),
      resource("ClientCertificate", "client-bob@guests", "client-bob@guests"),
      resource("ClientCertificate", "group-guests-proof", "group-guests-proof"),
      resource("ServerCertificate", "web-server", "web-server"),
      resource("ServerCertificate", "web-server-server", "web-server-server-g2"),
      resource("CertificateAuthority", "ca", "ca-g2"),
      resource("CertificateAuthority", "ca", "ca-g2-by-g1"),
      resource("CertificateAuthority", "ca-former", "ca-g1"),
      resource("CertificateAuthority", "group-guests", "group-guests-g3"),
      resource("Stranger", "stranger", "stranger"),
      resource("ServerCertificate", "old-server", "old-server", { delete: true }),
      {
        urn: `${prefix}tls:index/privateKey:PrivateKey::ca-g1-key`,
        type: "tls:index/privateKey:PrivateKey",
      },
    ),
  );
  expect(found.map(({ kind, owner }) => `${kind} ${owner}`)).toEqual([
    "authority g1",
    "authority g2",
    "authority g2 by g1",
    "group guests g3",
    "machine web",
    "machine web-server",
    "client (proof of guests)",
    "client (this program)",
    "client (this program, before the rotation)",
    "client alice",
    "client bob of guests",
  ]);
  expect(found[0]).toMatchObject({ stack: "prod", issuer: "dockertls CA g1" });
});

test("a stack that was never deployed has none", () => {
  expect(certificatesIn("dev", { deployment: null })).toEqual([]);
});

test("one is due from its renewal on, and ended from its end on", () => {
  const found = certificatesIn(
    "prod",
    state(resource("ServerCertificate", "web-server", "web-server")),
  );
  const at = (time: number) => expiryReport(found, new Date(time)).certificates[0];
  expect(at(ends - 9 * 3_600_000)).toMatchObject({ state: "valid", daysLeft: 0 });
  expect(at(ends - 7 * 3_600_000)).toMatchObject({ state: "due", daysLeft: 0 });
  expect(at(ends + 1_000)).toMatchObject({ state: "ended", daysLeft: -1 });
  expect(at(ends - 3.5 * day)).toMatchObject({ daysLeft: 3 });
});

test("on a day that is named, it says who refuses whom if nobody runs up", () => {
  const found = certificatesIn(
    "prod",
    state(
      resource("CertificateAuthority", "ca", "ca-g1"),
      resource("CertificateAuthority", "group-guests", "group-guests-g1"),
      resource("ServerCertificate", "web-server", "web-server"),
      resource("ClientCertificate", "client-alice", "client-alice"),
    ),
  );
  expect(expiryReport(found, new Date(ends - day)).refusals).toEqual([]);
  expect(expiryReport(found, new Date(ends + day)).refusals).toEqual([
    "prod: every client refuses every machine of g1, and every machine every client of it",
    "prod: every machine refuses every client of group guests g1",
    "prod: every client refuses web",
    "prod: every machine refuses alice",
  ]);
});

test("a person gets a table that fits a terminal of 80 columns", () => {
  const found = certificatesIn("prod", state(resource("ClientCertificate", "client", "client")));
  const lines = table(expiryReport(found, new Date(ends + 5 * day)));
  const on = (time: number): string => new Date(time).toISOString().slice(0, 10);
  expect(lines).toEqual([
    "STACK  WHAT    WHOSE           STATE  RENEWS FROM  ENDS        DAYS",
    `prod   client  (this program)  ended  ${on(ends - 8 * 3_600_000)}   ${on(ends)}    -5`,
    "",
    "prod: every machine refuses (this program)",
  ]);
  expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(80);
});

test("a calendar has a day for each renewal and each end, under names that stay", () => {
  const found = certificatesIn(
    "prod",
    state(resource("ServerCertificate", "web-server", "web-server")),
  );
  const text = calendar(expiryReport(found, new Date()));
  const serial = found[0]?.serial ?? "";
  expect(text).toContain(`UID:${serial}-renews@dockertls`);
  expect(text).toContain(`UID:${serial}-ends@dockertls`);
  expect(text.match(/BEGIN:VEVENT/g)).toHaveLength(2);
  const ended = new Date(ends).toISOString().slice(0, 10).replaceAll("-", "");
  expect(text).toContain(`DTSTART;VALUE=DATE:${ended}`);
  expect(text).toMatch(/\r\nSUMMARY:machine web \(prod\): the certificate ends\r\n/);
});

test("Prometheus gets each certificate's life, and from when on it should have been renewed", () => {
  const found = certificatesIn(
    "prod",
    state(resource("ServerCertificate", "web-server", "web-server")),
  );
  const text = metricsText(expiryReport(found, new Date(ends + 1_000)));
  const labels = `{stack="prod",kind="machine",owner="web",serial_number="${found[0]?.serial ?? ""}",issuer_CN="dockertls CA g1"}`;
  expect(text).toContain(`\nx509_cert_not_after${labels} ${String(ends / 1000)}\n`);
  expect(text).toContain(`\nx509_cert_expired${labels} 1\n`);
  expect(text).toContain(
    `\ndockertls_certificate_renewal_timestamp_seconds${labels} ${String(ends / 1000 - 8 * 3_600)}\n`,
  );
});

test("an authority of one's own is in no resource but its component, and its owner renews it", () => {
  const found = certificatesIn(
    "prod",
    state(
      {
        urn: `${fleet}$dockertls:index:CertificateAuthority::ca`,
        type: "dockertls:index:CertificateAuthority",
        outputs: {
          ...{ certificate: authority.certificate, generation: 2 },
          ...{ endsAt: "2030-01-01T00:00:00.000Z", renewsFrom: "2029-01-01T00:00:00.000Z" },
        },
      },
      // One that was made here is a resource of its own, and its component says nothing of when it ends.
      {
        urn: `${fleet}$dockertls:index:CertificateAuthority::ca-former`,
        type: "dockertls:index:CertificateAuthority",
        outputs: { certificate: authority.certificate },
      },
    ),
  );
  const report = expiryReport(found, new Date("2029-06-01T00:00:00Z"));
  expect(report.certificates).toMatchObject([
    { kind: "authority", owner: "g2", state: "due", isOwn: true },
  ]);
  expect(table(report).slice(-2)).toEqual(
    [
      "prod: the authority of g2 is your own: pulumi up does not renew it; have it\n" +
        "  renewed with the same key, and write the new certificate into tls.authority",
    ].flatMap((line) => ["", line]),
  );
  expect(calendar(report)).toContain("is your own\\, and due to be renewed");
});
