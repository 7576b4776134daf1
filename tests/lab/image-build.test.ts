// The image of the lab's machines, with an mmdebstrap that is a script: builds that are killed, two at
// once, and what they leave.
import { mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { imageDirectory, recipeFor } from "../../lab/machines/image.ts";
import { waitFor } from "../../lab/machines/process.ts";
import { checkout } from "../../lab/paths.ts";
import { killTree } from "../support/process-tree.ts";
import { ScratchCache } from "../support/scratch-cache.ts";

let cache: ScratchCache;

/** For what hangs: a run takes a second or two, and more on a busy machine. */
const limit = 90_000;

const ensuring = (image: string): string => `
import { ensureImage } from ${JSON.stringify(join(checkout, "lab", "machines", "image.ts"))};
await ensureImage(${JSON.stringify(image)}, (line) => console.log(line));
`;
const ensure = ensuring("trixie");

const name = imageDirectory(recipeFor("trixie")).split("/").at(-1) ?? "";
const images = (): string[] => readdirSync(cache.place("lab", "images"));
const builds = (): number => cache.read("log").match(/begun/g)?.length ?? 0;

function mmdebstrapDoes(before: string): void {
  cache.program(
    "mmdebstrap",
    `for target; do :; done\nmkdir -p "$target"\necho begun >> "$SCRATCH/log"\n${before}\n`,
  );
}

beforeEach(() => {
  cache = new ScratchCache();
  // Whoever is not root is it in here.
  cache.program("sudo", '[ "$1" != -n ] || shift\nexec "$@"\n');
});
afterEach(() => cache.close());

test(
  "a build that was killed in the middle counts for nothing, and the next one clears it away",
  async () => {
    mmdebstrapDoes("sleep 60");
    const killed = cache.start(ensure);
    await waitFor("mmdebstrap", 20, () => builds() === 1);
    await killTree(killed.child);
    expect(images()).toEqual([expect.stringMatching(/\.building-\d+$/)]);

    mmdebstrapDoes("");
    expect((await cache.endAfterKilled(ensure)).code).toBe(0);

    expect(images()).toEqual([name]);
  },
  limit,
);

test(
  "two runs at once build once; the second says that it waits",
  async () => {
    mmdebstrapDoes(cache.untilReleased);
    const first = cache.start(ensure);
    await waitFor("mmdebstrap", 60, () => builds() === 1);
    const second = cache.start(ensure);
    await waitFor("the second run's word", 60, () =>
      second.output().includes("another run builds the lab's image; waiting for it"),
    );
    cache.release();
    expect((await first.end).code).toBe(0);
    expect((await second.end).code).toBe(0);
    expect(builds()).toBe(1);
  },
  limit,
);

test(
  "a build that fails leaves nothing",
  async () => {
    mmdebstrapDoes("echo 'E: no space left on device' >&2; exit 1");
    const { code, output } = await cache.start(ensure).end;
    expect(code).not.toBe(0);
    expect(output).toContain("lab image trixie: mmdebstrap failed; E: no space left on device; ");
    expect(images()).toEqual([]);
  },
  limit,
);

test(
  "Debian's next that can't be built is told in one line, with what to do",
  async () => {
    mmdebstrapDoes(
      "echo 'E: Unable to correct problems, you have held broken packages.' >&2; exit 1",
    );
    const { code, output } = await cache.start(ensuring("forky")).end;
    expect(code).not.toBe(0);
    expect(output).toContain(
      "lab image forky: mmdebstrap failed; E: Unable to correct problems, you have held broken " +
        "packages.; forky moves: try again another day, or use another image\n",
    );
  },
  limit,
);

test(
  "an image that another checkout has built a moment ago stays",
  async () => {
    mkdirSync(cache.place("lab", "images", "trixie-other"), { recursive: true });
    mmdebstrapDoes("");
    expect((await cache.start(ensure).end).code).toBe(0);
    expect(images().sort()).toEqual([name, "trixie-other"].sort());
  },
  limit,
);
