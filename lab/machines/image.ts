// The root file system that all machines of a release share, read-only. Built by mmdebstrap, once per
// recipe: its directory is named after a digest of everything that goes into it.
import { createHash } from "node:crypto";
import { existsSync, globSync, readFileSync } from "node:fs";
import { join } from "node:path";
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
    await scriptAsRoot('[ -e "$2" ] || mv -T "$1" "$2"', [building, image]);
  } finally {
    await asRoot(["rm", "-rf", "--one-file-system", building], { check: false });
  }
  await removeUnusedImages(image);
  return image;
}

/** An image takes half a gigabyte, and every change of the recipe leaves one behind. */
async function removeUnusedImages(current: string): Promise<void> {
  const used = new Set([current, ...globSync(`${systemDirectory}/*/*/image`).map(imageIn)]);
  const unused = globSync(`${systemDirectory}/images/*`).filter((image) => {
    const builder = /\.building-(\d+)$/.exec(image)?.[1];
    return !used.has(image) && !(builder && existsSync(`/proc/${builder}`));
  });
  if (unused.length > 0) await asRoot(["rm", "-rf", "--one-file-system", ...unused]);
}

/** The image that a machine was made from. */
export const imageIn = (file: string): string => readFileSync(file, "utf8").trim();
