// npm run lab -- pin: downloads the releases of the versions at hand, and writes down the checksums of what
// came, for review. The only step that takes a release on trust, so it unpacks and runs nothing of it.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { formatProblem } from "../../components/model/problem.ts";
import { writeAtomically } from "../atomic-write.ts";
import { fetchArchive, reasonOf } from "./fetch-archive.ts";
import {
  addressOf,
  checksumsFile,
  engineRelease,
  pinOf,
  pluginRelease,
  readPins,
  titleOf,
  type Release,
} from "./releases.ts";
import { pluginVersions } from "./versions.ts";

export interface PinOptions {
  readonly platforms: readonly string[];
  readonly say: (line: string) => void;
  readonly file?: string;
}

/** Throws, and writes nothing, when one is not available, or differs from the one that is pinned. */
export async function pinReleases({
  platforms,
  say,
  file = checksumsFile,
}: PinOptions): Promise<void> {
  const pins = readPins(file);
  const releases = platforms.flatMap((platform) => [
    engineRelease(platform),
    ...pluginVersions.map((plugin) => pluginRelease(plugin, platform)),
  ]);
  const found: Record<string, Record<string, Record<string, string>>> = {};
  for (const release of releases) {
    const { name, version, platform } = release;
    const came = await checksumOf(release);
    const pin = pinOf(release, pins);
    if (pin !== undefined && pin !== came) throw new Error(changed(release, pin, came));
    // Platforms that are not asked for stay; versions that are no longer used go.
    const kept = found[name]?.[version] ?? pins[name]?.[version];
    found[name] = { [version]: { ...kept, [platform]: came } };
    say(`${titleOf(release)}: ${came}${pin === undefined ? "" : " (as pinned)"}`);
  }
  writeAtomically(file, `${JSON.stringify(found, null, 2)}\n`);
  say(
    "wrote lab/engine/checksums.json; before it is committed, compare each line with the checksums that Pulumi publishes beside the release on GitHub",
  );
}

async function checksumOf(release: Release): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "dockertls-pin-"));
  try {
    return await fetchArchive(addressOf(release), join(folder, "archive"));
  } catch (error) {
    throw new Error(
      formatProblem({
        where: `pin: ${titleOf(release)}`,
        what: `can't be downloaded (${reasonOf(error)})`,
        why: "nothing was written",
        fix: "run it where Pulumi's release site can be reached",
      }),
      { cause: error },
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const changed = (release: Release, pin: string, came: string): string =>
  formatProblem({
    where: `pin: ${titleOf(release)}`,
    what: `SHA-256 is pinned as ${pin}, and ${came} came`,
    why: "a release never changes, so nothing was written",
    fix: "find out which of them Pulumi published; if it is the new one, take the old one out of lab/engine/checksums.json first",
  });
