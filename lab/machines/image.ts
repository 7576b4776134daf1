// The root file system that all machines of a release share, read-only. Built by mmdebstrap, once per
// recipe: its directory is named after a digest of everything that goes into it.
import { createHash } from "node:crypto";
import { existsSync, globSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { oneAtATime } from "../one-at-a-time.ts";
import { cacheDirectory } from "../paths.ts";
import { systemDirectory } from "./paths.ts";
import { asRoot, scriptAsRoot } from "./root.ts";

export type Release = "trixie" | "bookworm";

export interface Recipe {
  release: Release;
  packages: string[];
  customize: string;
}

const packages: Record<Release, string[]> = {
  bookworm: ["docker.io"],
  // trixie took the client out of docker.io.
  trixie: ["docker.io", "docker-cli"],
};

const customizeScript = join(import.meta.dirname, "customize.sh");

export function recipeFor(release: Release): Recipe {
  return {
    release,
    packages: [
      ...["systemd", "systemd-sysv", "dbus", "openssh-server", "sudo", "procps"],
      ...["iptables", "iproute2", "ca-certificates", "busybox-static"],
      ...packages[release],
    ],
    customize: readFileSync(customizeScript, "utf8"),
  };
}

export function recipeDigest(recipe: Recipe): string {
  const content = JSON.stringify([recipe.release, [...recipe.packages].sort(), recipe.customize]);
  return createHash("sha256").update(content).digest("hex").slice(0, 16);
}

export const imageDirectory = (recipe: Recipe): string =>
  join(systemDirectory, "images", `${recipe.release}-${recipeDigest(recipe)}`);

export async function ensureImage(release: Release, say: (line: string) => void): Promise<string> {
  const recipe = recipeFor(release);
  const image = imageDirectory(recipe);
  if (existsSync(image)) return image;
  // For all checkouts of a user; another user's build is met by the rename at the end.
  const turn = { lock: join(cacheDirectory, "image.lock"), doing: "builds the lab's image", say };
  await oneAtATime(turn, async () => {
    // Another run may have built it while this one waited.
    if (existsSync(image)) return;
    await buildImage(recipe, image, say);
    await removeUnusedImages(image);
  });
  return image;
}

async function buildImage(
  recipe: Recipe,
  image: string,
  say: (line: string) => void,
): Promise<void> {
  const { release } = recipe;
  say(
    `building the image of the lab machines (Debian ${release} with dockerd), about 30 s, once per recipe`,
  );
  const building = `${image}.building-${String(process.pid)}`;
  try {
    await asRoot(["mkdir", "-p", join(systemDirectory, "images")]);
    const result = await asRoot(
      [
        "mmdebstrap",
        "--variant=minbase",
        "--format=directory",
        `--include=${recipe.packages.join(",")}`,
        `--customize-hook=${customizeScript}`,
        release,
        building,
      ],
      { check: false, timeoutSeconds: 600 },
    );
    if (result.exitCode !== 0) {
      const reason = result.stderr
        .trim()
        .split("\n")
        .filter((line) => /^E:|rror/.test(line))
        .slice(0, 2);
      throw new Error(
        `lab image ${release}: mmdebstrap failed; ${reason.join(" ") || result.stderr.trim().slice(-300)}; check that apt-get update works on this machine`,
      );
    }
    // Renamed at the end: a half-built image under the final name would be used for ever.
    await scriptAsRoot('[ -e "$2" ] || mv -T "$1" "$2" || [ -e "$2" ]', [building, image]);
  } finally {
    await asRoot(["rm", "-rf", "--one-file-system", building], { check: false });
  }
}

/** An image takes half a gigabyte, and every change of the recipe leaves one behind. */
async function removeUnusedImages(current: string): Promise<void> {
  const used = new Set([current, ...globSync(`${systemDirectory}/*/*/image`).map(imageIn)]);
  const unused = globSync(`${systemDirectory}/images/*`).filter((image) => {
    const builder = /\.building-(\d+)$/.exec(image)?.[1];
    return !used.has(image) && !(builder && existsSync(`/proc/${builder}`)) && !isYoung(image);
  });
  // Half an image under its final name would be used for ever, so the name goes first. What can't be
  // removed (the mmdebstrap of a killed run may still be at work) is left to the next time.
  await scriptAsRoot(
    `for image; do
       case $image in *.building-*) gone=$image ;; *) gone=$image.building-$$; mv -T "$image" "$gone" ;; esac
       rm -rf --one-file-system "$gone"
     done`,
    unused,
    { check: false },
  );
}

/** Another checkout may have built it just now, for a machine that it is about to boot. */
const isYoung = (image: string): boolean =>
  !image.includes(".building-") && Date.now() - statSync(image).ctimeMs < 10 * 60_000;

/** The image that a machine was made from. */
export const imageIn = (file: string): string => readFileSync(file, "utf8").trim();
