import ipaddr from "ipaddr.js";
import { sha256 } from "./digest.ts";

/** How long certificates of one kind live, in whole hours, which is what the tls provider counts in. */
export interface Lifetime {
  readonly hours: number;
  /** The first `pulumi up` this many hours before the end renews; undefined: see `renewBefore`. */
  readonly renewBeforeHours: number | undefined;
  /** Whether the configuration says nothing of it: then a certificate that exists keeps the life that it has. */
  readonly isDefault: boolean;
}

/** Lifetimes of all kinds. */
export interface Lifetimes {
  readonly ca: Lifetime;
  readonly server: Lifetime;
  readonly client: Lifetime;
}

/** Hours of what the configuration says nothing of: five years, 90 days, 30 days. */
export const defaultHours = { ca: 43_800, server: 2_160, client: 720 } as const;

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

/** The same of a client whose key may have been made elsewhere. */
export type IssuedBundle = Omit<ClientBundle, "key"> & Partial<Pick<ClientBundle, "key">>;

export function lifetime(
  chosen: number | undefined,
  preset: number,
  renewBeforeHours?: number,
): Lifetime {
  return { hours: chosen ?? preset, renewBeforeHours, isDefault: chosen === undefined };
}

/**
 * How many hours before its end a certificate is renewed: when two thirds of its life are over, give or take a
 * twentieth by its name, so that the certificates of a fleet that were issued together are not renewed together.
 */
export function renewBefore(
  name: string,
  { hours, renewBeforeHours }: Pick<Lifetime, "hours" | "renewBeforeHours">,
): number {
  if (renewBeforeHours !== undefined) return renewBeforeHours;
  const place = Number.parseInt(sha256(name).slice(0, 8), 16) / 0xffffffff;
  return Math.floor(hours * (1 / 3 + (place - 0.5) / 10));
}

/** Whole days from `now` until a certificate ends, both in milliseconds since 1970; negative once it has. */
export function daysLeft(endsAt: number, now: number): number {
  return Math.floor((endsAt - now) / 86_400_000);
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
