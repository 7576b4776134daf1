// Official releases, from a server on loopback: what is used, what is turned away, and what is told.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { download, isVerified } from "../../lab/engine/download.ts";
import { pinReleases } from "../../lab/engine/pin.ts";
import { engineRelease, pluginRelease, readPins, type Pins } from "../../lab/engine/releases.ts";
import { engineVersion, pluginVersions } from "../../lab/engine/versions.ts";

const tls = { name: "tls", version: "5.6.1" };
const release = pluginRelease(tls, "linux-x64");

// A proxy of the machine at hand has no part in this.
for (const name of ["NO_PROXY", "no_proxy"]) process.env[name] = "*";

let scratch: string;
let archive: Buffer;
let server: Server;
let asked: string[];
let answer: (response: ServerResponse) => void;

const place = (...names: string[]): string => join(scratch, ...names);
const target = (): string => place("plugins", "resource-tls-v5.6.1");
const sha256 = (bytes: Buffer): string => createHash("sha256").update(bytes).digest("hex");
const pinned = (checksum: string): Pins => ({ tls: { "5.6.1": { "linux-x64": checksum } } });

/** Nothing under the target's name, and nothing beside it. */
function expectNothingLeft(): void {
  expect(existsSync(target())).toBe(false);
  expect(existsSync(place("ran"))).toBe(false);
  expect(execFileSync("ls", ["-A", place("plugins")], { encoding: "utf8" })).toBe("");
}

beforeEach(async () => {
  scratch = mkdtempSync(join(tmpdir(), "dockertls-download-"));
  mkdirSync(place("content"));
  mkdirSync(place("plugins"));
  const program = `#!/bin/sh\ntouch '${place("ran")}'\n`;
  writeFileSync(place("content", "pulumi-resource-tls"), program, { mode: 0o755 });
  execFileSync("tar", ["-czf", place("archive.tar.gz"), "-C", place("content"), "."]);
  archive = readFileSync(place("archive.tar.gz"));
  asked = [];
  answer = (response) => response.end(archive);
  server = createServer((request, response) => {
    asked.push(request.url ?? "");
    answer(response);
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address() as AddressInfo;
  process.env["DOCKERTLS_RELEASES"] = `http://127.0.0.1:${String(port)}`;
});

afterEach(async () => {
  Reflect.deleteProperty(process.env, "DOCKERTLS_RELEASES");
  server.closeAllConnections();
  await new Promise((done) => server.close(done));
  rmSync(scratch, { recursive: true });
});

test("a release with the checksum that is pinned is unpacked, and known again", async () => {
  const pins = pinned(sha256(archive));
  expect(await download(release, target(), pins)).toBeUndefined();
  expect(asked).toEqual(["/plugins/pulumi-resource-tls-v5.6.1-linux-amd64.tar.gz"]);
  expect(existsSync(join(target(), "pulumi-resource-tls"))).toBe(true);
  expect(isVerified(target(), release, pins)).toBe(true);
  expect(isVerified(target(), release, pinned(sha256(Buffer.from("another"))))).toBe(false);
});

test("another release than the one that is pinned ends the run, in one line, with nothing unpacked", async () => {
  const pin = "0".repeat(64);
  await expect(download(release, target(), pinned(pin))).rejects.toThrow(
    `download: tls 5.6.1 for linux-x64: SHA-256 expected ${pin}, got ${sha256(archive)}; it was cut short ` +
      "or is not the release that was reviewed, so nothing of it was unpacked or run; try again; if it stays, " +
      "compare both with Pulumi's published checksums before lab/engine/checksums.json is changed",
  );
  expectNothingLeft();
});

test("a body that ends before its announced length is a download that did not work", async () => {
  answer = (response) => {
    response.writeHead(200, { "content-length": archive.length });
    response.write(archive.subarray(0, archive.length / 2), () => response.destroy());
  };
  expect(await download(release, target(), pinned(sha256(archive)))).toBe("cut short");
  expectNothingLeft();
});

test("a body that was cut where nobody can see it has another checksum", async () => {
  answer = (response) => response.end(archive.subarray(0, archive.length / 2));
  await expect(download(release, target(), pinned(sha256(archive)))).rejects.toThrow(
    /SHA-256 expected .*cut short/,
  );
  expectNothingLeft();
});

test("a release without a pinned checksum is not even asked for", async () => {
  expect(await download(release, target(), {})).toBe(
    "no checksum of it is pinned for linux-x64; lab/README.md says how",
  );
  expect(await download(release, target(), { tls: { "5.6.0": { "linux-x64": "" } } })).toMatch(
    /^no checksum/,
  );
  expect(asked).toEqual([]);
  expectNothingLeft();
});

test("an answer that is an error, and a server that is not there, are refusals", async () => {
  answer = (response) => response.writeHead(403).end("no");
  expect(await download(release, target(), pinned("ab"))).toBe("HTTP 403");
  process.env["DOCKERTLS_RELEASES"] = "http://nowhere.invalid";
  expect(await download(release, target(), pinned("ab"))).toBe("no such host");
  expectNothingLeft();
});

test("pin writes down what came for every release, and a release that has changed since is told", async () => {
  const file = place("checksums.json");
  writeFileSync(file, '{ "tls": { "5.6.0": { "linux-x64": "of a version before" } } }\n');
  const lines: string[] = [];
  const pin = (): Promise<void> =>
    pinReleases({ platforms: ["linux-x64"], file, say: (line) => lines.push(line) });
  await pin();
  expect(readPins(file)).toEqual(
    Object.fromEntries(
      [{ name: "pulumi", version: engineVersion }, ...pluginVersions].map(({ name, version }) => [
        name,
        { [version]: { "linux-x64": sha256(archive) } },
      ]),
    ),
  );
  expect(lines[0]).toBe(`pulumi ${engineVersion} for linux-x64: ${sha256(archive)}`);
  expect(existsSync(place("ran"))).toBe(false);

  archive = Buffer.from("another");
  await expect(pin()).rejects.toThrow(
    /^pin: pulumi .* a release never changes, so nothing was written; /,
  );
  expect(readFileSync(file, "utf8")).not.toContain(sha256(archive));
});

test("checksums.json names the versions at hand, and checksums only", () => {
  const pins = readPins();
  for (const { name, version } of [{ name: "pulumi", version: engineVersion }, ...pluginVersions]) {
    expect(Object.keys(pins[name] ?? {})).toEqual([version]);
    for (const checksum of Object.values(pins[name]?.[version] ?? {})) {
      expect(checksum).toMatch(/^[0-9a-f]{64}$/);
    }
  }
  expect(engineRelease("linux-arm64").path).toBe(`sdk/pulumi-v${engineVersion}-linux-arm64.tar.gz`);
});
