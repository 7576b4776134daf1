// The remote scripts as they arrive on machine B: shared files, the script, one `main` line.
import { createHash } from "node:crypto";
import { restartSettings, stickyKeys } from "../../components/model/daemon-json/change.ts";
import type { Listener } from "../../components/model/daemon-json/listener.ts";
import type { DaemonSettings } from "../../components/model/daemon-json/keys.ts";
import { envelopeParts } from "../../components/model/envelope.ts";
import { withHealthCheck, type HealthCheck } from "../../components/model/health-check.ts";
import { digestOf } from "../../components/model/digest.ts";
import type { Repair } from "../../components/model/plan/repair.ts";
import { apiGuard, apiSocket } from "../../components/model/systemd/api-socket.ts";
import { dropIn, restartDropIn, socketDropIn } from "../../components/model/systemd/drop-ins.ts";
import { remoteScript, type RemoteScript } from "../../components/host/remote/scripts.ts";

export type ScriptName =
  "probe" | "census" | "handshakes" | "firewall" | "apply" | "revise" | "remove" | "restore";

export interface Envelope {
  settings: Record<string, string>;
  files?: Record<string, { mode: string; text: string }>;
}

export function envelopeLines({ settings, files = {} }: Envelope): string[] {
  const named = Object.entries(files).map(([name, { mode, text }]) => ({
    name,
    mode,
    content: text,
  }));
  return envelopeParts({ settings, files: named });
}

/** What lies on the machine is one script for all that changes it. */
const partOf = (name: ScriptName): RemoteScript =>
  ["probe", "census", "handshakes", "firewall"].includes(name) ? (name as RemoteScript) : "machine";
const callOf = (name: ScriptName): string => (partOf(name) === "machine" ? `main ${name}` : "main");

/**
 * The stubs of systemd and dockerd have done at once what they do, and lie in memory: a machine's patience would be
 * a sixth of all processes here. tests/remote/machine-script.test.ts runs the script as it is.
 */
const impatient = `start_tries=4 reload_tries=4
timeout() { [ "$1" != -k ] || shift 2; shift; "$@"; }
sync() { :; }
sleep() { :; }`;

/** `inserted` goes between the script and `main`: a test redefines `step` there. */
export function compose(name: ScriptName, lines: readonly string[], inserted = ""): string {
  const call = [`${callOf(name)} <<'DOCKERTLS_ENVELOPE'`, ...lines, "DOCKERTLS_ENVELOPE", ""];
  return `{\n${remoteScript(partOf(name))}\n${impatient}\n${inserted}\n${call.join("\n")}}\n`;
}

export const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

export interface Wanted {
  owner?: string;
  /** Keys of daemon.json besides ours. */
  keys?: Record<string, unknown>;
  liveRestore?: boolean;
  /** Of the TLS files; undefined: the usual one. */
  directory?: string;
  /** Plain TCP, without TLS files. */
  plain?: boolean;
  /** `-H` in the drop-in says where dockerd listens, not daemon.json. */
  byCommandLine?: boolean;
  /** A socket unit of ours holds the port, and the drop-in brings the TLS flags. */
  bySocket?: boolean;
  /** Path where dockerd makes its socket; undefined: systemd's stays. */
  socket?: string;
  /** Path of the one where dockerd listens by the machine's own configuration. */
  presentSocket?: string;
  /** Address that dockerd listens on; every one without it. */
  listen?: string;
  port?: number;
  /** Another where a look found drift. */
  repair?: Repair;
  allowContainerRestart?: boolean;
  /** Where the host is reached. */
  address?: string;
  /** Its fencing token, `claim` in envelopes and records. */
  fencingToken?: string;
  /** Owner that it may take the machine over from, and where that one reached it; `former` in envelopes. */
  previousOwner?: string;
  /** Daemon keys are secret. */
  hidden?: boolean;
  /** Words of what others have put into daemon.json. */
  foreignWords?: readonly string[];
  key?: string;
  certificate?: string;
  authority?: string;
  execStart?: string;
  /** The daemon.json that the merge starts from; undefined when there is none. */
  base?: string | undefined;
  /** What must pass before a change and after it. */
  health?: Partial<HealthCheck>;
  /** What removal leaves instead of the original bytes. */
  undo?: Record<string, unknown>;
}

const settingsOf = (value: object): DaemonSettings => value as DaemonSettings;
const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;

/** Where the TLS files belong, as the scripts are told. */
export const pathsIn = (directory: string): Record<string, string> => ({
  ca_path: `${directory}/ca.pem`,
  cert_path: `${directory}/cert.pem`,
  key_path: `${directory}/key.pem`,
});

