import ipaddr from "ipaddr.js";

/** Lifetimes of certificates, in whole hours, which is what the tls provider counts in. */
export interface Lifetimes {
  readonly caHours: number;
  readonly serverHours: number;
  readonly clientHours: number;
  /** A leaf is renewed by the first `pulumi up` this many hours before it ends. */
  readonly renewBeforeHours: number;
}

/** What a server certificate says of the machine: its subject alternative names (RFC 5280, 4.2.1.6). */
export interface SubjectAlternativeNames {
  readonly dnsNames: string[];
  readonly ipAddresses: string[];
}

/** What a Docker client needs for `--tlscacert`, `--tlscert` and `--tlskey`, each PEM. */
export interface ClientBundle {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

/** The names that a server certificate covers: the address that machine A dials, and the extras. */
export function subjectAlternativeNames(
  address: string,
  extra: readonly string[],
): SubjectAlternativeNames {
  const names = [...new Set([address, ...extra].map(normalise))];
  return {
    dnsNames: names.filter((name) => !ipaddr.isValid(name)).sort(),
    ipAddresses: names.filter((name) => ipaddr.isValid(name)).sort(),
  };
}

/** `tcp://address:port` as Docker clients take it; an IPv6 address stands in brackets. */
export function endpoint(address: string, port: number): string {
  return `tcp://${bracketed(address)}:${String(port)}`;
}

/** An address as it stands before `:port`. */
export function bracketed(address: string): string {
  return ipaddr.isValid(address) && ipaddr.parse(address).kind() === "ipv6"
    ? `[${address}]`
    : address;
}

/** Whether machine A can dial this: an IP address or a host name (RFC 1123). */
export function isAddress(text: string): boolean {
  if (/^[\d.]+$/.test(text)) return ipaddr.IPv4.isValidFourPartDecimal(text);
  if (text.includes(":")) return ipaddr.IPv6.isValid(text);
  return (
    text.length <= 253 &&
    text.split(".").every((label) => /^(?!-)[A-Za-z0-9-]{1,63}(?<!-)$/.test(label))
  );
}

function normalise(name: string): string {
  return ipaddr.isValid(name) ? ipaddr.parse(name).toString() : name.toLowerCase();
}
