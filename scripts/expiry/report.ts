import { daysLeft } from "../../components/model/certificates.ts";
import type { Colour, Terminal } from "../../doctor/terminal.ts";
import { painted, plain } from "../../doctor/terminal.ts";
import type { Certificate } from "./certificates.ts";

/** `valid` until it is to be renewed, `due` from then on, `ended` at last. */
export type State = "valid" | "due" | "ended";

export interface Row {
  readonly stack: string;
  readonly kind: Certificate["kind"];
  readonly owner: string;
  readonly state: State;
  /** ISO 8601, as all dates here. */
  readonly validFrom: string;
  readonly renewsFrom: string;
  readonly endsAt: string;
  /** Whole days from the day asked about to the end; negative: so long ago. */
  readonly daysLeft: number;
  readonly serial: string;
  readonly issuer: string;
  /** Whether it was made elsewhere, so that nobody renews it but its owner. */
  readonly isOwn: boolean;
}

/** What `--json` prints. */
export interface ExpiryReport {
  /** The day asked about. */
  readonly at: string;
  readonly certificates: readonly Row[];
  /** Who refuses whom on that day if nobody runs `pulumi up`, a line each. */
  readonly refusals: readonly string[];
}

/** Everything renewed in time, something past its renewal, and failed. */
export const exitCodes = { valid: 0, due: 2, failed: 1 } as const;

export function expiryReport(certificates: readonly Certificate[], at: Date): ExpiryReport {
  return {
    at: at.toISOString(),
    certificates: certificates.map((one) => ({
      ...{ stack: one.stack, kind: one.kind, owner: one.owner, state: stateOf(one, at) },
      validFrom: one.validFrom.toISOString(),
      renewsFrom: one.renewsFrom.toISOString(),
      endsAt: one.endsAt.toISOString(),
      daysLeft: daysLeft(one.endsAt.getTime(), at.getTime()),
      ...{ serial: one.serial, issuer: one.issuer, isOwn: one.isOwn },
    })),
    refusals: refusals(certificates.filter((one) => stateOf(one, at) === "ended")),
  };
}

function stateOf({ renewsFrom, endsAt }: Certificate, at: Date): State {
  if (endsAt <= at) return "ended";
  return renewsFrom <= at ? "due" : "valid";
}

/** By the stack: two of them have nothing to do with each other. */
function refusals(ended: readonly Certificate[]): string[] {
  return ended.map(({ stack, kind, owner }) => {
    switch (kind) {
      case "authority":
        return owner.includes(" by ")
          ? `${stack}: machines and clients of only one side of the rotation refuse each other`
          : `${stack}: every client refuses every machine of ${owner}, and every machine every client of it`;
      case "group":
        return `${stack}: every machine refuses every client of group ${owner}`;
      case "machine":
        return `${stack}: every client refuses ${owner}`;
      case "client":
        return `${stack}: every machine refuses ${owner}`;
    }
  });
}

const colours: Readonly<Record<State, Colour | undefined>> = {
  valid: undefined,
  due: "yellow",
  ended: "red",
};

/** The report for a person. */
export function table(
  { certificates, refusals }: ExpiryReport,
  terminal: Terminal = plain,
): string[] {
  const header = ["STACK", "WHAT", "WHOSE", "STATE", "RENEWS FROM", "ENDS", "DAYS"];
  const rows = certificates.map((one) => [
    ...[one.stack, one.kind, one.owner, one.state],
    ...[one.renewsFrom.slice(0, 10), one.endsAt.slice(0, 10), String(one.daysLeft)],
  ]);
  const widths = header.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => (row[column] ?? "").length)),
  );
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) =>
        column === row.length - 1
          ? cell.padStart(widths[column] ?? 0)
          : cell.padEnd(widths[column] ?? 0),
      )
      .join("  ");
  const shown = certificates.map(({ state }, at) => {
    const colour = colours[state];
    const text = line(rows[at] ?? []);
    return colour === undefined ? text : painted(text, state, colour, terminal);
  });
  const own = certificates
    .filter(({ isOwn }) => isOwn)
    .map(
      ({ stack, owner }) =>
        `${stack}: the authority of ${owner} is your own: pulumi up does not renew it; have it\n` +
        "  renewed with the same key, and write the new certificate into tls.authority",
    );
  return [
    line(header),
    ...shown,
    ...[own, refusals].flatMap((part) => (part.length === 0 ? [] : ["", ...part])),
  ];
}
