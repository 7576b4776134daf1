// The cached engine, with a `go` that is a script: builds that are killed, two at once, and a cache
// that is broken or old.
import { chmodSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { buildRecipe } from "../../lab/engine/build.ts";
import { engineVersion } from "../../lab/engine/versions.ts";
import { waitFor } from "../../lab/machines/process.ts";
import { checkout } from "../../lab/paths.ts";
import { killTree } from "../support/process-tree.ts";
import { ScratchCache, type Ended } from "../support/scratch-cache.ts";

let cache: ScratchCache;

/** For what hangs: a run takes a second or two, and more on a busy machine. */
const limit = 90_000;

const ensure = `
import { ensureEngine } from ${JSON.stringify(join(checkout, "lab", "engine", "engine.ts"))};
const say = (line) => console.log(line);
try {
  console.log((await ensureEngine({ say, progress: say })).origin);
} catch (error) {
  console.log(error.message);
  process.exitCode = 1;
}
`;

const pulumi = (version: string): string => `#!/bin/sh\\necho v${version}\\n`;

/** What it builds works; `before` happens when the output lies there half. */
function goDoes(before: string): void {
  cache.program(
    "go",
    `[ "$1" != version ] || { echo go version go1.26.0 linux/amd64; exit; }
[ "$1" != list ] || { printf 'fmt\\nexample.com/x\\n'; exit; }
arguments="$*"
while [ "$1" != -o ]; do shift; done
echo "begun \${2##*/}" >> "$SCRATCH/go.log"
echo half > "$2"
${before}
printf '${pulumi(engineVersion)}' > "$2"
case $2 in *language-host) printf '#!/bin/sh\\necho Usage >&2\\nexit 2\\n' > "$2" ;; esac
chmod +x "$2"
echo "ended \${2##*/}" >> "$SCRATCH/go.log"
`,
  );
}

const engines = (): string => cache.place("cache", "dockertls", "engine");
const built = `${engineVersion}-built-${String(buildRecipe)}`;
const builds = (): number => cache.read("go.log").match(/ended pulumi/g)?.length ?? 0;
const run = (): Promise<Ended> => cache.start(ensure).end;
const sound = { code: 0, output: expect.stringContaining("built from its Go modules") as string };

beforeEach(() => {
  cache = new ScratchCache();
});
afterEach(() => cache.close());

// proves: setup.interrupted-build
test(
  "a build that was killed in the middle counts for nothing, and the next run clears it away",
  async () => {
    goDoes("sleep 60");
    const killed = cache.start(ensure);
    await waitFor("go", 20, () => cache.read("go.log").includes("begun"));
    await killTree(killed.child);
    expect(readdirSync(engines()).filter((name) => name.includes(".building-"))).toHaveLength(1);

    goDoes("");
    expect(await cache.endAfterKilled(ensure)).toMatchObject(sound);

    expect(readdirSync(engines()).filter((name) => name !== "lock")).toEqual([built]);
  },
  limit,
);

test(
  "two runs at once build once; the second says that it waits",
  async () => {
    goDoes(cache.untilReleased);
    const first = cache.start(ensure);
    await waitFor("go", 60, () => cache.read("go.log").includes("begun"));
    const second = cache.start(ensure);
    await waitFor("the second run's word", 60, () =>
      second.output().includes("another run is preparing the engine; waiting for it"),
    );
    cache.release();
    expect(await first.end).toMatchObject(sound);
    expect(await second.end).toMatchObject(sound);
    expect(builds()).toBe(1);
  },
  limit,
);

test(
  "a run that finds the engine builds nothing",
  async () => {
    goDoes("");
    await run();
    expect(await run()).toMatchObject(sound);
    expect(builds()).toBe(1);
  },
  limit,
);

test.each([
  ["that a full disk cut short", "pulumi", "\u007fELF"],
  ["of another version", "pulumi", "#!/bin/sh\necho v3.1.0\n"],
  ["whose language host is broken", "language-host", "\u007fELF"],
])(
  "an engine %s is noticed and made again",
  async (_case, name, content) => {
    goDoes("");
    await run();
    writeFileSync(join(engines(), built, name), content);
    chmodSync(join(engines(), built, name), 0o755);

    const next = await run();

    expect(next).toMatchObject(sound);
    expect(next.output).toContain("does not run; it is made again");
    expect(builds()).toBe(2);
  },
  limit,
);

test(
  "an official release that came before its checksum was pinned is not used, and goes",
  async () => {
    goDoes("");
    const official = join(engines(), `${engineVersion}-official`);
    const bin = join(official, "versions", engineVersion, "bin");
    mkdirSync(bin, { recursive: true });
    const program = `#!/bin/sh\necho v${engineVersion}\n`;
    writeFileSync(join(bin, "pulumi"), program, { mode: 0o755 });
    expect(await run()).toMatchObject(sound);
    expect(readdirSync(engines()).filter((name) => name !== "lock")).toEqual([built]);
  },
  limit,
);

test(
  "an official release that is the pinned one and does not run is not used",
  async () => {
    goDoes("");
    const pin = "ab".repeat(32);
    const official = join(engines(), `${engineVersion}-official-${pin.slice(0, 16)}`);
    mkdirSync(join(official, "pulumi"), { recursive: true });
    writeFileSync(join(official, ".dockertls-sha256"), `${pin}\n`);
    writeFileSync(join(official, "pulumi", "pulumi"), "#!/bin/sh\n", { mode: 0o755 });
    const pins = { pulumi: { [engineVersion]: { [`${process.platform}-${process.arch}`]: pin } } };
    const pinned = ensure.replace(
      "progress: say }",
      `progress: say }, { pins: ${JSON.stringify(pins)} }`,
    );
    expect(await cache.start(pinned).end).toMatchObject(sound);
    expect(builds()).toBe(1);
  },
  limit,
);

test(
  "an official release with another checksum than the one that is pinned is told, and nothing is built instead",
  async () => {
    goDoes("");
    const server = createServer((_request, response) => response.end("another"));
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    const { port } = server.address() as AddressInfo;
    const pins = {
      pulumi: { [engineVersion]: { [`${process.platform}-${process.arch}`]: "0".repeat(64) } },
    };
    const pinned = ensure.replace(
      "progress: say }",
      `progress: say }, { pins: ${JSON.stringify(pins)} }`,
    );
    try {
      const ended = await cache.start(pinned, {
        DOCKERTLS_RELEASES: `http://127.0.0.1:${String(port)}`,
      }).end;
      expect(ended.code).toBe(1);
      expect(ended.output).toContain(`download: pulumi ${engineVersion} for `);
      expect(ended.output).toContain(": SHA-256 expected 000");
      expect(builds()).toBe(0);
      expect(readdirSync(engines()).filter((name) => name !== "lock")).toEqual([]);
    } finally {
      server.close();
    }
  },
  limit,
);

test(
  "a pulumi that our stand-in for its OpenAPI parser no longer fits is built with the parser",
  async () => {
    goDoes(
      `case $arguments in *-modfile=*) echo 'spec.go:1: undefined: base.Schema' >&2; exit 1 ;; esac`,
    );
    const ended = await run();
    expect(ended).toMatchObject(sound);
    expect(ended.output).toContain(
      "engine: go build of pulumi failed; spec.go:1: undefined: base.Schema; ",
    );
    expect(ended.output).toContain("; trying once more, with its OpenAPI parser");
    expect(readdirSync(join(engines(), built)).sort()).toEqual([
      "language-host",
      "pulumi",
      "pulumi-language-nodejs",
    ]);
  },
  limit,
);

test(
  "a build that fails leaves nothing, and says why",
  async () => {
    goDoes("echo 'no space left on device' >&2; exit 1");
    const failed = await run();
    expect(failed.code).toBe(1);
    expect(failed.output).toContain(
      "engine: go build of language-host failed; no space left on device; ",
    );
    expect(readdirSync(engines()).filter((name) => name.includes("built"))).toEqual([]);
  },
  limit,
);
