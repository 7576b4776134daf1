// What a converge would do to running containers that live-restore can't prevent.
import { managedSettings, readSettings } from "./daemon-json.ts";
import type { DaemonSettings } from "./daemon-keys.ts";
import { desiredFiles, type DesiredHost } from "./desired.ts";
import { flagsOf, keyOf } from "./dockerd-flags.ts";
import type { Groundwork } from "./groundwork.ts";
import { inside, word } from "./json-value.ts";
import type { MachineFacts } from "./machine.ts";
import type { Problem } from "./problem.ts";
import { wordsOf } from "./words.ts";

/** Why a node of a Swarm can't be converged: its containers can't be kept from a restart of dockerd. */
export function swarmProblem(facts: MachineFacts, desired: DesiredHost): Problem | undefined {
  const { info, record } = facts;
  if (info?.swarm !== true) return undefined;
  if (managedSettings(desired.listener, desired.daemon)["live-restore"] === true) {
    return {
      where: "live-restore",
      what: "can't be had on a node of a Docker Swarm",
      why: "dockerd does not start with both, and a restart stops the containers",
      fix: "set `daemon: {live-restore: false}` and `allowContainerRestart: true` for this host",
    };
  }
  // Later changes may need no restart; the converge has the last word.
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
 * Why running containers would be out of dockerd's sight: it would start where it finds others, or none,
 * and they would run on with nobody to watch, stop or restart them.
 */
export function sightProblem(
  facts: MachineFacts,
  desired: DesiredHost,
  ground: Groundwork,
): Problem | undefined {
  const running = facts.info?.containersRunning ?? 0;
  if (running === 0 || desired.allowContainerRestart) return undefined;
  const wanted = readSettings(desiredFiles(desired, ground).daemonJson);
  const now = homeInEffect(facts, ground);
  const then = homeBy(ground.execStart, wanted);
  // dockerd tells a folder by its real name; of the configured one the look has brought that as well.
  const isThere = facts.dataRoot !== "" && facts.dataRoot === now["data-root"];
  const moved = movedKeys(now, isThere ? { ...then, "data-root": now["data-root"] } : then);
  if (moved.length === 0) return undefined;
  return {
    where: "containers",
    what: `${String(running)} running would be out of dockerd's sight`,
    why: `${moved.join(", ")} would change, over which dockerd does not carry them`,
    fix: "stop them first, leave that as it is, or set `allowContainerRestart: true` for this host",
  };
}

/** Keys over which running containers are out of sight when the machine is given back. */
export function keysMovedByUndo(desired: DesiredHost, ground: Groundwork): string[] {
  const wanted = readSettings(desiredFiles(desired, ground).daemonJson);
  const { execStart, base } = ground;
  return movedKeys(homeBy(execStart, wanted), homeBy(execStart, readSettings(base)));
}

/**
 * Where dockerd keeps what it knows of its containers, by the key that says so. Undefined is what it
 * finds out by itself, from what lies there.
 */
type Home = Readonly<Record<string, string | undefined>>;

function homeBy(command: string, settings: DaemonSettings): Home {
  const flags = flagsOf(wordsOf(command).map(({ text }) => text));
  const said = (key: string): string | undefined => {
    const value = settings[key] ?? flags.findLast((flag) => keyOf(flag) === key)?.value;
    return typeof value === "string" && value !== "" ? value : undefined;
  };
  const snapshotter = inside(settings["features"], "containerd-snapshotter");
  return {
    "data-root": plain(said("data-root") ?? said("graph") ?? "/var/lib/docker"),
    "exec-root": plain(said("exec-root") ?? "/var/run/docker"),
    "storage-driver": said("storage-driver"),
    "features.containerd-snapshotter":
      typeof snapshotter === "boolean" ? String(snapshotter) : undefined,
    "userns-remap": said("userns-remap") ?? "",
    containerd: plain(said("containerd") ?? ""),
    "containerd-namespace": said("containerd-namespace") ?? "moby",
  };
}

/** By daemon.json as it is, and by what dockerd itself tells, which an edit alone does not change. */
function homeInEffect({ info, daemonJson }: MachineFacts, { execStart }: Groundwork): Home {
  const home = homeBy(execStart, readSettings(daemonJson.text));
  const root = word(inside(info?.whole, "DockerRootDir"));
  const status = JSON.stringify(inside(info?.whole, "DriverStatus") ?? []);
  const isSnapshotter = status.includes("io.containerd.snapshotter");
  return {
    ...home,
    // Below the folder itself, with user namespaces.
    ...(root === undefined ? {} : { "data-root": plain(root).replace(/\/\d+\.\d+$/, "") }),
    // A snapshotter of containerd goes by another name.
    "storage-driver": isSnapshotter ? undefined : word(inside(info?.whole, "Driver")),
    "features.containerd-snapshotter": String(isSnapshotter),
  };
}

function movedKeys(before: Home, after: Home): string[] {
  return Object.keys(after).filter((key) => {
    const [old, wanted] = [before[key], after[key]];
    return old !== undefined && wanted !== undefined && old !== wanted;
  });
}

/** A folder or a socket in the one form that is compared. */
function plain(name: string): string {
  return name.replace(/^\/var\/run\//, "/run/").replace(/\/+$/, "");
}
