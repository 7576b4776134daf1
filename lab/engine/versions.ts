// One source for the versions: the npm packages that the program is pinned to.
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);

const versionOf = (name: string): string => {
  const { version } = require(`${name}/package.json`) as { version: string };
  return version;
};

/** The SDK's version; engine and SDK are released together. */
export const engineVersion = versionOf("@pulumi/pulumi");

export interface PluginVersion {
  name: string;
  version: string;
}

export const pluginVersions: PluginVersion[] = ["command", "tls", "docker"].map((name) => ({
  name,
  version: versionOf(`@pulumi/${name}`),
}));

/** Fit to run this program: the same major version, and not older than the SDK. */
export function isFittingEngine(version: string, wanted: string = engineVersion): boolean {
  const [major = 0, minor = 0, patch = 0] = numbers(version);
  const [wantedMajor = 0, wantedMinor = 0, wantedPatch = 0] = numbers(wanted);
  if (major !== wantedMajor) return false;
  return minor > wantedMinor || (minor === wantedMinor && patch >= wantedPatch);
}

const numbers = (version: string): number[] =>
  /^v?(\d+)\.(\d+)\.(\d+)/.exec(version.trim())?.slice(1).map(Number) ?? [];
