import ipaddr from "ipaddr.js";
import type {
  ApiUnitsState,
  BlockedPath,
  ConvergeRecord,
  Dependent,
  FileState,
  InterfaceAddress,
  MachineFacts,
  OpenDirectory,
  SocketUnit,
} from "./facts.ts";
import { inside, word } from "../json-value.ts";
import { readRecordedPath } from "../daemon-json/members.ts";
import { parseAnswer } from "../envelope.ts";
import { oneLine } from "../problem.ts";
import { readAnswer, readInfo } from "./docker-info.ts";
import type { MachineOwner } from "./owner.ts";
import type { EnvironmentFile } from "../systemd/environment.ts";
import { apiGuardUnit, apiSocketUnit } from "../systemd/api-socket.ts";
import { streamsShown } from "../systemd/socket-units.ts";

/** Characters of a name that a machine gives itself. */
const nameLimit = 120;

/**
 * Bytes of a file; probe.sh cuts a longer one a little above. daemon.json is parsed some hundred times in a look, for
 * which all other machines wait.
 */
export const fileLimit = 64 * 1024;

/** Characters of what else it says, the text of files aside: a unit, its variables, what listens. */
const textLimit = 256 * 1024;

const filesLimit = 100;

const namesLimit = 20;
const dependentsLimit = 100;

/**
 * Reads what remote/probe.sh printed; undefined when the answer was cut short. A machine may send anything: text
 * that is shown becomes a line here; text that is written back, such as daemon.json, stays as it is and becomes a
 * line where it is shown.
 */
export function readFacts(answer: string, boundary: string): MachineFacts | undefined {
  const values = parseAnswer(answer, boundary);
  if (values === undefined) return undefined;
  const text = (name: string): string => values.get(name) ?? "";
  const isLong = (name: string): boolean => Buffer.byteLength(text(name)) > fileLimit;
  /** Nothing of a file that is too long for what it should be. */
  const file = (name: string): string => (isLong(name) ? "" : text(name));
  const some = (name: string): string => text(name).slice(0, textLimit);
  const word = (name: string): string => oneLine(text(name), nameLimit);
  const info = readInfo(text("docker_info"));
  const daemonJsonOf = (kind: string, name: string): { kind: string; text: string } => ({
    kind: isLong(name) ? "long" : word(kind),
    text: file(name),
  });
  const daemonJson = daemonJsonOf("daemon_json_kind", "daemon_json");
  return {
    operatingSystem: oneLine(fieldOf(text("os_release"), "PRETTY_NAME"), nameLimit),
    clock: Number(text("epoch")),
    systemd: text("systemd").trim() === "yes",
    root: text("root").trim() === "yes",
    cloudInitRuns: values.has("cloud_init"),
    packageManager: oneLine(/^.+$/m.exec(some("at_work"))?.[0] ?? "", nameLimit),
    dockerdVersion:
      // The one that would be started is the one that answers.
      word("dockerd_is_current") === "yes"
        ? (info?.serverVersion ?? "")
        : (/version ([^\s,]+)/.exec(word("dockerd_version"))?.[1] ?? ""),
    dockerdIsSilent: values.get("dockerd_version")?.trim() === "",
    otherDocker: word("other_docker"),
    unit: new Map(properties(some("unit_show"))),
    dockerSocket: new Map(properties(some("socket_show"))),
    otherSockets: readSocketUnits(some("other_sockets")).filter(
      ({ name }) => ![apiSocketUnit, apiGuardUnit].includes(name),
    ),
    ...unitTexts(some("unit_text")),
    environmentFiles: readEnvironmentFiles(values),
    dependents: readDependents(some("dependents")),
    socketDependents: readDependents(some("socket_dependents")),
    stopKillsContainers: word("stop_kills_containers") === "yes",
    daemonJson: {
      ...daemonJson,
      stat: word("daemon_json_stat"),
      time: seconds(text("daemon_json_time")),
    },
    dataRoot: text("data_root").trim(),
    dataRootByFile: text("data_root_by_file").trim(),
    dataRootByDefault: text("data_root_by_default").trim(),
    dockerdStart: seconds(text("dockerd_start")),
    recordTime: seconds(text("record_time")),
    certificate: file("tls_cert_text"),
    settledDaemonJson: values.has("settled_kind")
      ? daemonJsonOf("settled_kind", "settled_daemon_json")
      : daemonJson,
    originalDaemonJson: file("original_daemon_json"),
    originalStat: word("original_stat"),
    openDirectory: readOpenDirectory(text("open_directory")),
    base: file("base"),
    current: file("current"),
    record: readRecord(file("record")),
    interrupted: values.has("pending"),
    owner: readHolder(file(values.has("pending") ? "pending" : "record")),
    dropIn: readFileState(text("dropin")),
    socketDropIn: readFileState(text("socket_dropin")),
    restartDropIn: readFileState(text("restart_dropin")),
    apiUnits: {
      socket: readFileState(text("api_socket")),
      guard: readFileState(text("api_guard")),
      ...readApiUnits(some("other_sockets")),
    },
    tls: {
      ca: readFileState(text("tls_ca")),
      cert: readFileState(text("tls_cert")),
      key: readFileState(text("tls_key")),
    },
    socketMounts: containerNames(some("socket_mounts")),
    blockedPath: readBlockedPath(text("blocked_path")),
    missingTool: word("missing_tool"),
    socketIsTaken: word("socket_is_taken") === "yes",
    tlsOfOthers: word("tls_of_others"),
    addresses: values.has("addresses") ? readAddresses(some("addresses")) : undefined,
    namedBridges: readNamedBridges(some("docker_networks")),
    listeners: some("listeners"),
    info,
    scripts: some("scripts").split("\n"),
  };
}

