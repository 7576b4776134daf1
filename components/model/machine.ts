import { parseAnswer } from "./envelope.ts";
import { isDeep } from "./json-text.ts";
import { inside } from "./json-value.ts";
import type { TlsFile } from "./listener.ts";
import type { Holder } from "./ownership.ts";
import { fewLines, oneLine } from "./problem.ts";
import type { EnvironmentFile } from "./unit-environment.ts";

/** A file on the machine, without its content. */
export interface FileState {
  /** SHA-256 of the content, in hexadecimal. */
  readonly sha256: string;
  /** Octal without a leading zero, and numeric owners, as `stat -c '%a %u %g'` prints them. */
  readonly stat: string;
}

/** A directory in which somebody besides root can put files of their own in the place of ours. */
export interface OpenDirectory {
  readonly directory: string;
  /** As `stat -c '%a %u %g'` prints them. */
  readonly stat: string;
  /** The file of ours that lies below it. */
  readonly leadsTo: string;
}

/** What the last converge that went through left written on the machine (see remote/apply.sh). */
export interface ConvergeRecord {
  /** Project, stack and host that the machine belongs to. */
  readonly owner: string;
  /** SHA-256 of the daemon.json that was written. */
  readonly daemonJsonSha: string;
  /** SHA-256 of the daemon.json that the merge was computed from, or `absent`. */
  readonly baseSha: string;
  /** Keys of daemon.json that were ours then. */
  readonly managed: readonly string[];
}

/** The part of dockerd's `GET /info` that this program reads. */
export interface DaemonInfo {
  /** Host name that dockerd gives itself. */
  readonly name: string;
  readonly serverVersion: string;
  readonly operatingSystem: string;
  /** Whether live-restore is in effect. */
  readonly liveRestore: boolean;
  /** Whether this is a node of a Docker Swarm, which excludes live-restore. */
  readonly swarm: boolean;
  /** Paused ones included. */
  readonly containersRunning: number;
  /** Registry mirrors in effect, as dockerd writes them: with a slash at the end. */
  readonly registryMirrors: readonly string[];
  /** The whole answer; in-effect.ts judges other settings by it. */
  readonly whole: unknown;
}

/** A machine as remote/probe.sh saw it. */
export interface MachineFacts {
  readonly operatingSystem: string;
  /** Seconds since 1970 by the machine's own clock. */
  readonly clock: number;
  readonly systemd: boolean;
  /** Whether the login, with sudo or without, is root's. */
  readonly root: boolean;
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
  /** LoadState of docker.socket; empty when it was not asked. */
  readonly socketLoadState: string;
  readonly daemonJson: {
    readonly kind: string;
    readonly stat: string;
    readonly text: string;
    /** Seconds since 1970 of its last change, by whomever. */
    readonly time: number | undefined;
  };
  /** Real path of the folder that the configuration names as `data-root`; "" when it names none. */
  readonly dataRoot: string;
  /** Real path of the one that daemon.json names as it is; "" when it names none. */
  readonly dataRootByFile: string;
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
  /** Whom the machine belongs to: since that converge began, whatever the record says. */
  readonly holder: Holder | undefined;
  readonly dropIn: FileState | undefined;
  readonly socketDropIn: FileState | undefined;
  readonly restartDropIn: FileState | undefined;
  /** The TLS files at the paths that were asked about. */
  readonly tls: Readonly<Record<TlsFile, FileState | undefined>>;
  /** Whether something that is no socket lies where dockerd's local one belongs. */
  readonly socketIsTaken: boolean;
  /** One of these paths at which somebody else's file lies that is no certificate or key; "" when none does. */
  readonly tlsOfOthers: string;
  /** Listening TCP sockets, a line each, as `ss -Hltnp` prints them. */
  readonly listeners: string;
  /** What dockerd says on its local socket; undefined when it does not answer. */
  readonly info: DaemonInfo | undefined;
  /** SHA-256 of the scripts of this program that lie there whole. */
  readonly scripts: readonly string[];
}

/** Characters of a name that a machine gives itself. */
const nameLimit = 120;
/** Characters of dockerd's answer to `GET /info`, which has some ten thousand. */
const infoLimit = 1024 * 1024;
/** Characters of what else it says, the text of files aside: a unit, its variables, what listens. */
const textLimit = 256 * 1024;
const filesLimit = 100;

/**
 * Reads what remote/probe.sh printed; undefined when the answer was cut short. A machine says what it
 * likes: of its words, those that are shown are made fit for a line here; those that are written back, as
 * the text of daemon.json, stay as they are and are made fit where they are shown.
 */
