// Which engine runs the program: one that the person has, else the official release, else one built
// from its Go modules.
import { spawnSync } from "node:child_process";
import { accessSync, constants, existsSync, mkdirSync, rmSync } from "node:fs";
import { delimiter, join } from "node:path";
import { lock } from "proper-lockfile";
import { cacheDirectory } from "../paths.ts";
import { buildEngine, buildRecipe, goVersion } from "./build.ts";
import { downloadEngine, officialBinaries } from "./download.ts";
import type { Reports } from "./report.ts";
import { engineVersion, isFittingEngine } from "./versions.ts";

export interface Engine {
  /** Holds `pulumi` and the language host. */
  directory: string;
  origin: string;
}

export const enginesDirectory = join(cacheDirectory, "engine");
const officialHome = join(enginesDirectory, `${engineVersion}-official`);
const builtDirectory = join(enginesDirectory, `${engineVersion}-built-${String(buildRecipe)}`);

export interface EngineOptions {
  /** Try the official download again although it was refused and a built engine is there. */
  retryDownloads?: boolean;
  /** Called when a build is due and there is no Go. */
  provideGo?: () => Promise<void>;
}

/** The engine, if one is at hand without downloading or building anything. */
export function engineAtHand(): Engine | undefined {
  const own = engineOnPath(process.env["PATH"] ?? "");
  if (own) return { directory: own, origin: "on PATH" };
  if (isExecutable(join(officialBinaries(officialHome), "pulumi"))) {
    return { directory: officialBinaries(officialHome), origin: "official release" };
  }
  return existsSync(builtDirectory)
    ? { directory: builtDirectory, origin: "built from its Go modules" }
    : undefined;
}

export async function ensureEngine(reports: Reports, options: EngineOptions = {}): Promise<Engine> {
  const present = engineAtHand();
  const isBuilt = present?.directory === builtDirectory;
  if (present && !(isBuilt && options.retryDownloads)) return present;

  mkdirSync(enginesDirectory, { recursive: true });
  const release = await exclusively(reports);
  try {
    // Another run may have made it while this one waited.
    const made = engineAtHand();
    if (made && !options.retryDownloads) return made;
    reports.progress(`asking for the official release of Pulumi ${engineVersion}`);
    const refusal = await downloadEngine(officialHome);
    if (refusal === undefined) {
      return engineAtHand() ?? fail("the official release lacks its own program");
    }
    rmSync(officialHome, { recursive: true, force: true });
    reports.say(`the official release of Pulumi ${engineVersion} can't be had here (${refusal})`);
    if (!made) {
      if (!goVersion()) await options.provideGo?.();
      if (!goVersion()) {
        fail(
          "building it takes Go 1.21 or newer, which is not on PATH; install Go from https://go.dev/dl/, or Pulumi itself",
        );
      }
      await buildEngine(builtDirectory, reports);
    }
    return engineAtHand() ?? fail("the build left no engine");
  } finally {
    await release();
  }
}

function fail(why: string): never {
  throw new Error(
    `engine: Pulumi ${engineVersion} is not on PATH; its download was refused; ${why}`,
  );
}

export const isExecutable = (path: string): boolean => {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
};

/** The directory of a fitting `pulumi` that has its Node language host at hand. */
function engineOnPath(path: string): string | undefined {
  const directories = path.split(delimiter).filter((directory) => directory.startsWith("/"));
  const directory = directories.find((candidate) => isExecutable(join(candidate, "pulumi")));
  if (!directory) return undefined;
  const hasHost = [directory, ...directories].some((candidate) =>
    isExecutable(join(candidate, "pulumi-language-nodejs")),
  );
  if (!hasHost) return undefined;
  const { stdout, error } = spawnSync(join(directory, "pulumi"), ["version"], {
    encoding: "utf8",
    timeout: 15_000,
    env: { ...process.env, PULUMI_SKIP_UPDATE_CHECK: "true" },
  });
  return !error && isFittingEngine(stdout) ? directory : undefined;
}

/** Two builds side by side would take twice the time and the memory. */
async function exclusively({ progress }: Reports): Promise<() => Promise<void>> {
  for (;;) {
    try {
      return await lock(enginesDirectory, { stale: 30_000 });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ELOCKED") throw error;
      progress("another run is preparing the engine; waiting for it");
      await new Promise((wake) => setTimeout(wake, 1000));
    }
  }
}
