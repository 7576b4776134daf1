// Pulumi's own releases, and the checksums that they must have here. checksums.json is written by `npm run
// lab -- pin` and reviewed like code: what is not in it is not used, wherever it came from.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { engineVersion, type PluginVersion } from "./versions.ts";

/** Checksums (SHA-256, in hex) by name, version and platform. */
export type Pins = Readonly<
  Record<string, Readonly<Record<string, Readonly<Record<string, string>>>>>
>;

export interface Release {
  /** `pulumi`, or the name of a plugin. */
  readonly name: string;
  readonly version: string;
  /** As Node calls it: linux-x64. */
  readonly platform: string;
  /** Of its archive, below the address of all releases. */
  readonly path: string;
}

/** The platforms that `pin --all` writes down. */
export const platforms = ["linux-x64", "linux-arm64", "darwin-x64", "darwin-arm64"] as const;

const thisPlatform = `${process.platform}-${process.arch}`;

export const checksumsFile = join(import.meta.dirname, "checksums.json");

export const readPins = (file: string = checksumsFile): Pins =>
  JSON.parse(readFileSync(file, "utf8")) as Pins;

export const engineRelease = (platform: string = thisPlatform): Release => ({
  name: "pulumi",
  version: engineVersion,
  platform,
  path: `sdk/pulumi-v${engineVersion}-${platform}.tar.gz`,
});

export const pluginRelease = (
  { name, version }: PluginVersion,
  platform: string = thisPlatform,
): Release => ({
  name,
  version,
  platform,
  // Plugins have Go's name of the architecture.
  path: `plugins/pulumi-resource-${name}-v${version}-${platform.replace("x64", "amd64")}.tar.gz`,
});

export const pinOf = ({ name, version, platform }: Release, pins: Pins): string | undefined =>
  pins[name]?.[version]?.[platform];

/** How messages call a release. */
export const titleOf = ({ name, version, platform }: Release): string =>
  `${name} ${version} for ${platform}`;

/** Another address serves a mirror, and tests: what it gives has to have the same checksums. */
export const addressOf = ({ path }: Release): string =>
  `${process.env["DOCKERTLS_RELEASES"] ?? "https://get.pulumi.com/releases"}/${path}`;
