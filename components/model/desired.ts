import { managedKeys, managedSettings, mergeSettings, unmanagedKeys } from "./daemon-json.ts";
import type { DaemonSettings } from "./daemon-keys.ts";
import { withoutRepeated } from "./dockerd-flags.ts";
import type { Groundwork } from "./groundwork.ts";
import { forbiddenKeys, type Listener, type TlsFile } from "./listener.ts";
import { dropIn, restartDropIn, socketDropIn } from "./unit.ts";

/** What becomes of keys of daemon.json that the configuration does not name. */
export const unmanagedWays = ["keep", "remove"] as const;

/** What one machine shall be, as far as the machine itself has no say in it. */
export interface DesiredHost {
  /** `project/stack/host`: the marker that a converged machine carries. */
  readonly owner: string;
  /** Where dockerd listens, and whether that speaks mutual TLS. */
  readonly listener: Listener;
  /** Keys of daemon.json that the configuration names. */
  readonly daemon: DaemonSettings;
  /** Whether `daemon` came from the configuration as a secret: then no value of it is ever shown. */
  readonly daemonIsSecret: boolean;
  /** Whether a restart may go ahead that would stop running containers. */
  readonly allowContainerRestart: boolean;
  /** Whether keys that the configuration does not name stay in daemon.json. */
  readonly unmanaged: (typeof unmanagedWays)[number];
  /** SHA-256 of the TLS files; none with plain TCP. */
  readonly tlsFiles?: Readonly<Record<TlsFile, string>>;
  /** SHA-256 of the script that changes the machine and lies there; none in the states of 0.1.0. */
  readonly script?: string;
}

/**
 * Modes and owners of what a converge writes, as `stat -c '%a %u %g'` prints them. The drop-ins are for
 * everyone to read: systemd shows what is in them to everyone anyway.
 */
export const writtenStat: Readonly<Record<TlsFile | "drop-in", string>> = {
  ca: "444 0 0",
  cert: "444 0 0",
  key: "400 0 0",
  "drop-in": "644 0 0",
};

/**
 * Mode of daemon.json at most: settings that are a secret of the stack are root's alone on the machine as
 * well. What others have kept from other users stays so (`narrowed` in remote/desired-state.sh).
 */
export function daemonJsonMode({ daemonIsSecret }: Pick<DesiredHost, "daemonIsSecret">): number {
  return daemonIsSecret ? 0o600 : 0o644;
}

/** Content of the files that depend on the machine as well as on the configuration. */
export interface DesiredFiles {
  readonly daemonJson: string;
  readonly dropIn: string;
  readonly socketDropIn: string;
  readonly restartDropIn: string;
}

/** Foreign keys of `base` that daemon.json shall do without while the machine is ours. */
export function removedKeys({ listener, daemon, unmanaged }: DesiredHost, base: string): string[] {
  return unmanaged === "remove" ? unmanagedKeys(base, managedKeys(listener, daemon)) : [];
}

export function desiredFiles(desired: DesiredHost, { base, execStart }: Groundwork): DesiredFiles {
  const { listener, daemon } = desired;
  const settings = managedSettings(listener, daemon);
  const unwanted = [...forbiddenKeys(listener), ...removedKeys(desired, base)];
  return {
    daemonJson: mergeSettings(base, settings, unwanted),
    dropIn: dropIn(withoutRepeated(execStart, settings), listener),
    socketDropIn,
    restartDropIn,
  };
}
