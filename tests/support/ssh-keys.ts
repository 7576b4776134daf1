// Key pairs for SSH servers and clients of tests.
import { createHash } from "node:crypto";
import ssh from "ssh2";

export interface SshKeys {
  /** The public key as a line of authorized_keys. */
  readonly public: string;
  /** The private key in OpenSSH's PEM. */
  readonly private: string;
}

/** A new ed25519 pair, which no machine knows yet. */
export function ed25519Keys(): SshKeys {
  // One in 256 of ssh2's ed25519 keys is a byte short, and ssh2 itself can't read it (mscdex/ssh2#1513).
  for (;;) {
    const keys = ssh.utils.generateKeyPairSync("ed25519");
    const parsed = [keys.private, keys.public].map((key) => ssh.utils.parseKey(key));
    if (!parsed.some((key) => key instanceof Error)) return keys;
  }
}

/** The fingerprint of a public key, `algorithm base64`, as `ssh-keygen -l` prints it. */
export function fingerprintOf(line: string): string {
  const key = Buffer.from(line.split(" ")[1] ?? "", "base64");
  return `SHA256:${createHash("sha256").update(key).digest("base64").replace(/=+$/, "")}`;
}
