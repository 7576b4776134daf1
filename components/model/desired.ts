import { managedSettings, mergeSettings } from "./daemon-json.ts";
import type { DaemonSettings } from "./daemon-keys.ts";
import { withoutRepeated } from "./dockerd-flags.ts";
import type { Groundwork } from "./groundwork.ts";
import { forbiddenKeys, type Listener, type TlsFile } from "./listener.ts";
import { dropIn, socketDropIn } from "./unit.ts";

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
  /** SHA-256 of the TLS files; none with plain TCP. */
  readonly tlsFiles?: Readonly<Record<TlsFile, string>>;
}

/** Modes and owners of what a converge writes, as `stat -c '%a %u %g'` prints them. */
export const writtenStat: Readonly<Record<TlsFile | "daemon.json" | "drop-in", string>> = {
  ca: "444 0 0",
  cert: "444 0 0",
  key: "400 0 0",
  "daemon.json": "644 0 0",
  "drop-in": "644 0 0",
};

/** Content of the files that depend on the machine as well as on the configuration. */
export interface DesiredFiles {
  readonly daemonJson: string;
  readonly dropIn: string;
  /** The drop-in for docker.socket, where one is wanted. */
  readonly socketDropIn?: string;
}

export function desiredFiles(
  { listener, daemon }: DesiredHost,
  { base, execStart }: Groundwork,
): DesiredFiles {
  const forSocket = socketDropIn(listener);
  const settings = managedSettings(listener, daemon);
  return {
    daemonJson: mergeSettings(base, settings, forbiddenKeys(listener)),
    dropIn: dropIn(withoutRepeated(execStart, settings), listener),
    ...(forSocket === undefined ? {} : { socketDropIn: forSocket }),
  };
}
