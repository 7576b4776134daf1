// Machines as remote/probe.sh describes them: values by name, and the text that goes over the wire.
import { managedPaths } from "../../components/model/daemon-json/merge.ts";
import { recordedPath } from "../../components/model/daemon-json/members.ts";
import { daemonJsonPath, dropInPath } from "../../components/model/machine-paths.ts";
import { type DesiredHost } from "../../components/model/desired/desired-host.ts";
import { desiredFiles } from "../../components/model/desired/desired-files.ts";
import { sha256 } from "../../components/model/digest.ts";
import type { Baseline } from "../../components/model/desired/baseline.ts";
import type { Listener, TlsFile } from "../../components/model/daemon-json/listener.ts";
import { type MachineFacts } from "../../components/model/observed/facts.ts";
import { readFacts } from "../../components/model/observed/read-facts.ts";
import {
  type RecordedHost,
  recordedListener,
} from "../../components/model/desired/recorded-host.ts";

/** What the probe says, by name; an undefined value is a line that is not there. */
export type Values = Readonly<Record<string, string | undefined>>;

export const vendorUnit = `# /usr/lib/systemd/system/docker.service
[Service]
Type=notify
EnvironmentFile=-/etc/default/docker
ExecStart=/usr/sbin/dockerd -H fd:// --containerd=/run/containerd/containerd.sock $DOCKER_OPTS
`;
export const vendorSocket = `# /usr/lib/systemd/system/docker.socket
[Socket]
ListenStream=/run/docker.sock
SocketMode=0660
SocketUser=root
SocketGroup=docker
`;
export const vendorCommand =
  "/usr/sbin/dockerd -H fd:// --containerd=/run/containerd/containerd.sock $DOCKER_OPTS";

/** Stands for the boundary in an answer that is made before anybody has asked. */
export const anyBoundary = "BOUNDARY";

/** The time at which the answer is asked for. */
const now = "now";

const scriptDigest = sha256("the script");

export const tlsFiles = { ca: "CA\n", cert: "CERT\n", key: "KEY\n" } as const;

/** The default: mutual TLS on every address, with its files in `directory`. */
export function tlsListener(
  changes: Partial<Listener> = {},
  directory = "/opt/docker-ssl",
): Listener {
  const place = (name: string): string => `${directory}/${name}.pem`;
  return {
    api: "mutual-tls",
    addresses: ["0.0.0.0"],
    port: 2376,
    configuredBy: "daemon-json",
    files: { ca: place("ca"), cert: place("cert"), key: place("key") },
    ...changes,
  };
}

export function plainListener(changes: Partial<Listener> = {}): Listener {
  const { files: _, ...rest } = tlsListener({ api: "plain-tcp", port: 2375, ...changes });
  return rest;
}

/** A machine whose API is open; it has no TLS files. */
export function plainHost(changes: Partial<Listener> = {}): DesiredHost {
  const { tlsFiles: _, ...rest } = desiredHost({ listener: plainListener(changes) });
  return rest;
}

export function desiredHost(changes: Partial<DesiredHost> = {}): DesiredHost {
  return {
    owner: "dockertls/dev/b1",
    listener: tlsListener(),
    daemon: { "registry-mirrors": ["https://mirror.example"] },
    daemonIsSecret: false,
    allowContainerRestart: false,
    unmanaged: "keep",
    script: scriptDigest,
    tlsFiles: {
      ca: sha256(tlsFiles.ca),
      cert: sha256(tlsFiles.cert),
      key: sha256(tlsFiles.key),
    },
    ...changes,
  };
}

export function infoOf(changes: Readonly<Record<string, unknown>> = {}): string {
  return JSON.stringify({
    Name: "b1",
    ServerVersion: "26.1.5",
    OperatingSystem: "Debian GNU/Linux 13 (trixie)",
    LiveRestoreEnabled: false,
    RegistryConfig: { Mirrors: [] },
    ...changes,
  });
}

/** A machine with docker just installed. */
export function freshMachine(changes: Values = {}): Values {
  return settled({ ...untouched(), ...changes });
}

function untouched(): Values {
  return {
    os_release: 'PRETTY_NAME="Debian GNU/Linux 13 (trixie)"\nID=debian\n',
    epoch: now,
    root: "yes\n",
    systemd: "yes\n",
    unit_text: `${vendorUnit}\n${vendorSocket}`,
    unit_show:
      "LoadState=loaded\nActiveState=active\nNeedDaemonReload=no\nRequires=docker.socket sysinit.target\n",
    socket_show: "LoadState=loaded\nActiveState=active\nUnitFileState=enabled\n",
    dockerd_version: "Docker version 26.1.5+dfsg1, build 72fa7d8\n",
    daemon_json_kind: "absent\n",
    daemon_json_stat: "",
    daemon_json: "",
    listeners: "LISTEN 0 128 0.0.0.0:22 0.0.0.0:*\n",
    docker_info: infoOf(),
  };
}

