import { X509Certificate } from "node:crypto";
import { bracketed } from "./certificates.ts";
import type { DesiredHost } from "./desired.ts";
import { dialled } from "./listener.ts";
import { listeningSockets } from "./listening-sockets.ts";
import type { MachineFacts } from "./machine.ts";
import { sha256 } from "./digest.ts";

/** The port of a machine's API as it looks from this machine; nothing where that could not be tried. */
export interface SeenFromHere {
  /** The certificate that is served there, PEM. */
  readonly certificate?: string;
  /** Why there is no connection, by Node's code, such as ETIMEDOUT. */
  readonly code?: string;
}

/** Codes that a network or a firewall gives, and not what listens there. */
const noWay = ["ECONNREFUSED", "ETIMEDOUT", "EHOSTUNREACH", "ENETUNREACH", "ECONNRESET"];

/** dockerd loads its certificate when it starts: the one on the disk may be another by now. */
export function servedDrift(
  facts: MachineFacts,
  { listener, tlsFiles }: DesiredHost,
  { certificate: served }: SeenFromHere,
): string[] {
  const { files, port } = listener;
  // Another file than the wanted one is drift of its own.
  if (served === undefined || files === undefined || tlsFiles?.cert !== sha256(facts.certificate)) {
    return [];
  }
  if (!dockerdListens(facts, port)) return [];
  const [wanted, found] = [facts.certificate, served].map(certificateOf);
  return wanted === undefined ||
    found === undefined ||
    wanted.fingerprint256 === found.fingerprint256
    ? []
    : [
        `certificate served on port ${String(port)}: expected the one in ${files.cert} ` +
          `(${described(wanted)}), found another (${described(found)})`,
      ];
}

/** A dockerd that listens, and can't be reached from here: no converge opens a firewall. */
export function reachFindings(
  facts: MachineFacts,
  { listener }: DesiredHost,
  address: string,
  { code }: SeenFromHere,
): string[] {
  if (code === undefined || !noWay.includes(code) || !dockerdListens(facts, listener.port)) {
    return [];
  }
  const place = `${bracketed(dialled(listener, address))}:${String(listener.port)}`;
  return [
    `tcp ${place}: expected a way from here to dockerd, which listens there, found none (${code}); ` +
      "a firewall on the machine or in between blocks it; let this machine through",
  ];
}

function dockerdListens(facts: MachineFacts, port: number): boolean {
  return listeningSockets(facts).some((socket) => socket.port === port && socket.isDockerd);
}

function certificateOf(text: string): X509Certificate | undefined {
  try {
    return new X509Certificate(text);
  } catch {
    return undefined;
  }
}

function described({ serialNumber, validTo }: X509Certificate): string {
  return `serial ${serialNumber}, until ${validTo}`;
}
