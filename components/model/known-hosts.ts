import { createHmac } from "node:crypto";

/**
 * Public keys that a known_hosts file (sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT") holds for a server,
 * as `algorithm base64` lines, the strongest first. Hashed names and patterns are understood;
 * revoked keys and certificate authorities are left out, since a server's own key is pinned.
 */
export function hostKeysFor(knownHosts: string, address: string, port: number): string[] {
  const name = port === 22 ? address : `[${address}]:${port}`;
  const lines = knownHosts.split(/\r?\n/).map((line) => line.trim().split(/\s+/));
  const revoked = lines
    .filter(([marker, names]) => marker === "@revoked" && matches(names ?? "", name))
    .map(([, , , key]) => key);
  return lines
    .filter(([, , key]) => !revoked.includes(key))
    .filter(([first]) => first !== undefined && first !== "" && !/^[#@]/.test(first))
    .filter(([names]) => matches(names ?? "", name))
    .map(([, algorithm, key]) => `${algorithm ?? ""} ${key ?? ""}`)
    .filter((key) => isHostKey(key))
    .sort((a, b) => rank(a) - rank(b));
}

/**
 * Whether a line is a public key as ssh-keyscan prints it after the name: `algorithm base64`. RSA
 * keys are left out: @pulumi/command 1.2.1 asks for them by SHA-1 only, which current servers refuse.
 */
export function isHostKey(line: string): boolean {
  return /^(ssh-ed25519|ecdsa-sha2-nistp(256|384|521)) [A-Za-z0-9+/]+={0,2}( .*)?$/.test(line);
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
