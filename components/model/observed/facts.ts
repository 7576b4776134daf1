import type { TlsFile } from "../daemon-json/listener.ts";
import type { Path } from "../daemon-json/members.ts";
import type { MachineOwner } from "./owner.ts";
import type { EnvironmentFile } from "../systemd/environment.ts";
import { type DaemonInfo } from "./docker-info.ts";

/** A file on the machine, without its content. */
export interface FileState {
  /** SHA-256 of the content, in hexadecimal. */
  readonly sha256: string;
  /** Octal without a leading zero, and numeric owners, as `stat -c '%a %u %g'` prints them. */
  readonly stat: string;
}

/** A directory in which somebody besides root can replace files of ours. */
export interface OpenDirectory {
  readonly directory: string;
  /** As `stat -c '%a %u %g'` prints them. */
  readonly stat: string;
  /** The file of ours that lies below it. */
  readonly leadsTo: string;
}

/** A place where a file of ours can't be put, and why. */
export interface BlockedPath {
  readonly path: string;
  /** `directory`: one lies where the file belongs; `no-directory`: something else does where one belongs; `read-only`. */
  readonly why: string;
}

/** A unit that is up and would be stopped by a restart of dockerd. */
export interface Dependent {
  readonly unit: string;
  /** Name of the container that its command line runs, where it names one. */
  readonly container?: string;
}

/** What the last successful converge recorded on the machine (remote/apply.sh). */
export interface ConvergeRecord {
  /** Project, stack and host that the machine belongs to. */
  readonly owner: string;
  /** SHA-256 of the daemon.json that was written. */
  readonly daemonJsonSha: string;
  /** SHA-256 of the daemon.json that the merge was computed from, or `absent`. */
  readonly baseSha: string;
  /** What of daemon.json was ours then. Records of earlier versions name whole keys. */
  readonly managed: readonly Path[];
}

/** An IP address of the machine. */
export interface InterfaceAddress {
  readonly interfaceName: string;
  readonly address: string;
  /** Whether it was assigned for a time, by DHCP or by a router. */
  readonly isDynamic: boolean;
}

/** A socket unit of somebody else that starts docker.service. */
export interface SocketUnit {
  readonly name: string;
  /** Whether it listens now, or will after the next boot. */
  readonly listens: boolean;
  /** As ListenStream= names them. */
  readonly streams: readonly string[];
}

/** Our socket unit and its guard; see systemd/api-socket.ts. */
export interface ApiUnitsState {
  readonly socket: FileState | undefined;
  readonly guard: FileState | undefined;
  /** Whether it listens now. */
  readonly isActive: boolean;
  /** As ListenStream= names them. */
  readonly streams: readonly string[];
  /** Whether systemd has not loaded what is in one of the files. */
  readonly needsReload: boolean;
  /** Files of others that change what they say. */
  readonly dropIns: readonly string[];
}

