// What self-signed and locally signed certificates share: their inputs, their renewal.
import { BOOLEAN, INTEGER, STRING, STRINGS } from "../schema.ts";
import { text, type Value, type Values } from "../values.ts";
import type { Kind } from "./issued.ts";
import { atLeast, oneOf } from "./rules.ts";
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
  inputs: {
    allowedUses: STRINGS,
    earlyRenewalHours: INTEGER,
    isCaCertificate: BOOLEAN,
    maxPathLength: INTEGER,
    setSubjectKeyId: BOOLEAN,
    validityPeriodHours: INTEGER,
  },
  required: ["allowedUses", "validityPeriodHours"],
  rules: [
    oneOf("allowedUses", USES),
    atLeast("validityPeriodHours", 0),
    atLeast("earlyRenewalHours", 0),
    atLeast("maxPathLength", -1),
  ],
  defaults: {
    earlyRenewalHours: 0,
    isCaCertificate: false,
    readyForRenewal: false,
    setSubjectKeyId: false,
  },
  computed: {
    certPem: STRING,
    maxPathLength: INTEGER,
    validityEndTime: STRING,
    validityStartTime: STRING,
  },
  inPlace: ["earlyRenewalHours"],

  /** Due from `earlyRenewalHours` before the end on; before it is issued, as if it were now. */
  due({ validityEndTime, validityPeriodHours, earlyRenewalHours }: Values): boolean {
    const issuedUntil = Date.parse(text(validityEndTime));
    const end = Number.isNaN(issuedUntil)
      ? Date.now() + hours(validityPeriodHours) * HOUR
      : issuedUntil;
    return end - hours(earlyRenewalHours) * HOUR <= Date.now();
  },
} satisfies Partial<Kind>;

/** A number that isn't known yet counts as none. */
function hours(value: Value | undefined): number {
  const number = Number(value);
  return Number.isNaN(number) ? 0 : number;
}

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
