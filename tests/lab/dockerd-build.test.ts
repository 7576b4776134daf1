// The image with a dockerd that is built, with a `go` and an mmdebstrap that are scripts.
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { dockerdVersion } from "../../lab/machines/dockerd.ts";
import { imageDirectory, recipeFor } from "../../lab/machines/image.ts";
import { waitFor } from "../../lab/machines/process.ts";
import { checkout } from "../../lab/paths.ts";
import { killTree } from "../support/process-tree.ts";
import { ScratchCache, type Ended } from "../support/scratch-cache.ts";

let cache: ScratchCache;

const limit = 90_000;

const ensure = `
import { ensureImage } from ${JSON.stringify(join(checkout, "lab", "machines", "image.ts"))};
try {
  await ensureImage("dockerd-29", (line) => console.log(line));
} catch (error) {
  console.log(error.message);
  process.exitCode = 1;
}
`;

const run = (): Promise<Ended> => cache.start(ensure).end;
const builds = (): string[] => readdirSync(cache.place("cache", "dockertls", "dockerd"));
const image = imageDirectory(recipeFor("dockerd-29")).split("/").at(-1) ?? "";
const dockerd = (): string => cache.place("lab", "images", image, "usr", "sbin", "dockerd");

function goDoes(before: string, version = "go1.26.0"): void {
  cache.program(
    "go",
    `[ "$1" != version ] || { echo go version ${version} linux/amd64; exit; }
echo "$*" >> "$SCRATCH/go.log"
while [ "$1" != -o ]; do shift; done
echo half > "$2"
${before}
echo whole > "$2"
`,
  );
}

beforeEach(() => {
  cache = new ScratchCache();
  // Whoever is not root is it in here.
  cache.program("sudo", '[ "$1" != -n ] || shift\nexec "$@"\n');
  cache.program(
    "mmdebstrap",
    'for target; do :; done\nmkdir -p "$target/usr/sbin"\necho Debian > "$target/usr/sbin/dockerd"\n',
  );
});
afterEach(() => cache.close());

test(
  "the one that was built takes the place of Debian's, and the next image has it at hand",
  async () => {
    goDoes("");
    expect(await run()).toMatchObject({ code: 0 });
    expect(readFileSync(dockerd(), "utf8")).toBe("whole\n");
    expect(statSync(dockerd()).mode & 0o777).toBe(0o755);
    expect(cache.read("go.log")).toContain(`dockerversion.Version=${dockerdVersion} `);

    goDoes("exit 1");
    cache.program("mmdebstrap", "exit 1");
    expect(await run()).toMatchObject({ code: 0, output: "" });
  },
  limit,
);

test(
  "a build that was killed in the middle counts for nothing, and the next one clears it away",
  async () => {
    goDoes("sleep 60");
    const killed = cache.start(ensure);
    await waitFor("go", 20, () => cache.read("go.log") !== "");
    await killTree(killed.child);
    expect(builds()).toEqual([expect.stringMatching(/\.building-\d+$/)]);

    goDoes("");
    expect(await cache.endAfterKilled(ensure)).toMatchObject({ code: 0 });

    expect(builds()).toEqual([expect.stringMatching(/^dockerd-[0-9a-f]{16}$/)]);
  },
  limit,
);

test(
  "a build that fails leaves nothing, and says why",
  async () => {
    goDoes("echo 'no space left on device' >&2; exit 1");
    const { code, output } = await run();
    expect(code).toBe(1);
    expect(output).toContain(
      "lab image dockerd-29: go build of dockerd failed; no space left on device; check that ",
    );
    expect(builds()).toEqual([]);
  },
  limit,
);

test(
  "without a fitting Go, one line says what to do",
  async () => {
    goDoes("", "go1.19.8");
    cache.program("apt-cache", "echo '  Candidate: (none)'\n");
    const { code, output } = await run();
    expect(code).toBe(1);
    expect(output).toBe(
      "lab image dockerd-29: its dockerd can't be built; that takes Go 1.21 or newer, which is not " +
        "on PATH; install Go from https://go.dev/dl/, or use another image\n",
    );
  },
  limit,
);
