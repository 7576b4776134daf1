// Who fails to get in at a machine, by what dockerd's journal has of it; see remote/handshakes.sh.
import ipaddr from "ipaddr.js";
import { parseAnswer } from "../envelope.ts";
import { oneLine } from "../problem.ts";

/** Somebody who was not let in, or would not go on. */
export interface FailedHandshake {
  /** Its IP address. */
  readonly address: string;
  readonly count: number;
  /** In dockerd's words; of several the most frequent one. */
  readonly reason: string;
}

export interface Handshakes {
  /** The most frequent first; undefined where the machine does not say. */
  readonly failed: readonly FailedHandshake[] | undefined;
  /** Why it does not; empty where it does. */
  readonly silence: string;
}

interface Line {
  readonly address: string;
  readonly count: number;
  readonly reason: string;
}

/** What remote/handshakes.sh printed; undefined when the answer was cut short. A machine may send anything. */
export function readHandshakes(answer: string, boundary: string): Handshakes | undefined {
  const values = parseAnswer(answer, boundary);
  if (values === undefined) return undefined;
  const listed = values.get("handshakes");
  if (listed === undefined) {
    const silence = oneLine(values.get("silence") ?? "", 100);
    return { failed: undefined, silence: silence === "" ? "the machine did not say" : silence };
  }
  const lines = listed.split("\n").flatMap(lineOf);
  const addresses = [...new Set(lines.map(({ address }) => address))];
  const failed = addresses.flatMap((address) => {
    const own = lines.filter((line) => line.address === address);
    const counted = (isProver(own) ? own.filter(isNoProof) : own).filter(isOfCertificates);
    const [most] = counted.toSorted((one, other) => other.count - one.count);
    if (most === undefined) return [];
    const count = counted.reduce((sum, line) => sum + line.count, 0);
    return [{ address, count, reason: most.reason }];
  });
  return { failed: failed.sort((one, other) => other.count - one.count), silence: "" };
}

function lineOf(text: string): Line[] {
  const [, count = "", raw = "", reason = ""] = /^\s*(\d{1,9}) (\S+) (.+)$/.exec(text) ?? [];
  const address = raw.replace(/^\[|\]$/g, "").replace(/%.*$/, "");
  if (!ipaddr.isValid(address)) return [];
  // What changes from line to line is left out; some versions of dockerd put it in quotes.
  const short = reason.replace(/: current time .*$/, "").replace(/"\s*$/, "");
  return [
    {
      address: ipaddr.process(address).toString(),
      count: Number(count),
      reason: oneLine(short, 120),
    },
  ];
}

/** What every proof of this program tries, and what dockerd says of it. */
const proofSigns = [
  /unsupported versions/,
  /HTTP request to an HTTPS server/,
  /didn't provide a certificate/,
  /incompatible key usage/,
];
const proofReasons = [...proofSigns, /failed to verify|unknown authority|bad certificate$/];

/** Whoever proves the machine, from whatever address, leaves all of these signs there. */
const isProver = (lines: readonly Line[]): boolean =>
  proofSigns.every((sign) => lines.some(({ reason }) => sign.test(reason)));

/** How a client breaks off that does not trust the machine; with OpenSSL and TLS 1.3 its word for it can't be read. */
const breaksOff = /^remote error: tls: |bad record MAC/;

/** A proof trusts the machine: it is never the one that breaks off. */
const isNoProof = ({ reason }: Line): boolean =>
  breaksOff.test(reason) || !proofReasons.some((known) => known.test(reason));

/** Somebody who hangs up, or scans ports, has no wrong certificate. */
const isOfCertificates = ({ reason }: Line): boolean =>
  breaksOff.test(reason) || reason.includes("certificate");
