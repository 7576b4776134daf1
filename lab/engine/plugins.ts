// Which resource plugins the engine uses: those that the person has, else Pulumi's own releases, else
// the stand-ins of this project. All of them end up in the project's own PULUMI_HOME; the person's is
// only read.
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import { checkout } from "../paths.ts";
import { removeLeftovers } from "./build.ts";
import { download, isVerified, remember, rememberedRefusal, unpinned } from "./download.ts";
import { isExecutable } from "./engine.ts";
import { pluginRelease, readPins, type Pins } from "./releases.ts";
import type { Reports } from "./report.ts";
import { pluginVersions } from "./versions.ts";
import type { PluginVersion } from "./versions.ts";

export type PluginOrigin = "on PATH" | "installed" | "official release" | "stand-in";

export interface ChosenPlugin extends PluginVersion {
  origin: PluginOrigin;
  /** Why a stand-in is used. */
  refusal?: string;
}

const nameOf = ({ name, version }: PluginVersion): string => `resource-${name}-v${version}`;
const binaryOf = ({ name }: PluginVersion): string => `pulumi-resource-${name}`;
const standInOf = ({ name }: PluginVersion): string => join(checkout, "standins", name);
const keyOf = ({ name, version }: PluginVersion): string => `${name} ${version}`;

export interface PluginOptions {
  retryDownloads?: boolean;
  /** Checksums of the releases that may be used. */
  pins?: Pins;
}

/** Puts every plugin that the program needs where the engine finds it. */
export async function ensurePlugins(
  home: string,
  reports: Reports,
  { retryDownloads = false, pins = readPins() }: PluginOptions = {},
): Promise<ChosenPlugin[]> {
  mkdirSync(join(home, "plugins"), { recursive: true });
  removeLeftovers(join(home, "plugins"));
  return Promise.all(
    pluginVersions.map((plugin) => ensurePlugin(home, plugin, reports, retryDownloads, pins)),
  );
}

/** A plugin where the engine finds it. */
export interface PluginAtHand {
  origin: PluginOrigin;
  /** Holds the executable. */
  directory: string;
}

/** Plugins as the engine would find them now, in words; no origin where it would find none. */
export function pluginsAtHand(home: string): (PluginVersion & { origin: string | undefined })[] {
  const pins = readPins();
  return pluginVersions.map((plugin) => {
    const directory = directoryOf(home, plugin);
    const found = present(directory, plugin, pins);
    if (found === undefined)
      return { ...plugin, origin: holds(directory, plugin) ? "stand-in" : undefined };
    const standIn = isStandIn(join(found.directory, binaryOf(plugin)));
    return { ...plugin, origin: standIn ? `stand-in, ${found.origin}` : found.origin };
  });
}

/** One of ours, whoever put it there: the launcher itself, or the script that `npm start` writes. */
function isStandIn(binary: string): boolean {
  return (
    realpathSync(binary).endsWith(join("standins", "launch.sh")) ||
    readFileSync(binary).subarray(0, 200).includes(standInMark)
  );
}

/** The plugin that the engine uses as long as nothing more is downloaded; `home` is its PULUMI_HOME. */
export function pluginAtHand(
  home: string,
  plugin: PluginVersion,
  pins: Pins = readPins(),
): PluginAtHand {
  const standIn: PluginAtHand = { origin: "stand-in", directory: standInOf(plugin) };
  return present(directoryOf(home, plugin), plugin, pins) ?? standIn;
}

const directoryOf = (home: string, plugin: PluginVersion): string =>
  join(home, "plugins", nameOf(plugin));

const holds = (directory: string, plugin: PluginVersion): boolean =>
  isExecutable(join(directory, binaryOf(plugin)));

