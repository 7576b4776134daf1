// Which Node runs the TypeScript: the project's own, a package that package-lock.json pins by checksum, or
// the one at hand where there is no such package. Plain JavaScript, since an older Node reads it.
import { spawnSync } from "node:child_process";
import { join } from "node:path";

/** @typedef {Record<string, { version?: string }>} Packages */

/** Version of the Node that package-lock.json has for this platform. @param {Packages} locked */
export function ownNodeVersion(locked, platform = `${process.platform}-${process.arch}`) {
  return locked[`node_modules/node-${platform}`]?.version;
}

/** @param {string} checkout */
export const ownNode = (checkout) => join(checkout, "node_modules", ".bin", "node");

/** @param {string} checkout @param {string} version */
export function runs(checkout, version) {
  const { stdout } = spawnSync(ownNode(checkout), ["--version"], { encoding: "utf8" });
  return stdout?.trim() === `v${version}`;
}

/** The packages are built for glibc: on Alpine they are installed, and don't run. */
export const hasGlibc = () =>
  process.platform !== "linux" ||
  process.report.getReport().header.glibcVersionRuntime !== undefined;

/**
 * The Node to start, or the line that says why there is none.
 * @param {string} checkout @param {Packages} locked
 * @returns {{ node: string } | { problem: string }}
 */
export function nodeFor(checkout, locked) {
  const version = ownNodeVersion(locked);
  if (version !== undefined && runs(checkout, version)) return { node: ownNode(checkout) };
  if (process.features.typescript) return { node: process.execPath };
  const why =
    version === undefined
      ? `the project has none of its own for ${process.platform}-${process.arch}`
      : `the project's own Node ${version} does not run here`;
  return {
    problem: `node: this is ${process.version}; it reads no TypeScript, and ${why}; install Node 22.18 or newer from https://nodejs.org`,
  };
}
