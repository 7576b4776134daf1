import ipaddr from "ipaddr.js";
import { daemonSettings, readSettings } from "../daemon-json/merge.ts";
import { equalJson, inside, type Json, word } from "../json-value.ts";
import type { DaemonSettings } from "../daemon-json/keys.ts";
import type { DesiredHost } from "../desired/desired-host.ts";
import { compared } from "./difference.ts";
import type { MachineFacts } from "../observed/facts.ts";
import type { DaemonInfo } from "../observed/docker-info.ts";
import { mirrorsIn, sameMirrors } from "../daemon-json/mirrors.ts";

/** A setting of which dockerd says another value than the configuration. */
interface NotInEffect {
  readonly key: string;
  readonly line: string;
}

/**
 * Settings that dockerd tells of in `GET /info`, beside what the configuration says of them: each that
 * is configured and not in effect, as after an edit without a restart or a reload that failed. Only keys
 * that the configuration names are judged, and only by what dockerd surely says of them: a difference
 * that no converge could end would be drift for ever.
 */
export function notInEffect(facts: MachineFacts, desired: DesiredHost): NotInEffect[] {
  const { info } = facts;
  if (info === undefined) return [];
  const settings = daemonSettings(desired.daemon);
  const found = [
    ...liveRestoreDrift(info, settings).map((line) => ({ key: "live-restore", line })),
    ...mirrorsDrift(info, settings, desired).map((line) => ({ key: "registry-mirrors", line })),
  ];
  const others = effects.flatMap(({ key, wanted, found: seenIn }) => {
    const value = settings[key];
    const expected = value === undefined ? undefined : wanted(value, facts);
    const seen = seenIn(info.whole);
    return expected === undefined || seen === undefined || equalJson(expected, seen)
      ? []
      : [{ key, line: `${key} in effect: ${compared(desired, expected, seen)}` }];
  });
  return [...found, ...others];
}

function liveRestoreDrift({ liveRestore }: DaemonInfo, settings: DaemonSettings): string[] {
  const wanted = settings["live-restore"] === true;
  return liveRestore === wanted
    ? []
    : [`live-restore: expected ${String(wanted)} in effect, found ${String(liveRestore)}`];
}

function mirrorsDrift(
  { registryMirrors }: DaemonInfo,
  settings: DaemonSettings,
  desired: DesiredHost,
): string[] {
  const mirrors = mirrorsIn(settings);
  return !("registry-mirrors" in settings) || sameMirrors(mirrors, registryMirrors)
    ? []
    : [`registry-mirrors in effect: ${compared(desired, mirrors, registryMirrors)}`];
}

/** How one key of daemon.json shows in `GET /info`; undefined where it can't be judged. */
interface Effect {
  readonly key: string;
  readonly wanted: (value: Json, facts: MachineFacts) => Json | undefined;
  readonly found: (info: unknown) => Json | undefined;
}

const effects: readonly Effect[] = [
  { key: "debug", wanted: flag, found: (info) => flag(inside(info, "Debug")) },
  { key: "experimental", wanted: flag, found: (info) => flag(inside(info, "ExperimentalBuild")) },
  { key: "labels", wanted: list, found: (info) => list(inside(info, "Labels") ?? []) },
  {
    key: "insecure-registries",
    wanted: (value) => list(value)?.map(registryRange).filter(isChosen),
    found: insecureRegistries,
  },
  { key: "default-runtime", wanted: word, found: (info) => word(inside(info, "DefaultRuntime")) },
  { key: "log-driver", wanted: word, found: (info) => word(inside(info, "LoggingDriver")) },
  {
    key: "storage-driver",
    // With containerd's image store it is a snapshotter that goes by that name.
    wanted: (value, facts) =>
      inside(foundSetting(facts, "features"), "containerd-snapshotter") === true
        ? undefined
        : word(value),
    found: (info) => word(inside(info, "Driver")),
  },
  {
    key: "exec-opts",
    wanted: (value) =>
      list(value)
        ?.map((option) => /^native\.cgroupdriver=(.+)$/.exec(option)?.[1])
        .find((driver) => driver !== undefined),
    found: (info) => word(inside(info, "CgroupDriver")),
  },
  {
    key: "data-root",
    // dockerd tells the folder's real path, or the configured one where it has just made it; below it,
    // with user namespaces.
    wanted: (value, facts) => {
      if (facts.dataRoot === "" || foundSetting(facts, "userns-remap") !== undefined) {
        return undefined;
      }
      const configured = word(value)?.replace(/\/+$/, "");
      const said = word(inside(facts.info?.whole, "DockerRootDir"));
      return said?.replace(/\/+$/, "") === configured ? said : facts.dataRoot;
    },
    found: (info) => word(inside(info, "DockerRootDir")),
  },
];

function flag(value: unknown): boolean | undefined {
  return typeof value === "boolean" ? value : undefined;
}

/** In one order: dockerd keeps its own. */
function list(value: unknown): string[] | undefined {
  return Array.isArray(value) ? [...new Set(value.map(String))].sort() : undefined;
}

/** What dockerd makes of a line of `insecure-registries`: no scheme, and the network of a range. */
function registryRange(line: string): string {
  const bare = line.replace(/^https?:\/\//i, "").toLowerCase();
  if (!ipaddr.isValidCIDR(bare)) return bare;
  const [address, bits] = ipaddr.parseCIDR(bare);
  const network =
    address.kind() === "ipv4"
      ? ipaddr.IPv4.networkAddressFromCIDR(bare)
      : ipaddr.IPv6.networkAddressFromCIDR(bare);
  return `${network.toString()}/${String(bits)}`;
}

/** dockerd adds the machine's own loopback by itself. */
const isChosen = (range: string): boolean => !["127.0.0.0/8", "::1/128"].includes(range);

function insecureRegistries(info: unknown): string[] | undefined {
  const registries = inside(info, "RegistryConfig");
  const ranges = list(inside(registries, "InsecureRegistryCIDRs"));
  if (ranges === undefined) return undefined;
  const named = Object.entries(inside(registries, "IndexConfigs") ?? {})
    .filter(([, registry]) => inside(registry, "Secure") === false)
    .map(([name]) => name.toLowerCase());
  return [...new Set([...ranges.filter(isChosen), ...named])].sort();
}

function foundSetting({ daemonJson }: MachineFacts, key: string): unknown {
  return readSettings(daemonJson.text)[key];
}
