// Containers that live-restore cannot keep, and what dockerd would not see any more.
import { daemonSettings, readSettings } from "../daemon-json/merge.ts";
import type { DaemonSettings } from "../daemon-json/keys.ts";
import { type DesiredHost } from "../desired/desired-host.ts";
import { desiredFiles } from "../desired/desired-files.ts";
import type { Baseline } from "../desired/baseline.ts";
import { inside, word } from "../json-value.ts";
import type { MachineFacts } from "../observed/facts.ts";
import type { DaemonInfo } from "../observed/docker-info.ts";
import type { Problem } from "../problem.ts";

/** Why a node of a Swarm can't be converged: a restart of dockerd stops its containers. */
export function swarmProblem(facts: MachineFacts, desired: DesiredHost): Problem | undefined {
  const { info, record } = facts;
  if (info?.swarm !== true) return undefined;
  if (daemonSettings(desired.daemon)["live-restore"] === true) {
    return {
      where: "live-restore",
      what: "does not work on a node of a Docker Swarm",
      why: "dockerd does not start with both, and a restart stops the containers",
      fix: "set `daemon: {live-restore: false}` and `allowContainerRestart: true` for this host",
    };
  }
  // A later change may need no restart; the converge decides.
  if (record !== undefined || desired.allowContainerRestart || info.containersRunning === 0) {
    return undefined;
  }
  return {
    where: "containers",
    what: `${String(info.containersRunning)} would be stopped by the restart of dockerd`,
    why: "the machine is a node of a Docker Swarm, which excludes live-restore",
    fix: "drain the node or stop them first, or set `allowContainerRestart: true` for this host",
  };
}

/**
 * Why images and containers would be out of dockerd's sight: after its restart it would look for them in another
 * place, and what runs would run on with nobody to watch, stop or restart it. Only what dockerd itself reports is
 * judged; the converge rolls back when running containers are missing after the restart.
 */
export function hidingProblem(
  facts: MachineFacts,
  desired: DesiredHost,
  baseline: Baseline,
): Problem | undefined {
  const { info } = facts;
  if (info === undefined || info.images + info.containers === 0 || desired.allowContainerRestart) {
    return undefined;
  }
  const wanted = readSettings(desiredFiles(desired, baseline).daemonJson);
  const moved = movedKeys(facts, wanted, Object.hasOwn(desired.daemon, "data-root"));
  if (moved.length === 0) return undefined;
  return {
    where: "containers",
    what: `${inSight(info)} would be out of dockerd's sight`,
    why: `${moved.join(", ")} ${moved.length === 1 ? "moves" : "move"} its storage, and they come back when that is taken back`,
    fix: "leave it as it is, or set `allowContainerRestart: true` for this host",
  };
}

function inSight({ images, containers, containersRunning }: DaemonInfo): string {
  const counted = (count: number, noun: string): string[] =>
    count === 0 ? [] : [`${String(count)} ${noun}${count === 1 ? "" : "s"}`];
  const running = containersRunning === 0 ? "" : ` (${String(containersRunning)} running)`;
  return [...counted(images, "image"), ...counted(containers, "container")].join(" and ") + running;
}

/** Keys that say where dockerd keeps its containers, and that would differ from what it reports now. */
function movedKeys(facts: MachineFacts, wanted: DaemonSettings, isConfigured: boolean): string[] {
  const info = facts.info?.whole;
  const found = readSettings(facts.daemonJson.text);
  const isMoved = {
    "data-root": isRootMoved(facts, word(wanted["data-root"]), isConfigured),
    ...imagesMoved(facts.info, found, wanted),
    "userns-remap":
      isNamed(wanted, "userns-remap") !== hasUserNamespace(info) &&
      isNamed(wanted, "userns-remap") !== isNamed(found, "userns-remap"),
  };
  return Object.entries(isMoved).flatMap(([key, moved]) => (moved ? [key] : []));
}

/** dockerd reports its folder by the real path, or by the configured one where it has just made it. */
function isRootMoved(
  { info, dataRoot, dataRootByFile, dataRootByDefault }: MachineFacts,
  wanted: string | undefined,
  isConfigured: boolean,
): boolean {
  const told = word(inside(info?.whole, "DockerRootDir"));
  const named = isConfigured ? dataRoot : dataRootByFile;
  // Where nobody names one, and nobody did, the command line may.
  const real = wanted === undefined ? dataRootByDefault : named;
  if (told === undefined || real === "") return false;
  // Below the folder itself, with user namespaces.
  const root = hasUserNamespace(info?.whole) ? told.replace(/\/\d+\.\d+$/, "") : told;
  return ![real, wanted ?? real].map(withoutSlash).includes(withoutSlash(root));
}

function withoutSlash(path: string): string {
  return path.replace(/\/+$/, "");
}

function hasUserNamespace(info: unknown): boolean {
  return JSON.stringify(inside(info, "SecurityOptions") ?? []).includes("name=userns");
}

/** Only the driver that unpacked a container's image sees the container. */
function imagesMoved(
  info: DaemonInfo | undefined,
  found: DaemonSettings,
  wanted: DaemonSettings,
): Readonly<Record<string, boolean>> {
  const isSnapshotter = JSON.stringify(inside(info?.whole, "DriverStatus") ?? []).includes(
    "io.containerd.snapshotter",
  );
  const version = Number.parseInt(info?.serverVersion ?? "", 10);
  const [before, after] = [found, wanted].map((one) =>
    inside(one["features"], "containerd-snapshotter"),
  );
  // Without the key it is off, until 29 finds out for itself.
  const isOn =
    typeof after === "boolean" ? after : before === true && version < 29 ? false : undefined;
  // Taken out, it leaves dockerd's choice.
  const driver =
    word(wanted["storage-driver"]) ?? (isNamed(found, "storage-driver") ? "overlay2" : undefined);
  const present = word(inside(info?.whole, "Driver"));
  return {
    // A snapshotter of containerd's goes by another name.
    "storage-driver":
      !isSnapshotter && driver !== undefined && present !== undefined && driver !== present,
    // A dockerd before 24 passes over it.
    "features.containerd-snapshotter":
      version >= 24 && isOn !== undefined && isOn !== isSnapshotter,
  };
}

function isNamed(settings: DaemonSettings, key: string): boolean {
  return word(settings[key]) !== undefined;
}
