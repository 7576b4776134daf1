import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { staleness } from "../../scripts/run.mjs";

interface Entry {
  version: string;
  optional?: boolean;
}

let checkout = "";
beforeEach(() => {
  checkout = mkdtempSync(join(tmpdir(), "dockertls-run-"));
});
afterEach(() => {
  rmSync(checkout, { recursive: true });
});

const isStale = (directory: string): boolean => staleness(directory) !== undefined;

const root = { "": { version: "0.1.0" }, "node_modules/node": { version: "24.21.0" } };

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
    JSON.stringify({ packages: { "node_modules/node": { version: "24.21.0" }, ...installed } }),
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
