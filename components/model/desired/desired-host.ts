import { managedKeys, unmanagedKeys, type UnmanagedPolicy } from "../daemon-json/merge.ts";
import type { DaemonSettings } from "../daemon-json/keys.ts";
import { type Listener, type TlsFile } from "../daemon-json/listener.ts";

/** The desired state of one machine, as far as it does not depend on the machine. */
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
  readonly unmanaged: UnmanagedPolicy;
  /** SHA-256 of the TLS files; none with plain TCP. */
  readonly tlsFiles?: Readonly<Record<TlsFile, string>>;
  /** SHA-256 of the script that changes the machine and lies there; none in the states of 0.1.0. */
  readonly script?: string;
}

/** Foreign keys of `base` that are left out of daemon.json while the machine is ours. */
export function removedKeys({ listener, daemon, unmanaged }: DesiredHost, base: string): string[] {
  return unmanaged === "remove" ? unmanagedKeys(base, managedKeys(listener, daemon)) : [];
}
