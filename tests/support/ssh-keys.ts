// Key pairs for SSH servers and clients of tests.
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
