import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkout as repository } from "../../lab/paths.ts";
import { nodeFor, ownNodeVersion } from "../../scripts/own-node.mjs";
import { staleness } from "../../scripts/run.mjs";

interface Entry {
  version: string;
  integrity?: string;
  resolved?: string;
  optional?: boolean;
}

/** The package of the project's own Node on the machine at hand. */
const node = `node_modules/node-${process.platform}-${process.arch}`;

let checkout = "";
beforeEach(() => {
  checkout = mkdtempSync(join(tmpdir(), "dockertls-run-"));
});
afterEach(() => {
  rmSync(checkout, { recursive: true });
});

const isStale = (directory: string): boolean => staleness(directory) !== undefined;

const root = { "": { version: "0.1.0" }, [node]: { version: "24.21.0", optional: true } };

function write(locked: Record<string, Entry>, installed?: Record<string, Entry>): void {
  writeFileSync(
    join(checkout, "package-lock.json"),
    JSON.stringify({ packages: { ...root, ...locked } }),
  );
  if (!installed) return;
  mkdirSync(join(checkout, "node_modules", ".bin"), { recursive: true });
  writeNode("24.21.0");
  writeFileSync(
    join(checkout, "node_modules", ".package-lock.json"),
    JSON.stringify({ packages: { [node]: { version: "24.21.0" }, ...installed } }),
  );
}

/** A stand-in for the project's own Node: it only says which one it is. */
function writeNode(version: string): void {
  const file = join(checkout, "node_modules", ".bin", "node");
  writeFileSync(file, `#!/bin/sh\necho v${version}\n`, { mode: 0o755 });
}

const zod = (version: string): Record<string, Entry> => ({ "node_modules/zod": { version } });

test("a fresh clone gets its packages", () => {
  write(zod("4.6.7"));
  expect(isStale(checkout)).toBe(true);
});

test("a checkout that has what is locked is left alone", () => {
  write(zod("4.6.7"), zod("4.6.7"));
  expect(isStale(checkout)).toBe(false);
});

test("another version, or a new package, after git pull", () => {
  write(zod("4.6.8"), zod("4.6.7"));
  expect(isStale(checkout)).toBe(true);
  write({ ...zod("4.6.7"), "node_modules/new": { version: "1.0.0" } }, zod("4.6.7"));
  expect(isStale(checkout)).toBe(true);
});

test("a package for another platform isn't missed", () => {
  write(
    { ...zod("4.6.7"), "node_modules/mac-only": { version: "1.0.0", optional: true } },
    zod("4.6.7"),
  );
  expect(isStale(checkout)).toBe(false);
});

test("an installation that was interrupted is done again", () => {
  write(zod("4.6.7"), zod("4.6.7"));
  rmSync(join(checkout, "node_modules", ".bin", "node"));
  expect(isStale(checkout)).toBe(true);
});

test("a Node of its own that is another, or half written, is noticed", () => {
  write(zod("4.6.7"), zod("4.6.7"));
  writeNode("22.0.0");
  expect(staleness(checkout)).toBe("the project's own Node 24.21.0 does not run");
  writeFileSync(join(checkout, "node_modules", ".bin", "node"), "\u007fELF");
  expect(isStale(checkout)).toBe(true);
});

test("a list of what is installed that was cut short", () => {
  write(zod("4.6.7"), zod("4.6.7"));
  writeFileSync(join(checkout, "node_modules", ".package-lock.json"), '{"packages": {"node_mod');
  expect(staleness(checkout)).toBe("they are not installed, or not to the end");
});

test("a package with another checksum than the one that is locked is installed anew", () => {
  write(
    { "node_modules/zod": { version: "4.6.7", integrity: "sha512-locked" } },
    { "node_modules/zod": { version: "4.6.7", integrity: "sha512-other" } },
  );
  expect(staleness(checkout)).toBe("zod is not the one with the checksum in package-lock.json");
});

test("where the project has no Node for the platform, nothing is missed, and the one at hand runs", () => {
  write(zod("4.6.7"), zod("4.6.7"));
  rmSync(join(checkout, "node_modules", ".bin", "node"));
  const elsewhere = { "node_modules/node-plan9-mips": { version: "24.21.0", optional: true } };
  writeFileSync(
    join(checkout, "package-lock.json"),
    JSON.stringify({ packages: { "": root[""], ...elsewhere } }),
  );
  expect(staleness(checkout)).toBeUndefined();
  expect(nodeFor(checkout, elsewhere)).toEqual({ node: process.execPath });
});

test("a Node at hand that reads no TypeScript is told in one line, with what to install", () => {
  const kept = process.features.typescript;
  Object.defineProperty(process.features, "typescript", { value: false, configurable: true });
  try {
    expect(nodeFor(checkout, {})).toEqual({
      problem: `node: this is ${process.version}; it reads no TypeScript, and the project has none of its own for ${process.platform}-${process.arch}; install Node 22.18 or newer from https://nodejs.org`,
    });
  } finally {
    Object.defineProperty(process.features, "typescript", { value: kept, configurable: true });
  }
});

test.each([
  ["linux-x64", "24.21.0"],
  ["linux-arm64", "24.21.0"],
  ["darwin-arm64", undefined],
])("package-lock.json has a Node for %s: %p", (platform, version) => {
  const { packages } = lock();
  expect(ownNodeVersion(packages, platform)).toBe(version);
});

// proves: supply.packages
test("every package has a checksum, exact versions are asked for, and no package fetches more by a script", () => {
  const { packages } = lock();
  const { "": project, ...others } = packages;
  // Of ours in this repository there is no archive.
  const own = ["standins", "node_modules/dockertls-standins"];
  const without = Object.entries(others).filter(([, { integrity }]) => integrity === undefined);
  expect(without.map(([name]) => name).sort()).toEqual([...own].sort());
  const addresses = Object.values(others).flatMap(({ resolved }) => resolved ?? []);
  expect(addresses).toEqual(["standins"]);
  const asked = { ...project?.dependencies, ...project?.optionalDependencies };
  for (const version of Object.values({ ...asked, ...project?.devDependencies })) {
    expect(version).toMatch(/^\d+\.\d+\.\d+$/);
  }
  // That package has none of its own: its script fetches one that package-lock.json doesn't know.
  expect(asked).not.toHaveProperty("node");
  expect(readFileSync(join(repository, ".npmrc"), "utf8")).toMatch(/^ignore-scripts=true$/m);
});

interface Asked extends Entry {
  dependencies?: Record<string, string>;
  devDependencies?: Record<string, string>;
  optionalDependencies?: Record<string, string>;
}

const lock = (): { packages: Record<string, Asked> } =>
  JSON.parse(readFileSync(join(repository, "package-lock.json"), "utf8")) as {
    packages: Record<string, Asked>;
  };