/** Where a plugin is that needs no installation, in the order of preference. */
function present(directory: string, plugin: PluginVersion, pins: Pins): PluginAtHand | undefined {
  const onPath = (process.env["PATH"] ?? "")
    .split(delimiter)
    .find((directory) => holds(directory, plugin));
  // The engine itself prefers these.
  if (onPath !== undefined) return { origin: "on PATH", directory: onPath };
  const theirs = installedAt(plugin);
  if (theirs !== directory && holds(theirs, plugin))
    return { origin: "installed", directory: theirs };
  return isExecutable(join(directory, binaryOf(plugin))) &&
    isVerified(directory, pluginRelease(plugin), pins)
    ? { origin: "official release", directory }
    : undefined;
}

function linkAt(directory: string): string | undefined {
  try {
    return readlinkSync(directory);
  } catch {
    return undefined;
  }
}

/** The person's own copy, if there is one. */
const installedAt = (plugin: PluginVersion): string =>
  join(process.env["PULUMI_HOME"] ?? join(homedir(), ".pulumi"), "plugins", nameOf(plugin));

async function ensurePlugin(
  home: string,
  plugin: PluginVersion,
  { say, progress }: Reports,
  retryDownloads: boolean,
  pins: Pins,
): Promise<ChosenPlugin> {
  const directory = directoryOf(home, plugin);
  const found = present(directory, plugin, pins);
  // An engine that is at work must not find a gap where its plugin was.
  if (found?.origin === "installed" && linkAt(directory) !== found.directory) {
    rmSync(directory, { recursive: true, force: true });
    symlinkSync(found.directory, directory);
  }
  if (found !== undefined) return { ...plugin, origin: found.origin };

  const release = pluginRelease(plugin);
  // Not remembered: a pin that comes later is not to wait for a change of the version.
  let refusal = unpinned(release, pins) ?? rememberedRefusal(keyOf(plugin));
  if (refusal === undefined || (retryDownloads && unpinned(release, pins) === undefined)) {
    progress(`asking for the official plugin ${plugin.name} ${plugin.version}`);
    refusal = await download(release, directory, pins);
    remember(keyOf(plugin), refusal);
    if (refusal === undefined) return { ...plugin, origin: "official release" };
  }
  if (isForeign(directory, plugin)) {
    say(
      `plugin ${keyOf(plugin)}: the one in ${directory} came without a checksum that is pinned; the stand-in takes its place`,
    );
  }
  installStandIn(directory, plugin);
  return { ...plugin, origin: "stand-in", refusal };
}

/** What makes a stand-in known again. */
const standInMark = "# Stand-in of dockertls.";

/** Whether what lies there is neither a link nor a stand-in. */
function isForeign(directory: string, plugin: PluginVersion): boolean {
  const binary = join(directory, binaryOf(plugin));
  if (!isExecutable(binary) || lstatSync(directory).isSymbolicLink()) return false;
  return !readFileSync(binary).subarray(0, 200).includes(standInMark);
}

/** A script that runs the one in the checkout, so that editing that one needs no new installation. */
function installStandIn(directory: string, plugin: PluginVersion): void {
  const program = join(standInOf(plugin), binaryOf(plugin));
  const quoted = `'${program.replaceAll("'", "'\\''")}'`;
  const script = `#!/bin/sh\n${standInMark}\nexec ${quoted} "$@"\n`;
  const binary = join(directory, binaryOf(plugin));
  if (existsSync(binary) && readFileSync(binary, "utf8") === script) return;
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { recursive: true });
  writeFileSync(binary, script, { mode: 0o755 });
}

/** One line: which plugins are stand-ins, and why. */
export function describePlugins(plugins: ChosenPlugin[]): string {
  const list = (some: ChosenPlugin[]): string => some.map(keyOf).join(", ");
  const standIns = plugins.filter(({ origin }) => origin === "stand-in");
  const others = plugins.filter(({ origin }) => origin !== "stand-in");
  const reasons = [...new Set(standIns.map(({ refusal }) => refusal ?? "refused"))].join("; ");
  return [
    ...others.map((plugin) => `${keyOf(plugin)} (${plugin.origin})`),
    ...(standIns.length > 0
      ? [
          `stand-ins of this project for ${list(standIns)}, since Pulumi's downloads are not available here (${reasons})`,
        ]
      : []),
  ].join(", ");
}