function readHolder(text: string): MachineOwner | undefined {
  const owner = fieldOf(text, "owner");
  if (owner === "") return undefined;
  const claim = /^\d{1,15}$/.exec(fieldOf(text, "claim"))?.[0] ?? "0";
  return {
    id: oneLine(owner),
    endpoint: oneLine(fieldOf(text, "address"), nameLimit),
    fencingToken: claim,
  };
}

/** `environment_file_N`: the path on the first line, then the file. */
function readEnvironmentFiles(values: ReadonlyMap<string, string>): EnvironmentFile[] {
  const files = [...values].filter(([name]) => name.startsWith("environment_file_"));
  return files.slice(0, filesLimit).map(([, value]) => {
    const end = value.indexOf("\n");
    return { path: value.slice(0, end), text: value.slice(end + 1).slice(0, textLimit) };
  });
}

/** A line each: the unit, and the container that it runs, or `-`; in systemd's order, which is another every time. */
function readDependents(text: string): Dependent[] {
  const lines = text
    .split("\n")
    .filter((line) => line.trim() !== "")
    .sort();
  return lines.slice(0, dependentsLimit).map((line) => {
    const [unit = "", container = "-"] = line.split(" ").map((word) => oneLine(word, nameLimit));
    return { unit, ...(container === "-" ? {} : { container }) };
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
      .filter((path) => path !== "")
      .map(readRecordedPath),
  };
}

/** `systemctl cat docker.service docker.socket`, each by itself. */
function unitTexts(text: string): Pick<MachineFacts, "unitText" | "socketText"> {
  const at = text.search(/^# \/\S+\/docker\.socket$/m);
  return at < 0
    ? { unitText: text, socketText: "" }
    : { unitText: text.slice(0, at), socketText: text.slice(at) };
}

/** Lines of `systemctl show`. */
function properties(text: string): [string, string][] {
  return text
    .split("\n")
    .filter((line) => line.includes("="))
    .map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]);
}

