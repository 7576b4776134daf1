import type { SshConfiguration } from "../model/configuration/parse.ts";
import { createPrivateKey } from "node:crypto";
import { createRequire } from "node:module";
import type ssh2 from "ssh2";
import { loginKey, type KeyFault, type LoginKey as FoundKey } from "../model/login-key.ts";
import type { Problem } from "../model/problem.ts";
import type { SshServer } from "../model/ssh-target.ts";
import { quotedPath } from "./files.ts";

/** What a target says of the key to log in with. */
export type TargetKey = Pick<SshServer, "privateKey" | "publicKey">;

type Key = Pick<SshConfiguration, "identityFile" | "privateKey" | "passphrase">;

/**
 * The key that `identityFile`, whose content is `identity`, or `privateKey` holds, in the form that a target takes.
 * @param place of the host's `ssh` in the configuration.
 */
export function targetKey(
  { identityFile, privateKey, passphrase }: Key,
  identity: string | undefined,
  place: string,
): TargetKey | Problem {
  const text = privateKey ?? identity;
  if (text === undefined) return {};
  const found = opened(text, passphrase);
  const isFile = privateKey === undefined && identityFile !== undefined;
  const where = `${place}.${isFile ? "identityFile" : "privateKey"}`;
  if ("fault" in found) {
    const { what, why, fix } = faults[found.fault];
    const path = isFile ? identityFile : "KEY";
    const name = isFile ? `${quotedPath(identityFile)} ` : "";
    // Whoever pasted a key where its file belongs must not see it repeated.
    const shown = quotedPath(path).startsWith('"') ? path : "KEY";
    return { where, what: `${name}${what}`, why, fix: fix(shown) };
  }
  if ("privateKey" in found || isFile) return found;
  return {
    where,
    what: "is a public key",
    why: "a login takes the private one",
    fix: "set the private key; or load that into an agent, and name the public one's file in identityFile",
  };
}

type LoginKey = FoundKey | { readonly fault: "passphrase" };

/** A key without its passphrase, where there is one. */
function opened(text: string, passphrase: string | undefined): LoginKey {
  const found = loginKey(text);
  if (passphrase === undefined || !("fault" in found) || found.fault !== "locked") return found;
  // Loaded here: every run would pay for it, and few have such a key.
  const ssh = createRequire(import.meta.url)("ssh2") as typeof ssh2;
  const [key] = [ssh.utils.parseKey(text.trim(), passphrase)].flat();
  return key === undefined || key instanceof Error
    ? openedByNode(text, passphrase)
    : loginKey(key.getPrivatePEM());
}

/** PKCS#8, which ssh2 does not read. */
function openedByNode(key: string, passphrase: string): LoginKey {
  try {
    const text = createPrivateKey({ key, passphrase }).export({ type: "pkcs8", format: "pem" });
    return loginKey(text.toString());
  } catch {
    return { fault: "passphrase" };
  }
}

interface Fault extends Pick<Problem, "what" | "why"> {
  readonly fix: (path: string) => string;
}

const faults: Readonly<Record<KeyFault | "passphrase", Fault>> = {
  passphrase: {
    what: "is not opened by the passphrase",
    why: "nobody can log in with it",
    fix: (path) => `see which one \`ssh-keygen -y -f ${path}\` takes, and set that`,
  },
  none: {
    what: "holds no private key",
    why: "nobody can log in with it",
    fix: () => "name the file that ssh-keygen wrote; for a key in your agent, that with .pub",
  },
  locked: {
    what: "is protected by a passphrase",
    why: "nobody is there to type it",
    fix: (path) =>
      `set \`passphrase\` beside it, as a secret; or load it into your agent with \`ssh-add ${path}\`, and write \`identityFile: ${path}.pub\`, which \`ssh-keygen -y -f ${path} >${path}.pub\` makes`,
  },
  putty: {
    what: "is in PuTTY's own format",
    why: "@pulumi/command can't read it",
    fix: (path) =>
      `convert it with \`puttygen ${path} -O private-openssh -o ${path}.openssh\`, and name that file`,
  },
  kind: {
    what: "is a key of a kind that can't be used here",
    why: "the SSH clients of this program know ed25519, ECDSA on NIST's curves, and RSA",
    fix: () => "make one of those, such as with `ssh-keygen -t ed25519`",
  },
};
