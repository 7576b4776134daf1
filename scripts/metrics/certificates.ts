import type { Metric, Sample } from "./exposition.ts";

/** One certificate, as it is at a time; all in seconds since 1970. */
interface Certificate {
  readonly labels: Sample["labels"];
  readonly notBefore: number;
  readonly notAfter: number;
  readonly at: number;
}

/** Under the names of x509-certificate-exporter, so that its dashboards and alerts show them as well. */
export function certificateMetrics(certificates: readonly Certificate[]): Metric[] {
  const each = (value: (one: Certificate) => number): Sample[] =>
    certificates.map((one) => ({ labels: one.labels, value: value(one) }));
  return [
    {
      name: "x509_cert_not_before",
      help: "Unix timestamp of the certificate's NotBefore.",
      samples: each(({ notBefore }) => notBefore),
    },
    {
      name: "x509_cert_not_after",
      help: "Unix timestamp of the certificate's NotAfter.",
      samples: each(({ notAfter }) => notAfter),
    },
    {
      name: "x509_cert_expired",
      help: "1 if the certificate is expired, 0 otherwise.",
      samples: each(({ notAfter, at }) => Number(at > notAfter)),
    },
  ];
}
