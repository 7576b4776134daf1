import { managedPaths, readSettings, type UnmanagedPolicy } from "../daemon-json/merge.ts";
import { pathsBeside, type Path } from "../daemon-json/members.ts";
import type { DaemonSettings } from "../daemon-json/keys.ts";
import { type Listener, type TlsFile } from "../daemon-json/listener.ts";

/** The desired state of one machine, as far as it does not depend on the machine. */
export interface DesiredHost {
  /** `project/stack/host`: the marker that a converged machine carries. */
  readonly owner: string;
  /** Where dockerd listens, and whether that speaks mutual TLS. */
  readonly listener: Listener;
  /** What the configuration names of daemon.json; null takes out (see daemon-json/members.ts). */
  readonly daemon: DaemonSettings;
  /** Whether `daemon` came from the configuration as a secret: then no value of it is ever shown. */
  readonly daemonIsSecret: boolean;
  /** Whether a restart may go ahead that would stop running containers. */
  readonly allowContainerRestart: boolean;
  /** Whether keys, and members of maps, that the configuration does not name stay in daemon.json. */
  readonly unmanaged: UnmanagedPolicy;
  /** SHA-256 of the TLS files; none with plain TCP. */
  readonly tlsFiles?: Readonly<Record<TlsFile, string>>;
  /** SHA-256 of the script that changes the machine and lies there; none in the states of 0.1.0. */
  readonly script?: string;
}

/** Keys of `base`, and members of its maps, that the configuration does not name. */
export function foreignPaths({ listener, daemon }: DesiredHost, base: string): Path[] {
  return pathsBeside(readSettings(base), managedPaths(listener, daemon));
}

/** Those that are left out of daemon.json while the machine is ours. */
export function removedPaths(desired: DesiredHost, base: string): Path[] {
  return desired.unmanaged === "remove" ? foreignPaths(desired, base) : [];
}

/** Everything that is not as others left it: what is ours, and what of theirs was taken out. */
export function takenPaths(desired: DesiredHost, base: string): Path[] {
  return [...managedPaths(desired.listener, desired.daemon), ...removedPaths(desired, base)];
}
