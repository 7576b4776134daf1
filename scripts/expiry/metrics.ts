import { certificateMetrics } from "../metrics/certificates.ts";
import { expositionOf } from "../metrics/exposition.ts";
import type { ExpiryReport } from "./report.ts";

/** What `npm run expiry` found, as metrics: when each certificate ends, and from when on it should have been renewed. */
export function metricsText({ at, certificates }: ExpiryReport): string {
  const all = certificates.map((one) => ({
    labels: {
      ...{ stack: one.stack, kind: one.kind, owner: one.owner },
      ...{ serial_number: one.serial, issuer_CN: one.issuer },
    },
    notBefore: secondsOf(one.validFrom),
    renewsFrom: secondsOf(one.renewsFrom),
    notAfter: secondsOf(one.endsAt),
    at: secondsOf(at),
  }));
  return expositionOf([
    ...certificateMetrics(all),
    {
      name: "dockertls_certificate_renewal_timestamp_seconds",
      help: "From when on pulumi up renews the certificate; in the past, nobody has run it since.",
      samples: all.map(({ labels, renewsFrom }) => ({ labels, value: renewsFrom })),
    },
  ]);
}

const secondsOf = (date: string): number => Math.floor(Date.parse(date) / 1000);
