import ipaddr from "ipaddr.js";
import type { NameConstraints, Subtrees } from "./certificate-extensions.ts";
import type { SubjectAlternativeNames } from "./certificates.ts";

/** The names among these that an authority with these constraints may not sign for (RFC 5280, 4.2.1.10). */
export function forbiddenNames(
  { permitted, excluded }: NameConstraints,
  { dnsNames, ipAddresses }: SubjectAlternativeNames,
): string[] {
  return [
    ...dnsNames.filter((name) => isForbidden(permitted, excluded, "dnsNames", name, isBelow)),
    ...ipAddresses.filter((ip) => isForbidden(permitted, excluded, "networks", ip, isInside)),
  ];
}

/** What is permitted of one kind says nothing of another. */
function isForbidden(
  permitted: Subtrees,
  excluded: Subtrees,
  kind: keyof Subtrees,
  name: string,
  matches: (name: string, constraint: string) => boolean,
): boolean {
  const allowed = permitted[kind];
  return (
    excluded[kind].some((one) => matches(name, one)) ||
    (allowed.length > 0 && !allowed.some((one) => matches(name, one)))
  );
}

/** A leading dot leaves the domain itself out, as Go and OpenSSL read it. */
function isBelow(name: string, constraint: string): boolean {
  const domain = constraint.toLowerCase();
  if (domain === "") return true;
  if (domain.startsWith(".")) return name.endsWith(domain);
  return name === domain || name.endsWith(`.${domain}`);
}

function isInside(address: string, network: string): boolean {
  const ip = ipaddr.parse(address);
  try {
    const range = ipaddr.parseCIDR(network);
    return ip.kind() === range[0].kind() && ip.match(range);
  } catch {
    // A mask with holes, which Go takes for none at all.
    return false;
  }
}
