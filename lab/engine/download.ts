// Pulumi's own releases, the engine's and its plugins': downloaded, held against the checksum that is
// pinned, and only then unpacked. One that is not available is a refusal, and something else may take its
// place; one that is not what is pinned ends the run.
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { execa } from "execa";
import { formatProblem } from "../../components/model/problem.ts";
import { checkout } from "../paths.ts";
import { writeAtomically } from "../atomic-write.ts";
import { fetchArchive, reasonOf } from "./fetch-archive.ts";
import { addressOf, pinOf, titleOf, type Pins, type Release } from "./releases.ts";

/** Undefined when it worked, else why not, in a few words. */
export type Refusal = string | undefined;

/** What an unpacked release says of itself: the checksum that its archive had. */
const markIn = (directory: string): string => join(directory, ".dockertls-sha256");

/** Whether a release lies there that was held against the checksum pinned today. */
export function isVerified(directory: string, release: Release, pins: Pins): boolean {
  const pin = pinOf(release, pins);
  try {
    return pin !== undefined && readFileSync(markIn(directory), "utf8").trim() === pin;
  } catch {
    return false;
  }
}

/** Why a release is not even asked for. */
export function unpinned(release: Release, pins: Pins): Refusal {
  return pinOf(release, pins) === undefined
    ? `no checksum of it is pinned for ${release.platform}; lab/README.md says how`
    : undefined;
}

/**
 * Puts a release into `target`, which appears whole or not at all.
 * @throws Error where the archive is not the one that is pinned.
 */
export async function download(
  release: Release,
  target: string,
  pins: Pins,
  signal?: AbortSignal,
): Promise<Refusal> {
  const pin = pinOf(release, pins);
  if (pin === undefined) return unpinned(release, pins);
  // Beside its target, so that it can be renamed; removeLeftovers knows the name.
  const building = `${target}.building-${String(process.pid)}`;
  mkdirSync(building, { recursive: true, mode: 0o700 });
  try {
    const archive = join(building, "archive");
    let came: string;
    try {
      came = await fetchArchive(addressOf(release), archive, signal);
    } catch (error) {
      signal?.throwIfAborted();
      return reasonOf(error);
    }
    if (came !== pin) throw new Error(mismatch(release, pin, came));
    const unpacked = join(building, "release");
    mkdirSync(unpacked);
    await execa("tar", ["-xzf", archive, "-C", unpacked, "--no-same-owner"]);
    writeFileSync(markIn(unpacked), `${pin}\n`);
    rmSync(target, { recursive: true, force: true });
    renameSync(unpacked, target);
    return undefined;
  } finally {
    rmSync(building, { recursive: true, force: true });
  }
}

const mismatch = (release: Release, pin: string, came: string): string =>
  formatProblem({
    where: `download: ${titleOf(release)}`,
    what: `SHA-256 expected ${pin}, got ${came}`,
    why: "it was cut short or is not the release that was reviewed, so nothing of it was unpacked or run",
    fix: "try again; if it stays, compare both with Pulumi's published checksums before lab/engine/checksums.json is changed",
  });

// A download that was refused is not tried again at every start: it would cost seconds each time.
const memory = join(checkout, ".dockertls", "refused-downloads.json");

function remembered(): Record<string, string> {
  try {
    return JSON.parse(readFileSync(memory, "utf8")) as Record<string, string>;
  } catch {
    return {};
  }
}

export const rememberedRefusal = (what: string): Refusal => remembered()[what];

/** The outcome of an attempt. Synchronous from reading to writing, since plugins are asked for at once. */
export function remember(what: string, refusal: Refusal): void {
  const { [what]: _, ...others } = remembered();
  mkdirSync(dirname(memory), { recursive: true, mode: 0o700 });
  const content = { ...others, ...(refusal === undefined ? {} : { [what]: refusal }) };
  writeAtomically(memory, `${JSON.stringify(content, null, 2)}\n`);
}
