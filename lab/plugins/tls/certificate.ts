// What self-signed and locally signed certificates share: their inputs, their renewal.
import { text, type Values } from "../values.ts";
import type { Kind } from "./issued.ts";
import { USES } from "./x509/uses.ts";

const HOUR = 3_600_000;

/** The inputs, once revealed and with their defaults. */
export interface CertificateInputs {
  readonly allowedUses: readonly string[];
  readonly validityPeriodHours: number;
  readonly earlyRenewalHours: number;
  readonly isCaCertificate: boolean;
  readonly setSubjectKeyId: boolean;
  readonly setAuthorityKeyId?: boolean;
  readonly maxPathLength?: number;
}

export const CERTIFICATE = {
  required: ["allowedUses", "validityPeriodHours"],
  optional: ["earlyRenewalHours", "isCaCertificate", "maxPathLength", "setSubjectKeyId"],
  rules: [
    { property: "allowedUses", attribute: "allowed_uses", oneOf: USES },
    { property: "validityPeriodHours", attribute: "validity_period_hours", atLeast: 0 },
    { property: "earlyRenewalHours", attribute: "early_renewal_hours", atLeast: 0 },
    { property: "maxPathLength", attribute: "max_path_length", atLeast: -1 },
  ],
  defaults: {
    earlyRenewalHours: 0,
    isCaCertificate: false,
    readyForRenewal: false,
    setSubjectKeyId: false,
  },
  computed: ["certPem", "maxPathLength", "validityEndTime", "validityStartTime"],
  inPlace: ["earlyRenewalHours"],

  /** Due from `earlyRenewalHours` before the end on; before it is issued, as if it were now. */
  due({ validityEndTime, validityPeriodHours, earlyRenewalHours }: Values): boolean {
    const issuedUntil = Date.parse(text(validityEndTime));
    const end = Number.isNaN(issuedUntil)
      ? Date.now() + Number(validityPeriodHours) * HOUR
      : issuedUntil;
    return end - Number(earlyRenewalHours) * HOUR <= Date.now();
  },
} satisfies Partial<Kind>;

export function validity({ validityPeriodHours }: CertificateInputs): { start: Date; end: Date } {
  const start = new Date();
  return { start, end: new Date(start.getTime() + validityPeriodHours * HOUR) };
}

/** Runs a step; its error then begins with what was being done. */
export function explained<T>(summary: string, step: () => T): T {
  try {
    return step();
  } catch (error) {
    throw new Error(`${summary}: ${error instanceof Error ? error.message : String(error)}`);
  }
}