/** What the program would send, for a machine whose daemon.json is `base`. */
export function wantedEnvelope(wanted: Wanted = {}): Envelope & { daemonJson: string } {
  const directory = wanted.directory ?? "/opt/docker-ssl";
  const plain = wanted.plain ?? false;
  const port = wanted.port ?? (plain ? 2375 : 2376);
  const { socket } = wanted;
  const local = socket === undefined ? "fd://" : `unix://${socket}`;
  const hosts = [`tcp://${wanted.listen ?? "0.0.0.0"}:${port}`, local];
  const current = JSON.parse(wanted.base ?? "{}") as Record<string, unknown>;
  const liveRestore = wanted.liveRestore ?? true;
  const desired = {
    ...current,
    ...wanted.keys,
    ...(wanted.byCommandLine || wanted.bySocket ? {} : { hosts }),
    ...(wanted.bySocket
      ? {}
      : plain
        ? { tls: false }
        : {
            tlsverify: true,
            tlscacert: `${directory}/ca.pem`,
            tlscert: `${directory}/cert.pem`,
            tlskey: `${directory}/key.pem`,
          }),
    "live-restore": liveRestore,
  };
  const daemonJson = json(desired);
  const command =
    wanted.execStart ??
    "/usr/sbin/dockerd --containerd=/run/containerd/containerd.sock $DOCKER_OPTS";
  const flags = wanted.byCommandLine ? hosts.map((host) => ` -H ${host}`).join("") : "";
  const execStart = `${command}${flags}`;
  const file = (name: string): string => `${directory}/${name}.pem`;
  const listener: Listener = {
    api: "mutual-tls",
    addresses: [wanted.listen ?? "0.0.0.0"],
    port,
    configuredBy: wanted.bySocket ? "socket" : "daemon-json",
    files: { ca: file("ca"), cert: file("cert"), key: file("key") },
  };
  const files: Record<string, { mode: string; text: string }> = {
    ...(plain
      ? {}
      : {
          "ca.pem": { mode: "0444", text: wanted.authority ?? "CA ONE\n" },
          "cert.pem": { mode: "0444", text: wanted.certificate ?? "CERTIFICATE ONE\n" },
          "key.pem": { mode: "0400", text: wanted.key ?? "PRIVATE KEY ONE\n" },
        }),
    ...(socket === undefined ? {} : { "socket.conf": { mode: "0644", text: socketDropIn } }),
    "restart.conf": { mode: "0644", text: restartDropIn(listener) },
    ...(wanted.bySocket
      ? {
          "api.socket": { mode: "0644", text: apiSocket(listener) },
          "api.service": { mode: "0644", text: apiGuard(listener) },
        }
      : {}),
    "daemon.json": { mode: wanted.hidden === true ? "0600" : "0644", text: daemonJson },
    "dropin.conf": {
      mode: "0644",
      text: wanted.bySocket
        ? dropIn(command, listener, [local])
        : `[Service]\nExecStart=\nExecStart=${execStart}\n`,
    },
    "base.json": { mode: "0600", text: wanted.base ?? "" },
    "current.json": { mode: "0600", text: wanted.base ?? "" },
    "current.keep.json": { mode: "0600", text: json({ ...current, "live-restore": true }) },
    "current.release.json": { mode: "0600", text: json({ ...current, "live-restore": false }) },
  };
  if (!liveRestore) {
    files["daemon.keep.json"] = { mode: "0600", text: json({ ...desired, "live-restore": true }) };
    files["daemon.release.json"] = { mode: "0600", text: daemonJson };
  }
  const settings: Record<string, string> = {
    owner: wanted.owner ?? "dockertls/dev/b1",
    address: wanted.address ?? "10.0.0.4:22",
    claim: wanted.fencingToken ?? "1000",
    former: wanted.previousOwner ?? "",
    api: plain ? "plain-tcp" : "mutual-tls",
    ...(plain ? {} : pathsIn(directory)),
    port: String(port),
    addresses: wanted.listen ?? "0.0.0.0",
    socket: socket ?? "/var/run/docker.sock",
    socket_of: socket === undefined ? "systemd" : "dockerd",
    present_sockets: wanted.presentSocket ?? "",
    base_sha: wanted.base === undefined ? "absent" : sha256(wanted.base),
    live_restore: String(liveRestore),
    current_live_restore: String(current["live-restore"] === true),
    restart: digestOf(restartSettings(settingsOf(desired))),
    sticky: stickyKeys(settingsOf(desired)).join(" "),
    managed: "hosts live-restore tlscacert tlscert tlskey tlsverify",
    repair: wanted.repair?.id ?? "",
    repair_effect: wanted.repair?.effect ?? "nothing",
    repair_from: wanted.repair?.from ?? "",
    allow_container_restart: String(wanted.allowContainerRestart ?? false),
    hidden: String(wanted.hidden ?? false),
    foreign_words: (wanted.foreignWords ?? []).join(" "),
  };
  if (wanted.health) {
    const check = { command: "true", seconds: 0, before: "require", isSecret: false } as const;
    const whole = withHealthCheck({ settings, files: [] }, { ...check, ...wanted.health });
    Object.assign(settings, whole.settings);
    for (const { name, mode, content } of whole.files) files[name] = { mode, text: content };
  }
  if (wanted.undo) {
    files["undo.json"] = { mode: "0600", text: json(wanted.undo) };
    if (wanted.undo["live-restore"] !== true) {
      files["undo.keep.json"] = {
        mode: "0600",
        text: json({ ...wanted.undo, "live-restore": true }),
      };
      files["undo.release.json"] = {
        mode: "0600",
        text: json({ ...wanted.undo, "live-restore": false }),
      };
    }
    settings["undo_live_restore"] = String(wanted.undo["live-restore"] === true);
  }
  return { settings, files, daemonJson };
}
