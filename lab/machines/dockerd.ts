// A dockerd newer than any that Debian has, built from its Go module: where Docker's own packages can't
// be had, a Go module proxy may be. Once per user and version, for all checkouts.
import { createHash } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { goVersion, removeLeftovers } from "../engine/build.ts";
import { consoleReports } from "../engine/report.ts";
import { goBuild } from "../go-build.ts";
import { withFileLock } from "../file-lock.ts";
import { cacheDirectory } from "../paths.ts";
import { provideGo } from "../requirements.ts";

const pins = join(import.meta.dirname, "dockerd-29");

/**
 * Moby's module has a line of versions of its own. This is the release of Docker that its source calls
 * the last one, in releases/versions.yaml; look there when the pin changes.
 */
const release = "29.8.0";

/** As Moby's own hack/make.sh builds a static dockerd. */
const tags = ["netgo", "osusergo", "static_build", "nri_no_wasm"];

const read = (file: string): string => readFileSync(join(pins, file), "utf8");

/** The version of the module. */
const pinned = /^require github\.com\/moby\/moby\/v2 (\S+)$/m.exec(read("go.mod"))?.[1] ?? "";

/** What it says of itself: which release, and from which module it really is. */
export const dockerdVersion = `${release}+${pinned}`;

/** Another one for another pin, version or way of building. */
export const dockerdDigest = createHash("sha256")
  .update(JSON.stringify([read("go.mod"), read("go.sum"), dockerdVersion, tags]))
  .digest("hex")
  .slice(0, 16);

const builds = join(cacheDirectory, "dockerd");

/** The path of the built program; `label` begins the line of an error. */
export async function ensureDockerd(
  label: string,
  say: (line: string) => void,
  signal?: AbortSignal,
): Promise<string> {
  const program = join(builds, `dockerd-${dockerdDigest}`);
  if (existsSync(program)) return program;
  const turn = {
    lock: join(cacheDirectory, "dockerd.lock"),
    doing: "builds dockerd 29",
    say,
    signal,
  };
  await withFileLock(turn, async () => {
    // Another run may have built it while this one waited.
    if (!existsSync(program)) await build(label, program, say, signal);
  });
  return program;
}

async function build(
  label: string,
  program: string,
  say: (line: string) => void,
  signal?: AbortSignal,
): Promise<void> {
  if (!goVersion()) await provideGo({ say, progress: say });
  if (!goVersion()) {
    throw new Error(
      `${label}: its dockerd can't be built; that takes Go 1.21 or newer, which is not on PATH; install Go from https://go.dev/dl/, or use another image`,
    );
  }
  mkdirSync(builds, { recursive: true });
  removeLeftovers(builds);
  say(`building dockerd ${dockerdVersion} from its Go modules: about 5 minutes, once per user`);
  const { progress } = consoleReports();
  // It appears under its name only when it is whole.
  const building = `${program}.building-${String(process.pid)}`;
  const output = join(building, "dockerd");
  mkdirSync(building);
  try {
    await goBuild(
      {
        label,
        module: pins,
        package: "github.com/moby/moby/v2/cmd/dockerd",
        output,
        ldflags: `-X github.com/moby/moby/v2/dockerversion.Version=${dockerdVersion}`,
        tags,
      },
      {
        signal,
        progress: (line) => {
          progress(`dockerd: ${line}`);
        },
      },
    );
    // Whoever builds with a stricter umask still builds for the machine.
    chmodSync(output, 0o755);
    renameSync(output, program);
  } finally {
    rmSync(building, { recursive: true, force: true });
  }
}
