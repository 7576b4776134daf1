import type { Json } from "../json-value.ts";

/** What the names of a storage driver's options begin with; of one that is a plugin nothing is known. */
const storageDrivers: Readonly<Record<string, RegExp>> = {
  overlay2: /^overlay2\./i,
  btrfs: /^btrfs\./i,
  zfs: /^zfs\./i,
  devicemapper: /^dm\./i,
  vfs: /^size$/i,
  "fuse-overlayfs": /^(?!)/,
};

/** Options of another storage driver, over which dockerd does not start. Without a driver nothing is known. */
export function foreignStorageOptions(options: Json | undefined, driver: string): string[] {
  const known = Object.hasOwn(storageDrivers, driver) ? storageDrivers[driver] : undefined;
  if (!Array.isArray(options) || known === undefined) return [];
  return options
    .map((option) => (typeof option === "string" ? (option.split("=")[0] ?? "").trim() : ""))
    .filter((name) => /^[A-Za-z0-9._-]+$/.test(name) && !known.test(name));
}
