import { forbiddenKeys, type TlsFile } from "../daemon-json/listener.ts";
import { type DesiredHost, removedPaths } from "./desired-host.ts";
import { sha256 } from "../digest.ts";
import type { MachineFacts } from "../observed/facts.ts";
import type { Baseline } from "./baseline.ts";
import { localSocket } from "./local-socket.ts";
import { managedPatch, managedSettings, mergeSettings } from "../daemon-json/merge.ts";
import { apiGuard, apiSocket } from "../systemd/api-socket.ts";
import { dropIn, restartDropIn, socketDropIn } from "../systemd/drop-ins.ts";
import { withoutRepeated } from "../systemd/dockerd-flags.ts";

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
  /** Undefined where local clients are served by systemd's docker.socket, which stays as others have set it up. */
  readonly socketDropIn: string | undefined;
  readonly restartDropIn: string;
  /** Our socket unit and its guard, where systemd holds the port. */
  readonly apiUnits: ApiUnits | undefined;
}

export interface ApiUnits {
  readonly socket: string;
  readonly guard: string;
}

/** Whether docker.socket's drop-in is on the machine as it is to be, or not, where there is to be none. */
export function isSocketDropInRight(
  { socketDropIn: found }: Pick<MachineFacts, "socketDropIn">,
  { socketDropIn: wanted }: DesiredFiles,
): boolean {
  return found?.sha256 === (wanted === undefined ? undefined : sha256(wanted));
}

/** Whether our socket unit, where there is to be one, is on the machine as it is to be, and listens. */
export function isApiSocketRight({ apiUnits: found }: MachineFacts, wanted: DesiredFiles): boolean {
  const { apiUnits } = wanted;
  return (
    apiUnits === undefined ||
    (found.socket?.sha256 === sha256(apiUnits.socket) &&
      found.guard?.sha256 === sha256(apiUnits.guard) &&
      found.isActive &&
      !found.needsReload)
  );
}

export function desiredFiles(desired: DesiredHost, baseline: Baseline): DesiredFiles {
  const { listener, daemon } = desired;
  const { base, execStart } = baseline;
  const { hosts, isSystemds } = localSocket(listener, baseline);
  const settings = managedSettings(listener, daemon, hosts);
  const unwanted = [...forbiddenKeys(listener).map((key) => [key]), ...removedPaths(desired, base)];
  return {
    daemonJson: mergeSettings(base, managedPatch(listener, daemon, hosts), unwanted),
    dropIn: dropIn(withoutRepeated(execStart, settings), listener, hosts),
    socketDropIn: isSystemds ? undefined : socketDropIn,
    restartDropIn: restartDropIn(listener),
    apiUnits:
      listener.configuredBy === "socket"
        ? { socket: apiSocket(listener), guard: apiGuard(listener) }
        : undefined,
  };
}
