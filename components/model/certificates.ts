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

function normalise(name: string): string {
  return ipaddr.isValid(name) ? ipaddr.parse(name).toString() : name.toLowerCase();
}