export function readFacts(answer: string): MachineFacts | undefined {
  const values = parseAnswer(answer);
  if (values === undefined) return undefined;
  const text = (name: string): string => values.get(name) ?? "";
  const some = (name: string): string => text(name).slice(0, textLimit);
  const word = (name: string): string => oneLine(text(name), nameLimit);
  return {
    operatingSystem: oneLine(fieldOf(text("os_release"), "PRETTY_NAME"), nameLimit),
    clock: Number(text("epoch")),
    systemd: text("systemd").trim() === "yes",
    root: text("root").trim() === "yes",
    dockerdVersion: /version ([^\s,]+)/.exec(word("dockerd_version"))?.[1] ?? "",
    dockerdIsSilent: values.get("dockerd_version")?.trim() === "",
    otherDocker: word("other_docker"),
    unit: new Map(
      some("unit_show")
        .split("\n")
        .filter((line) => line.includes("="))
        .map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]),
    ),
    unitText: some("unit_text"),
    environmentFiles: readEnvironmentFiles(values),
    socketLoadState: word("socket_load_state"),
    daemonJson: {
      kind: word("daemon_json_kind"),
      stat: word("daemon_json_stat"),
      text: text("daemon_json"),
      time: seconds(text("daemon_json_time")),
    },
    dataRoot: text("data_root").trim(),
    dataRootByFile: text("data_root_by_file").trim(),
    dockerdStart: seconds(text("dockerd_start")),
    recordTime: seconds(text("record_time")),
    certificate: text("tls_cert_text"),
    settledDaemonJson: {
      kind: word("settled_kind"),
      text: text("settled_daemon_json"),
    },
    originalDaemonJson: text("original_daemon_json"),
    originalStat: word("original_stat"),
    openDirectory: readOpenDirectory(text("open_directory")),
    base: text("base"),
    current: text("current"),
    record: readRecord(text("record")),
    interrupted: values.has("pending"),
    holder: readHolder(text(values.has("pending") ? "pending" : "record")),
    dropIn: readFileState(text("dropin")),
    socketDropIn: readFileState(text("socket_dropin")),
    restartDropIn: readFileState(text("restart_dropin")),
    tls: {
      ca: readFileState(text("tls_ca")),
      cert: readFileState(text("tls_cert")),
      key: readFileState(text("tls_key")),
    },
    socketIsTaken: word("socket_is_taken") === "yes",
    tlsOfOthers: word("tls_of_others"),
    listeners: some("listeners"),
    info: readInfo(text("docker_info")),
    scripts: some("scripts").split("\n"),
  };
}

function readHolder(text: string): Holder | undefined {
  const owner = fieldOf(text, "owner");
  if (owner === "") return undefined;
  const claim = /^\d{1,15}$/.exec(fieldOf(text, "claim"))?.[0] ?? "0";
  return { owner: oneLine(owner), place: oneLine(fieldOf(text, "address"), nameLimit), claim };
}

/** `environment_file_N`: the path on the first line, then the file. */
function readEnvironmentFiles(values: ReadonlyMap<string, string>): EnvironmentFile[] {
  const files = [...values].filter(([name]) => name.startsWith("environment_file_"));
  return files.slice(0, filesLimit).map(([, value]) => {
    const end = value.indexOf("\n");
    return { path: value.slice(0, end), text: value.slice(end + 1).slice(0, textLimit) };
  });
}

function readRecord(text: string): ConvergeRecord | undefined {
  const owner = fieldOf(text, "owner");
  if (owner === "") return undefined;
  return {
    owner: oneLine(owner),
    daemonJsonSha: fieldOf(text, "daemon_json"),
    baseSha: fieldOf(text, "base_sha"),
    managed: fieldOf(text, "managed")
      .split(" ")
      .filter((key) => key !== ""),
  };
}

/** `SHA256 MODE UID GID`; empty when there is no such file. */
function readFileState(line: string): FileState | undefined {
  const [digest = "", ...stat] = line.trim().split(" ");
  return digest === "" ? undefined : { sha256: digest, stat: oneLine(stat.join(" "), nameLimit) };
}

/** A line each: the directory, its mode and owners, and the file that it leads to. */
function readOpenDirectory(text: string): OpenDirectory | undefined {
  const [directory = "", stat = "", leadsTo = ""] = text.split("\n").map((line) => oneLine(line));
  return directory === "" ? undefined : { directory, stat, leadsTo };
}

/** dockerd's answer to `GET /info`; undefined when the text is none. */
export function readInfo(text: string): DaemonInfo | undefined {
  if (text.length > infoLimit || isDeep(text)) return undefined;
  let info: unknown;
  try {
    info = JSON.parse(text);
  } catch {
    return undefined;
  }
  const name = inside(info, "Name");
  const serverVersion = inside(info, "ServerVersion");
  const operatingSystem = inside(info, "OperatingSystem");
  const liveRestore = inside(info, "LiveRestoreEnabled");
  const mirrors = inside(inside(info, "RegistryConfig"), "Mirrors");
  // A CLI whose daemon is down prints an info of its own, in which these are missing.
  if (typeof serverVersion !== "string" || typeof liveRestore !== "boolean") return undefined;
  return {
    name: oneLine(String(name), nameLimit),
    serverVersion: oneLine(serverVersion, nameLimit),
    operatingSystem: oneLine(String(operatingSystem), nameLimit),
    liveRestore,
    swarm: !["inactive", "", undefined].includes(
      inside(inside(info, "Swarm"), "LocalNodeState") as string | undefined,
    ),
    containersRunning:
      Number(inside(info, "ContainersRunning") ?? 0) +
      Number(inside(info, "ContainersPaused") ?? 0),
    registryMirrors: Array.isArray(mirrors) ? fewLines(mirrors.map(String)) : [],
    whole: info,
  };
}

function seconds(text: string): number | undefined {
  return /^\d+$/.test(text.trim()) ? Number(text) : undefined;
}

/** A value of `KEY=value` lines, quotes taken off, as os-release(5) and our record write them. */
function fieldOf(text: string, key: string): string {
  const line = text.split("\n").find((candidate) => candidate.startsWith(`${key}=`));
  return (line?.slice(key.length + 1) ?? "").trim().replace(/^"(.*)"$/, "$1");
}
