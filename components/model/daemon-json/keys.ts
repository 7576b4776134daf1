import type { Json } from "../json-value.ts";
import { type DaemonKey, daemonKeys, ignoredNames } from "./key-table.ts";

/** Keys and values of a daemon.json. */
export type DaemonSettings = Readonly<Record<string, Json>>;

/** Keys that this program sets itself; naming one in the configuration would contradict it. */
export const reserved: Readonly<Record<string, string>> = {
  hosts: "take it out; `listen`, `port` and `socket` of the host say where dockerd listens",
  tls: "take it out; `api` of the host says how clients connect",
  tlsverify: "take it out; `api` of the host says how clients connect",
  tlscacert: "take it out; dockertls:tls.directory and tls.files say where it lies",
  tlscert: "take it out; dockertls:tls.directory and tls.files say where it lies",
  tlskey: "take it out; dockertls:tls.directory and tls.files say where it lies",
};

/** What is known of a key; undefined for one that dockerd 20.10 to 29 does not know, or that is ours. */
export function daemonKey(key: string): DaemonKey | undefined {
  return own(daemonKeys, key);
}

/** Whether a key is this program's own, and so never the configuration's to set. */
export function isReserved(key: string): boolean {
  return Object.hasOwn(reserved, key);
}

/** Keys in `daemon` that need `allowUnknownKeys`. */
export function unknownKeys(daemon: DaemonSettings): string[] {
  return Object.keys(daemon).filter(
    (key) => daemonKey(key) === undefined && !isReserved(key) && !Object.hasOwn(ignoredNames, key),
  );
}

export function own<T>(table: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(table, key) ? table[key] : undefined;
}
