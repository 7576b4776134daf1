// Which bundles were written here, and from which certificates: a record for each stack, without a secret in it.
import { mkdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { writeAtomically } from "../../lab/atomic-write.ts";
import { checkout } from "../../lab/paths.ts";
import type { BundleFacts } from "./certificates.ts";

/** One handing out: to a folder, to the docker contexts of a person's configuration, or as a secret of CI. */
export interface Written extends BundleFacts {
  readonly kind: "folder" | "contexts" | "secret";
  /** Absolute path of the folder or of docker's configuration; empty for a secret. */
  readonly place: string;
  /** ISO 8601. */
  readonly writtenAt: string;
}

export type WrittenByClient = Readonly<Record<string, readonly Written[]>>;

const clients = join(checkout, ".dockertls", "clients");
/** A stack may be named with its organisation and project. */
const inFolder = (stack: string): string => stack.replaceAll("/", "_");

/** Where a bundle goes unless another place is named. */
export const usualFolder = (stack: string, client: string): string =>
  join(clients, inFolder(stack), client);

const recordOf = (stack: string): string => join(clients, `${inFolder(stack)}.json`);

/** For whoever writes: one run at a time. */
export const writtenLock = join(clients, ".lock");

/** What is known of every client's bundles; later ones of the same place only. */
export function writtenBundles(stack: string): WrittenByClient {
  try {
    return JSON.parse(readFileSync(recordOf(stack), "utf8")) as WrittenByClient;
  } catch {
    return {};
  }
}

export function noteWritten(stack: string, client: string, written: Written): void {
  const all = writtenBundles(stack);
  const others = (all[client] ?? []).filter(
    ({ kind, place }) => kind !== written.kind || place !== written.place,
  );
  const path = recordOf(stack);
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const next = { ...all, [client]: [...others, written] };
  writeAtomically(path, `${JSON.stringify(next, null, 2)}\n`, 0o600);
}
