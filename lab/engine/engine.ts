// Which engine runs the program: one that the person has, else the official release, else one built
// from its Go modules.
import { spawnSync } from "node:child_process";
import { accessSync, constants, existsSync, rmSync } from "node:fs";
import { delimiter, join } from "node:path";
import { withFileLock } from "../file-lock.ts";
import { cacheDirectory } from "../paths.ts";
import { buildEngine, buildRecipe, goVersion, removeLeftovers } from "./build.ts";
import { download, isVerified } from "./download.ts";
import { engineRelease, pinOf, readPins, type Pins } from "./releases.ts";
import type { Reports } from "./report.ts";
import { engineVersion, isFittingEngine } from "./versions.ts";

export interface Engine {
  /** Holds `pulumi` and the language host. */
  directory: string;
  origin: string;
}

const enginesDirectory = join(cacheDirectory, "engine");
/** From before releases were pinned: nobody knows what was downloaded. */
const unverifiedHome = join(enginesDirectory, `${engineVersion}-official`);
const builtDirectory = join(enginesDirectory, `${engineVersion}-built-${String(buildRecipe)}`);

export interface EngineOptions {
  /** Try the official download again although it was refused and a built engine is there. */
  retryDownloads?: boolean;
  /** Called when a build is due and there is no Go. */
  provideGo?: () => Promise<void>;
  /** Ends the download or the build. */
  signal?: AbortSignal | undefined;
  /** Checksums of the releases that may be used. */
  pins?: Pins;
}

/** Where the release with the checksum that is pinned lies, whether it is there or not. */
function officialHome(pins: Pins): string {
  const pin = pinOf(engineRelease(), pins) ?? "unpinned";
  return join(enginesDirectory, `${engineVersion}-official-${pin.slice(0, 16)}`);
}

/** Where an official release has its programs. */
const binariesIn = (home: string): string => join(home, "pulumi");

/** The engine, if one is at hand without downloading or building anything. */
export function engineAtHand(pins: Pins = readPins()): Engine | undefined {
  const own = engineOnPath(process.env["PATH"] ?? "");
  if (own) return { directory: own, origin: "on PATH" };
  const official = officialHome(pins);
  if (isVerified(official, engineRelease(), pins) && works(binariesIn(official))) {
    return { directory: binariesIn(official), origin: "official release" };
  }
  return works(builtDirectory)
    ? { directory: builtDirectory, origin: "built from its Go modules" }
    : undefined;
}

export async function ensureEngine(reports: Reports, options: EngineOptions = {}): Promise<Engine> {
  const { pins = readPins() } = options;
  const present = engineAtHand(pins);
  const isBuilt = present?.directory === builtDirectory;
  if (present && !(isBuilt && options.retryDownloads)) return present;

  const turn = {
    lock: join(enginesDirectory, "lock"),
    doing: "is preparing the engine",
    say: reports.say,
    signal: options.signal,
  };
  return withFileLock(turn, async () => {
    // Another run may have made it while this one waited.
    const made = engineAtHand(pins);
    if (made && !options.retryDownloads) return made;
    removeLeftovers(enginesDirectory);
    if (!made && existsSync(builtDirectory)) {
      reports.say(`the engine in ${builtDirectory} does not run; it is made again`);
    }
    rmSync(unverifiedHome, { recursive: true, force: true });
    const official = officialHome(pins);
    reports.progress(`asking for the official release of Pulumi ${engineVersion}`);
    const refusal = await download(engineRelease(), official, pins, options.signal);
    options.signal?.throwIfAborted();
    if (refusal === undefined) {
      return engineAtHand(pins) ?? fail("the official release lacks its own program");
    }
    reports.say(
      `the official release of Pulumi ${engineVersion} is not available here (${refusal})`,
    );
    if (!made) {
      if (!goVersion()) await options.provideGo?.();
      if (!goVersion()) {
        fail(
          "building it takes Go 1.21 or newer, which is not on PATH; install Go from https://go.dev/dl/, or Pulumi itself",
        );
      }
      await buildEngine(builtDirectory, reports, options.signal);
    }
    return engineAtHand(pins) ?? fail("the build left no engine that runs");
  });
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
  return isFittingEngine(answer(join(directory, "pulumi"), "version")) ? directory : undefined;
}

/** Whether the cache holds this version, whole: a full disk or a kill may have cut it short. */
function works(directory: string): boolean {
  const [pulumi, host] = ["pulumi", "pulumi-language-nodejs"].map((name) => join(directory, name));
  if (!pulumi || !host || !isExecutable(pulumi) || !isExecutable(host)) return false;
  return (
    answer(pulumi, "version").trim().replace(/^v/, "") === engineVersion &&
    // It has no version of its own to tell; that it can list its flags shows that it is a program.
    /usage/i.test(answer(host, "-h"))
  );
}

function answer(program: string, question: string): string {
  const { stdout, stderr, error } = spawnSync(program, [question], {
    encoding: "utf8",
    timeout: 15_000,
    env: { ...process.env, PULUMI_SKIP_UPDATE_CHECK: "true" },
  });
  return error ? "" : stdout || stderr;
}