/** The same after a converge towards `desired` that began from daemon.json `base`. */
export function convergedMachine(desired: DesiredHost, base = "", changes: Values = {}): Values {
  const files = desiredFiles(desired, baselineFrom(base));
  const mirrors = desired.daemon["registry-mirrors"] ?? [];
  const liveRestore = desired.daemon["live-restore"] !== false;
  const { addresses, port } = desired.listener;
  const tlsFile = (name: TlsFile, mode: string): string =>
    desired.tlsFiles === undefined ? "" : `${desired.tlsFiles[name]} ${mode} 0 0\n`;
  const { socketDropIn, restartDropIn, apiUnits } = files;
  return settled({
    ...untouched(),
    unit_text: `${vendorUnit}\n# ${dropInPath}\n${files.dropIn}\n${vendorSocket}`,
    daemon_json_kind: "file\n",
    daemon_json_stat: "644 0 0\n",
    daemon_json: files.daemonJson,
    record: recordOf(desired, files.daemonJson, base),
    base,
    current: base,
    original_kind: base === "" ? "absent\n" : "file\n",
    original_daemon_json: base,
    dropin: `${sha256(files.dropIn)} 644 0 0\n`,
    socket_dropin: socketDropIn === undefined ? "" : `${sha256(socketDropIn)} 644 0 0\n`,
    restart_dropin: `${sha256(restartDropIn)} 644 0 0\n`,
    ...(apiUnits === undefined
      ? {}
      : {
          api_socket: `${sha256(apiUnits.socket)} 644 0 0\n`,
          api_guard: `${sha256(apiUnits.guard)} 644 0 0\n`,
          other_sockets: apiUnitsShown(),
        }),
    tls_ca: tlsFile("ca", "444"),
    tls_cert: tlsFile("cert", "444"),
    tls_key: tlsFile("key", "400"),
    listeners: addresses
      .map((address) => dockerdOn(address === "0.0.0.0" ? "*" : address, port))
      .join(""),
    docker_info: infoOf({ LiveRestoreEnabled: liveRestore, RegistryConfig: { Mirrors: mirrors } }),
    scripts: `${scriptDigest}\n`,
    ...changes,
  });
}

/** What `systemctl show` says of our socket unit and its guard. */
export function apiUnitsShown(
  changes: { readonly state?: string; readonly reload?: string; readonly dropIns?: string } = {},
): string {
  const { state = "active", reload = "no", dropIns = "" } = changes;
  const socket = `Id=dockertls-api.socket\nActiveState=${state}\nUnitFileState=static\nListen=[::]:2376 (Stream)\nNeedDaemonReload=${reload}\nDropInPaths=${dropIns}\n`;
  return `${socket}\nId=dockertls-api.service\nActiveState=inactive\nUnitFileState=static\nNeedDaemonReload=no\nDropInPaths=\n`;
}

/** A line of `ss -Hltnp`. */
export function dockerdOn(address: string, port: number): string {
  return `LISTEN 0 4096 ${address}:${String(port)} *:* users:(("dockerd",pid=1,fd=3))\n`;
}

/** What a converge that went through leaves in the record. */
export function recordOf(desired: DesiredHost, written: string, base: string): string {
  const baseSha = base === "" ? "absent" : sha256(base);
  const managed = managedPaths(desired.listener, desired.daemon).map(recordedPath).join(" ");
  return `version=1\nowner=${desired.owner}\ndaemon_json=${sha256(written)}\nbase_sha=${baseSha}\nmanaged=${managed}\n`;
}

/** The baseline of a machine that stands on `base`, with the vendor's unit. */
export function baselineFrom(base: string): Baseline {
  return {
    base,
    baseSha: base === "" ? "absent" : sha256(base),
    current: base,
    edited: false,
    execStart: vendorCommand,
    systemdSocket: "/run/docker.sock",
  };
}

export function answerOf(values: Values): string {
  const parts = Object.entries(values).flatMap(([name, given]) => {
    // A machine's clock goes on, however long a test has had these values.
    const value = given === now ? `${String(Math.floor(Date.now() / 1000))}\n` : given;
    return value === undefined ? [] : [`\n${anyBoundary} ${name}\n${value}`];
  });
  return [...parts, `\n${anyBoundary} end\n`].join("");
}

export function factsOf(values: Values): MachineFacts {
  const facts = readFacts(answerOf(values), anyBoundary);
  if (facts === undefined) throw new Error(`no whole answer about ${daemonJsonPath}`);
  return facts;
}

/** Unless a test says otherwise, daemon.json was left by no killed run. */
function settled(values: Values): Values {
  return {
    settled_kind: values["daemon_json_kind"],
    settled_daemon_json: values["daemon_json"],
    ...values,
  };
}

export function recordedHost({ listener, ...host }: DesiredHost): RecordedHost {
  return { ...host, listener: recordedListener(listener) };
}
