import ical from "ical-generator";
import type { ExpiryReport } from "./report.ts";

/** iCalendar (RFC 5545): a day for each renewal and each end. Read again, an entry takes the place of its former self. */
export function calendar({ certificates }: ExpiryReport): string {
  const days = ical({ name: "dockertls certificates", prodId: "//dockertls//expiry//EN" });
  for (const { stack, kind, owner, serial, renewsFrom, endsAt, isOwn } of certificates) {
    const whose = `${kind} ${owner} (${stack})`;
    days.createEvent({
      id: `${serial}-renews@dockertls`,
      ...{ start: new Date(renewsFrom), allDay: true },
      summary: isOwn
        ? `${whose}: is your own, and due to be renewed`
        : `${whose}: pulumi up renews the certificate from today on`,
    });
    days.createEvent({
      id: `${serial}-ends@dockertls`,
      ...{ start: new Date(endsAt), allDay: true },
      summary: `${whose}: the certificate ends`,
    });
  }
  return days.toString();
}
