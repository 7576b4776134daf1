import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { pluginAtHand } from "../../lab/engine/plugins.ts";
import { checkout } from "../../lab/paths.ts";

const tls = { name: "tls", version: "5.6.1" };
const kept = { PATH: process.env["PATH"], PULUMI_HOME: process.env["PULUMI_HOME"] };
let scratch: string;

beforeEach(() => {
  scratch = mkdtempSync(join(tmpdir(), "dockertls-plugins-"));
  process.env["PATH"] = ["/usr/bin", place("path")].join(delimiter);
  process.env["PULUMI_HOME"] = place("theirs");
});

afterEach(() => {
  for (const [name, value] of Object.entries(kept)) {
    if (value === undefined) Reflect.deleteProperty(process.env, name);
    else process.env[name] = value;
  }
  rmSync(scratch, { recursive: true });
});

const place = (...parts: string[]): string => join(scratch, ...parts);
const installedIn = (home: string): string => place(home, "plugins", "resource-tls-v5.6.1");

function install(directory: string, content: string): void {
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, "pulumi-resource-tls"), content, { mode: 0o755 });
}

// A download counts only with the checksum that is pinned. Tests of the plugins look here too: the order is what makes them test the one that is used.
test("the person's own plugin comes before a download, and that before the stand-in", () => {
  const pins = { tls: { "5.6.1": { [`${process.platform}-${process.arch}`]: "ab12" } } };
  const chosen = () => pluginAtHand(place("ours"), tls, pins);
  const standIn = { origin: "stand-in", directory: join(checkout, "standins", "tls") };
  expect(chosen()).toEqual(standIn);
  install(installedIn("ours"), "#!/bin/sh\n# Stand-in of dockertls.\n");
  expect(chosen()).toEqual(standIn);
  install(installedIn("ours"), "ELF");
  expect(chosen()).toEqual(standIn);
  const mark = join(installedIn("ours"), ".dockertls-sha256");
  writeFileSync(mark, "cd34\n");
  expect(chosen()).toEqual(standIn);
  writeFileSync(mark, "ab12\n");
  expect(chosen()).toEqual({ origin: "official release", directory: installedIn("ours") });
  install(installedIn("theirs"), "ELF");
  expect(chosen()).toEqual({ origin: "installed", directory: installedIn("theirs") });
  install(place("path"), "ELF");
  expect(chosen()).toEqual({ origin: "on PATH", directory: place("path") });
});
