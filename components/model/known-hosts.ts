import { createHmac } from "node:crypto";

/** Why lines hold no key that a server could be pinned to. */
export type KeyFault = "revoked" | "authority" | "rsa" | "several" | "none";

/** A server's public key, `algorithm base64`, or why there is none. */
export type FoundKey = { readonly key: string } | { readonly fault: KeyFault };

/** A line of a known_hosts file (sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT"). */
interface Line {
  readonly marker?: string;
  /** Whose key it is; a key alone has none. */
  readonly names?: string;
  /** `algorithm base64`. */
  readonly key: string;
}

/**
 * The key in what a person wrote as one: `algorithm base64`, or whole lines of ssh-keyscan or a known_hosts file.
 * Names count for nothing, since the setting says whose key it is.
 */
export function hostKeyIn(text: string): FoundKey {
  return isHostKey(text) ? { key: text } : onlyOne(linesIn(text));
}

/** The key that a known_hosts file holds for a server. Hashed names and patterns are understood. */
export function knownHostKey(knownHosts: string, address: string, port: number): FoundKey {
  const [key] = hostKeysFor(knownHosts, address, port);
  return key === undefined ? faultOf(linesFor(knownHosts, address, port)) : { key };
}

/**
 * All keys that a known_hosts file holds for a server, the strongest first. Revoked keys and certificate
 * authorities are left out, since a server's own key is pinned.
 */
export function hostKeysFor(knownHosts: string, address: string, port: number): string[] {
  return pinnable(linesFor(knownHosts, address, port));
}

/**
 * Whether a line is a public key as ssh-keyscan prints it after the name: `algorithm base64`. RSA
 * keys are left out: @pulumi/command 1.2.1 asks for them by SHA-1 only, which current servers refuse.
 */
export function isHostKey(line: string): boolean {
  return /^(ssh-ed25519|ecdsa-sha2-nistp(256|384|521)) [A-Za-z0-9+/]+={0,2}( .*)?$/.test(line);
}

function linesFor(knownHosts: string, address: string, port: number): Line[] {
  const name = port === 22 ? address : `[${address}]:${port}`;
  return linesIn(knownHosts).filter(({ names }) => names !== undefined && matches(names, name));
}

function linesIn(text: string): Line[] {
  return text
    .split(/\r?\n/)
    .map((line) => line.trim().split(/\s+/))
    .filter(([first = ""]) => first !== "" && !first.startsWith("#"))
    .map(([first = "", ...rest]) =>
      first.startsWith("@") ? { marker: first, ...lineOf(rest) } : lineOf([first, ...rest]),
    );
}

function lineOf([first = "", second = "", third = ""]: readonly string[]): Line {
  return /^(ssh|ecdsa|sk)-/.test(first) && /^AAAA/.test(second)
    ? { key: `${first} ${second}` }
    : { names: first, key: `${second} ${third}` };
}

function onlyOne(lines: readonly Line[]): FoundKey {
  const keys = [...new Set(pinnable(lines))];
  const [key] = keys;
  if (key === undefined) return faultOf(lines);
  const isOfOneKind = keys.every((other, at) => at === 0 || rank(other) > rank(key));
  return isOfOneKind ? { key } : { fault: "several" };
}

function faultOf(lines: readonly Line[]): { readonly fault: KeyFault } {
  if (lines.some(({ marker }) => marker === "@revoked")) return { fault: "revoked" };
  if (lines.some(({ marker }) => marker === "@cert-authority")) return { fault: "authority" };
  return { fault: lines.some(({ key }) => key.startsWith("ssh-rsa ")) ? "rsa" : "none" };
}

function pinnable(lines: readonly Line[]): string[] {
  const revoked = lines.filter(({ marker }) => marker === "@revoked").map(({ key }) => key);
  return lines
    .filter(({ marker, key }) => marker === undefined && isHostKey(key) && !revoked.includes(key))
    .map(({ key }) => key)
    .sort((a, b) => rank(a) - rank(b));
}

function rank(key: string): number {
  return ["ssh-ed25519", "ecdsa-"].findIndex((prefix) => key.startsWith(prefix));
}

function matches(names: string, wanted: string): boolean {
  const entries = names.split(",");
  const denied = entries.some((entry) => entry.startsWith("!") && glob(entry.slice(1), wanted));
  return !denied && entries.some((entry) => matchesOne(entry, wanted));
}

function matchesOne(entry: string, wanted: string): boolean {
  const [, kind, salt, digest] = entry.split("|");
  if (kind === "1" && salt !== undefined && digest !== undefined) {
    const mac = createHmac("sha1", Buffer.from(salt, "base64")).update(wanted).digest("base64");
    return mac === digest;
  }
  return glob(entry, wanted);
}

function glob(pattern: string, text: string): boolean {
  const source = pattern
    .toLowerCase()
    .replace(/[\\^$.|+()[\]{}]/g, "\\$&")
    .replaceAll("*", ".*")
    .replaceAll("?", ".");
  return new RegExp(`^${source}$`).test(text.toLowerCase());
}
