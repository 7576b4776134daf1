// The keys of a lab. They live in the checkout and survive `down`, so that known_hosts stays true
// when the machines come back.
import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
} from "node:fs";
import { basename, join } from "node:path";
import { execa } from "execa";
import { writeAtomically } from "../atomic-write.ts";
import { addressOf, labNamed } from "./labs.ts";
import { accessPaths } from "./paths.ts";

export interface MachineKeys {
  clientPublicKey: string;
  hostKeyFile: string;
  hostPublicKey: string;
}

const inTheMaking = new Map<string, Promise<void>>();

/** Makes a key pair where there is none; returns its public half. Those who ask at once get the same. */
export async function keyAt(file: string, comment: string): Promise<string> {
  const made = inTheMaking.get(file) ?? makeKey(file, comment);
  inTheMaking.set(file, made);
  await made.finally(() => inTheMaking.delete(file));
  return readFileSync(`${file}.pub`, "utf8").trim();
}

async function makeKey(file: string, comment: string): Promise<void> {
  if (existsSync(file)) return;
  // Made in a folder of its own first: a key without its public half would be kept for ever, and
  // ssh-keygen asks a question where a killed run has left one.
  const making = mkdtempSync(`${file}.making-`);
  const made = join(making, basename(file));
  try {
    await execa("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", comment, "-f", made]);
    renameSync(`${made}.pub`, `${file}.pub`);
    renameSync(made, file);
  } finally {
    rmSync(making, { recursive: true, force: true });
  }
}

const hostKeysOf = (lab: string): string => join(accessPaths(lab).directory, "host_keys");

export async function ensureKeys(labName: string, machine: string): Promise<MachineKeys> {
  const hostKeyFile = join(hostKeysOf(labName), machine);
  mkdirSync(hostKeysOf(labName), { recursive: true, mode: 0o700 });
  const clientPublicKey = await keyAt(
    accessPaths(labName).identityFile,
    `dockertls lab ${labName}`,
  );
  const hostPublicKey = await keyAt(hostKeyFile, machine);
  writeKnownHosts(labName);
  return { clientPublicKey, hostKeyFile, hostPublicKey };
}

function writeKnownHosts(labName: string): void {
  const lab = labNamed(labName);
  const lines = readdirSync(hostKeysOf(labName))
    .filter((file) => file.endsWith(".pub"))
    .sort()
    .map((file) => {
      const [type = "", key = ""] = readFileSync(join(hostKeysOf(labName), file), "utf8").split(
        " ",
      );
      return `${addressOf(lab, file.slice(0, -".pub".length))} ${type} ${key.trim()}\n`;
    });
  writeAtomically(accessPaths(labName).knownHosts, lines.join(""));
}

/** What a machine was made from. With another image or other keys, it has to be made again. */
export const originOf = (image: string, keys: MachineKeys): string =>
  createHash("sha256")
    .update([image, keys.clientPublicKey, keys.hostPublicKey].join("\n"))
    .digest("hex");