/** A paragraph for each; a unit that listens in several places has a line for each of them. */
function readSocketUnits(text: string): SocketUnit[] {
  return text.split("\n\n").flatMap((paragraph) => {
    const lines = properties(paragraph);
    const value = new Map(lines);
    const name = oneLine(value.get("Id") ?? "", nameLimit);
    const listens =
      value.get("ActiveState") === "active" ||
      (value.get("UnitFileState") ?? "").startsWith("enabled");
    const shown = lines.flatMap(([key, said]) => (key === "Listen" ? [said] : []));
    return name === "" ? [] : [{ name, listens, streams: streamsShown(shown) }];
  });
}

/** Of our own two, among the others. */
function readApiUnits(shown: string): Omit<ApiUnitsState, "socket" | "guard"> {
  const units = shown.split("\n\n").map(properties);
  const ours = [apiSocketUnit, apiGuardUnit].flatMap((name) =>
    units.filter((unit) => new Map(unit).get("Id") === name),
  );
  const said = ours.flat();
  const of = (name: string): string[] =>
    said.flatMap(([key, value]) => (key === name ? [value] : []));
  return {
    // The guard's is another, but for the moment in which dockerd starts.
    isActive: of("ActiveState").includes("active"),
    streams: streamsShown(of("Listen")),
    needsReload: of("NeedDaemonReload").includes("yes"),
    // Some distributions have some for every unit, in service.d and socket.d.
    dropIns: of("DropInPaths")
      .flatMap((paths) => paths.split(" "))
      .filter((path) => [apiSocketUnit, apiGuardUnit].some((unit) => path.includes(`/${unit}.d/`)))
      .map((path) => oneLine(path, nameLimit)),
  };
}

/** Lines of `ip -o address show`: `2: eth0    inet 192.0.2.10/24 brd …`. */
function readAddresses(text: string): InterfaceAddress[] {
  return text.split("\n").flatMap((line) => {
    const [, interfaceName = "", address = ""] =
      /^\d+: (\S+)\s+inet6? ([0-9A-Fa-f.:]+)/.exec(line) ?? [];
    return ipaddr.isValid(address)
      ? [
          {
            interfaceName: oneLine(interfaceName, nameLimit),
            address: ipaddr.parse(address).toString(),
            isDynamic: / scope \S+ (.* )?dynamic /.test(line),
          },
        ]
      : [];
  });
}

/** Of dockerd's list of networks, as `GET /networks` has it. Its default one may lie on a bridge of the machine's own. */
function readNamedBridges(text: string): string[] {
  const networks = readAnswer(text);
  if (!Array.isArray(networks)) return [];
  return networks.flatMap((network: unknown) => {
    const name = word(inside(inside(network, "Options"), "com.docker.network.bridge.name"));
    return name === undefined || inside(network, "Name") === "bridge" ? [] : [name];
  });
}

/** Of dockerd's list of containers, as `GET /containers/json` has it. */
function containerNames(text: string): string[] {
  const names = [...text.matchAll(/"Names":\["\/([A-Za-z0-9][\w.-]*)"/g)].map(
    ([, name = ""]) => name,
  );
  return names.slice(0, namesLimit).map((name) => oneLine(name, nameLimit));
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

/** `WHY PATH`. */
function readBlockedPath(text: string): BlockedPath | undefined {
  const [, why = "", path = ""] = /^(\S+) (.+)$/.exec(oneLine(text)) ?? [];
  return path === "" ? undefined : { path, why };
}

function seconds(text: string): number | undefined {
  return /^\d+$/.test(text.trim()) ? Number(text) : undefined;
}

/** A value of `KEY=value` lines, quotes taken off, as os-release(5) and our record write them. */
function fieldOf(text: string, key: string): string {
  const line = text.split("\n").find((candidate) => candidate.startsWith(`${key}=`));
  return (line?.slice(key.length + 1) ?? "").trim().replace(/^"(.*)"$/, "$1");
}
