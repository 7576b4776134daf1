// The root file systems that lab machines share, read-only, one per kind of machine B. Built by
// mmdebstrap, once per recipe: its directory is named after a digest of everything that goes into it.
import { createHash } from "node:crypto";
import { existsSync, globSync, readFileSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { withFileLock } from "../file-lock.ts";
import { cacheDirectory } from "../paths.ts";
import { secureLabDirectory } from "./directory.ts";
import { dockerdDigest, ensureDockerd } from "./dockerd.ts";
import { machinePaths, systemDirectory } from "./paths.ts";
import { asRoot, scriptAsRoot } from "./root.ts";

interface Kind {
  release: string;
  packages: string[];
  /** Hooks of mmdebstrap, beside this file. */
  customize: string[];
  /** What a person reads who waits for it. */
  description: string;
  aptOptions?: string[];
  /** Debian's dockerd makes way for the one that ./dockerd.ts builds. */
  newerDockerd?: boolean;
  /** What to do when it can't be built. */
  remedy?: string;
  /** Not a kind that the program is tested on: only what a benchmark compares it with needs it. */
  benchOnly?: boolean;
}

const debian = ["customize.sh"];

/** Debian's next. Packages come and go there, and on some days they don't fit together. */
const next = {
  release: "forky",
  packages: ["docker.io", "docker-cli"],
  customize: debian,
  // A copy of its archive that is some weeks old is good enough, and its Release file has expired.
  aptOptions: ['Acquire::Check-Valid-Until "false"'],
  remedy: "forky moves: try again another day, or use another image",
} satisfies Partial<Kind>;

const kinds = {
  trixie: {
    release: "trixie",
    // trixie took the client out of docker.io.
    packages: ["docker.io", "docker-cli"],
    customize: debian,
    description: "Debian 13 with its dockerd 26.1",
  },
  bookworm: {
    release: "bookworm",
    packages: ["docker.io"],
    customize: debian,
    description: "Debian 12 with its dockerd 20.10",
  },
  // Not the packages of docker-ce: Debian's dockerd, where docker-ce has it and started as docker-ce does.
  "docker-ce-layout": {
    release: "trixie",
    packages: ["docker.io", "docker-cli"],
    customize: [...debian, "docker-ce-layout.sh"],
    description: "Debian 13 with its dockerd 26.1, in the places and the unit of docker-ce",
  },
  forky: {
    ...next,
    description: "Debian's next with its dockerd 28.5",
  },
  "dockerd-29": {
    ...next,
    description: "Debian's next with a dockerd 29 in the place of its own",
    newerDockerd: true,
  },
  // Ansible runs Python on the machines, and they reach no archive to install it from.
  "trixie-python": {
    release: "trixie",
    packages: ["docker.io", "docker-cli", "python3"],
    customize: debian,
    description: "Debian 13 with its dockerd 26.1 and Python, for the benchmark",
    benchOnly: true,
  },
} satisfies Record<string, Kind>;

export type ImageName = keyof typeof kinds;
export const defaultImage: ImageName = "trixie";

/** A kind for each generation of dockerd: 20.10, 26.1, 28.5. */
export const generations: readonly ImageName[] = ["bookworm", "trixie", "forky"];

export const allImageNames = Object.keys(kinds) as ImageName[];

/** Whether its image may be impossible to build on some days, through no fault of this project. */
export const isMoving = (name: ImageName): boolean => kinds[name].release === next.release;

/** The kinds of machine that the program is tested on. */
export const testedImageNames = allImageNames.filter((name) => {
  const { benchOnly = false }: Kind = kinds[name];
  return !benchOnly;
});

/** What a run takes that says nothing else: what Debian has released, which can be built on any day. */
export const imageNames = testedImageNames.filter((name) => !isMoving(name));

/** The kind of machine that the benchmark of a fleet runs on. */
export const benchImage: ImageName = "trixie-python";

export function imageNamed(name: string): ImageName {
  const known = allImageNames.find((one) => one === name);
  if (!known) {
    throw new Error(
      `image ${name}: unknown; images are ${allImageNames.join(", ")}; choose one with --image`,
    );
  }
  return known;
}

export interface Recipe {
  image: ImageName;
  release: string;
  packages: string[];
  /** Paths of the hooks. */
  hooks: string[];
  /** Their text. */
  customize: string;
  aptOptions: string[];
  /** Of the dockerd that takes the place of Debian's, if any. */
  dockerd?: string;
}

export function recipeFor(image: ImageName): Recipe {
  const { release, packages, customize, aptOptions = [], newerDockerd }: Kind = kinds[image];
  const hooks = customize.map((file) => join(import.meta.dirname, file));
  return {
    image,
    release,
    packages: [
      ...["systemd", "systemd-sysv", "dbus", "openssh-server", "sudo", "procps"],
      ...["iptables", "iproute2", "ca-certificates", "busybox-static"],
      ...packages,
    ],
    hooks,
    customize: hooks.map((hook) => readFileSync(hook, "utf8")).join(""),
    aptOptions,
    ...(newerDockerd ? { dockerd: dockerdDigest } : {}),
  };
}

export function recipeDigest(recipe: Recipe): string {
  const content = JSON.stringify([
    ...[recipe.release, [...recipe.packages].sort(), recipe.customize],
    ...recipe.aptOptions,
    ...(recipe.dockerd ? [recipe.dockerd] : []),
  ]);
  return createHash("sha256").update(content).digest("hex").slice(0, 16);
}

export const imageDirectory = (recipe: Recipe): string =>
  join(systemDirectory, "images", `${recipe.image}-${recipeDigest(recipe)}`);

/** What a build of the image takes, about, on two cores; 0 where it is there. */
export function secondsToBuild(name: ImageName): number {
  const recipe = recipeFor(name);
  if (existsSync(imageDirectory(recipe))) return 0;
  return recipe.dockerd === undefined ? 90 : 450;
}

/** @param signal ends a build of this process; one of another process it only stops to wait for. */
export async function ensureImage(
  name: ImageName,
  say: (line: string) => void,
  signal?: AbortSignal,
): Promise<string> {
  await secureLabDirectory();
  const recipe = recipeFor(name);
  const image = imageDirectory(recipe);
  if (existsSync(image)) return image;
  const dockerd = recipe.dockerd
    ? await ensureDockerd(`lab image ${name}`, say, signal)
    : undefined;
  // For all checkouts of a user; another user's build is met by the rename at the end.
  const turn = {
    lock: join(cacheDirectory, "image.lock"),
    doing: "builds the lab's image",
    say,
    signal,
  };
  await withFileLock(turn, async () => {
    // Another run may have built it while this one waited.
    if (existsSync(image)) return;
    await buildImage(recipe, image, dockerd, say, signal);
    await removeUnusedImages();
  });
  return image;
}

async function buildImage(
  recipe: Recipe,
  image: string,
  dockerd: string | undefined,
  say: (line: string) => void,
  signal: AbortSignal | undefined,
): Promise<void> {
  const name = recipe.image;
  const { description, remedy = "check that apt-get update works on this machine" }: Kind =
    kinds[name];
  say(`building the lab image ${name} (${description}), about a minute, once per recipe`);
  const building = `${image}.building-${String(process.pid)}`;
  try {
    await asRoot(["mkdir", "-p", join(systemDirectory, "images")]);
    const result = await asRoot(
      [
        ...["sh", join(import.meta.dirname, "build-image.sh"), building],
        "mmdebstrap",
        "--variant=minbase",
        "--format=directory",
        `--include=${recipe.packages.join(",")}`,
        ...recipe.aptOptions.map((option) => `--aptopt=${option}`),
        ...recipe.hooks.map((hook) => `--customize-hook=${hook}`),
        recipe.release,
      ],
      { check: false, timeoutSeconds: 600, signal },
    );
    signal?.throwIfAborted();
    if (result.exitCode !== 0) {
      const reason = result.stderr
        .trim()
        .split("\n")
        .filter((line) => /^E:|rror/.test(line))
        .slice(0, 2);
      throw new Error(
        `lab image ${name}: mmdebstrap failed; ${reason.join(" ") || result.stderr.trim().slice(-300)}; ${remedy}`,
      );
    }
    if (dockerd) {
      await asRoot(["install", "-m", "0755", dockerd, join(building, "usr", "sbin", "dockerd")]);
    }
    // Renamed at the end: a half-built image under the final name would be used for ever.
    await scriptAsRoot('[ -e "$2" ] || mv -T "$1" "$2" || [ -e "$2" ]', [building, image]);
  } finally {
    await asRoot(["rm", "-rf", "--one-file-system", building], { check: false });
  }
}

/** An image takes half a gigabyte, and every change of the recipe leaves one behind. */
async function removeUnusedImages(): Promise<void> {
  const current = allImageNames.map((name) => imageDirectory(recipeFor(name)));
  const used = new Set([...current, ...globSync(`${systemDirectory}/*/*/image`).map(imageIn)]);
  const unused = globSync(`${systemDirectory}/images/*`).filter((image) => {
    const builder = /\.building-(\d+)$/.exec(image)?.[1];
    return !used.has(image) && !(builder && existsSync(`/proc/${builder}`)) && !isYoung(image);
  });
  // A partly removed image under its final name would be used for ever, so the name goes first. What can't be
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

/** The kind of machine that a machine of the lab is, if it exists. */
export function imageNameOf(lab: string, machine: string): ImageName | undefined {
  const file = join(machinePaths(lab, machine).directory, "image");
  if (!existsSync(file)) return undefined;
  const name = basename(imageIn(file)).replace(/-[0-9a-f]+$/, "");
  return allImageNames.find((one) => one === name);
}
