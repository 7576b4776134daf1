import ipaddr from "ipaddr.js";

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

/** Whether a certificate can name this: what can be dialled, or `*.` before a host name (RFC 6125, 6.4.3). */
export function isCertificateName(text: string): boolean {
  const [, parent] = /^\*\.(.+)$/.exec(text) ?? [];
  if (parent === undefined) return isAddress(text);
  // The star stands for one label; clients differ on one right below the top.
  return parent.includes(".") && isAddress(parent) && !ipaddr.isValid(parent);
}

/** Where a machine is reached over SSH: `address:port`. */
export function hostEndpoint(host: string, port: number): string {
  return `${bracketed(host)}:${String(port)}`;
}
