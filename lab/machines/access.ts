// The keys of a lab. They live in the checkout and survive `down`, so that known_hosts stays true
// when the machines come back.
import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { addressOf, labNamed } from "./labs.ts";
import { accessPaths } from "./paths.ts";

export interface MachineKeys {
  clientPublicKey: string;
  hostKeyFile: string;
  hostPublicKey: string;
}

async function keyAt(file: string, comment: string): Promise<string> {
  if (!existsSync(file)) {
    // Made under another name first: a key without its public half would be kept for ever.
    await execa("ssh-keygen", [
      "-q",
      "-t",
      "ed25519",
      "-N",
      "",
      "-C",
      comment,
      "-f",
      `${file}.new`,
    ]);
    renameSync(`${file}.new.pub`, `${file}.pub`);
    renameSync(`${file}.new`, file);
  }
  return readFileSync(`${file}.pub`, "utf8").trim();
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
    .filter((file) => file.endsWith(".pub") && !file.includes(".new"))
    .sort()
    .map((file) => {
      const [type = "", key = ""] = readFileSync(join(hostKeysOf(labName), file), "utf8").split(
        " ",
      );
      return `${addressOf(lab, file.slice(0, -".pub".length))} ${type} ${key.trim()}\n`;
    });
  const { knownHosts } = accessPaths(labName);
  writeFileSync(`${knownHosts}.new`, lines.join(""));
  renameSync(`${knownHosts}.new`, knownHosts);
}

/** What a machine was made from. Another image or other keys: it has to be made anew. */
export const originOf = (image: string, keys: MachineKeys): string =>
  createHash("sha256")
    .update([image, keys.clientPublicKey, keys.hostPublicKey].join("\n"))
    .digest("hex");