/** A machine as remote/probe.sh saw it. */
export interface MachineFacts {
  readonly operatingSystem: string;
  /** Seconds since 1970 by the machine's own clock. */
  readonly clock: number;
  readonly systemd: boolean;
  /** Whether the login, with sudo or without, is root's. */
  readonly root: boolean;
  /** Whether cloud-init has not ended yet. */
  readonly cloudInitRuns: boolean;
  /** A package manager that runs at the moment; or "". */
  readonly packageManager: string;
  readonly dockerdVersion: string;
  /** Whether there is a dockerd that did not say its version in time. */
  readonly dockerdIsSilent: boolean;
  /** Another kind of Docker than a system service of the distribution: `snap`, `rootless`; or "". */
  readonly otherDocker: string;
  /** Properties of docker.service as `systemctl show` names them. */
  readonly unit: ReadonlyMap<string, string>;
  /** `systemctl cat docker.service`. */
  readonly unitText: string;
  /** The files that the unit takes variables from, in the order in which they count. */
  readonly environmentFiles: readonly EnvironmentFile[];
  /** Properties of docker.socket. */
  readonly dockerSocket: ReadonlyMap<string, string>;
  /** `systemctl cat docker.socket`; "" where there is none. */
  readonly socketText: string;
  /** Socket units besides docker.socket that systemd starts docker.service for. */
  readonly otherSockets: readonly SocketUnit[];
  /** What stops with docker.service, and the units whose main process is a docker client. */
  readonly dependents: readonly Dependent[];
  /** What else would stop with docker.socket. */
  readonly socketDependents: readonly Dependent[];
  /** Whether systemd kills running containers when it stops docker.service. */
  readonly stopKillsContainers: boolean;
  readonly daemonJson: {
    readonly kind: string;
    readonly stat: string;
    readonly text: string;
    /** When anybody last changed it, in seconds since 1970. */
    readonly time: number | undefined;
  };
  /** Real path of the folder that the configuration names as `data-root`; "" when it names none. */
  readonly dataRoot: string;
  /** Real path of the folder that the present daemon.json names; "" when it names none. */
  readonly dataRootByFile: string;
  /** Real path of dockerd's own choice; "" when the present daemon.json names none. */
  readonly dataRootByDefault: string;
  /** Seconds since 1970 of dockerd's last start; undefined when systemd does not say. */
  readonly dockerdStart: number | undefined;
  /** Seconds since 1970 of the last converge that went through. */
  readonly recordTime: number | undefined;
  /** The daemon's certificate as it lies on the disk, PEM; "" when there is none. */
  readonly certificate: string;
  /** The daemon.json that a merge starts from: the one above, unless a killed run left that there. */
  readonly settledDaemonJson: { readonly kind: string; readonly text: string };
  /** daemon.json as it was before this program first touched the machine. */
  readonly originalDaemonJson: string;
  /** Mode and owners that it had then; "" when there was none. */
  readonly originalStat: string;
  /** The first directory on the way to a file of ours in which others can write; undefined: none. */
  readonly openDirectory: OpenDirectory | undefined;
  /** The text that the last merge was computed from. */
  readonly base: string;
  /** The daemon.json that `base` was read from, as it was then. */
  readonly current: string;
  readonly record: ConvergeRecord | undefined;
  /** A converge began to change things and was not seen to end. */
  readonly interrupted: boolean;
  /** Whom the machine belongs to; an interrupted converge counts before the record. */
  readonly owner: MachineOwner | undefined;
  readonly dropIn: FileState | undefined;
  readonly socketDropIn: FileState | undefined;
  readonly restartDropIn: FileState | undefined;
  readonly apiUnits: ApiUnitsState;
  /** The TLS files at the paths that were asked about. */
  readonly tls: Readonly<Record<TlsFile, FileState | undefined>>;
  /** The first place where a file of ours can't be put; undefined: none. */
  readonly blockedPath: BlockedPath | undefined;
  /** A program that a change takes and that is not there; "" when all are. */
  readonly missingTool: string;
  /** Whether something that is no socket lies where dockerd's local one belongs. */
  readonly socketIsTaken: boolean;
  /** One of these paths that holds somebody else's file, and no certificate or key; "" when none does. */
  readonly tlsOfOthers: string;
  /** Addresses of the machine; undefined where they were not asked for, or nothing there can tell. */
  readonly addresses: readonly InterfaceAddress[] | undefined;
  /** Bridges that dockerd makes under a name that somebody chose. Known where `addresses` are. */
  readonly namedBridges: readonly string[];
  /** Listening TCP sockets, a line each, as `ss -Hltnp` prints them. */
  readonly listeners: string;
  /** Names of running containers that have mounted the socket which dockerd makes itself. */
  readonly socketMounts: readonly string[];
  /** What dockerd says on its local socket; undefined when it does not answer. */
  readonly info: DaemonInfo | undefined;
  /** SHA-256 of the scripts of this program that lie there whole. */
  readonly scripts: readonly string[];
}
