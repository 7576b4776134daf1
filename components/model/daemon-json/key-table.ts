import type * as z from "zod";
import {
  addressPool,
  anything,
  cidr4,
  cidr6,
  execOption,
  fields,
  flag,
  formed,
  insecureRegistry,
  integer,
  ip,
  ipv4,
  ipv6,
  label,
  listOf,
  mapOf,
  memory,
  mirror,
  mtu,
  oneOf,
  path,
  searchDomain,
  strings,
  text,
  texts,
  whole,
} from "./value-types.ts";

/** What is known of one key of daemon.json. */
export interface DaemonKey {
  /** Values that dockerd takes; the message of its errors says what dockerd wants. */
  readonly type: z.ZodType;
  /** What puts a changed value into effect: SIGHUP, or nothing less than a new start. */
  readonly effect: "reload" | "restart";
  /** Whether taking the key out needs a restart, although setting it only reloads. */
  readonly sticky: boolean;
  /** The first dockerd that knows it, where that is newer than 20.10. */
  readonly since?: string;
  /** The last dockerd on which it has an effect. */
  readonly until?: string;
  /** The first dockerd that refuses to start over it. */
  readonly refused?: string;
  /** One sentence for the operator. */
  readonly means: string;
}

type Age = Pick<DaemonKey, "since" | "until" | "refused">;

const restart = (type: z.ZodType, means: string, age: Age = {}): DaemonKey => ({
  ...{ type, means, ...age },
  ...{ effect: "restart", sticky: false },
});
/** Removed, it goes back to its default at the next reload. */
const reload = (type: z.ZodType, means: string, age: Age = {}): DaemonKey => ({
  ...restart(type, means, age),
  effect: "reload",
});
/** Removed, its last value stays until the next start: `Reload` looks only at what is in the file. */
const sticky = (type: z.ZodType, means: string, age: Age = {}): DaemonKey => ({
  ...reload(type, means, age),
  sticky: true,
});

const gcRule = fields({
  all: flag.optional(),
  filter: listOf(text, "strings").optional(),
  reservedSpace: text.optional(),
  maxUsedSpace: text.optional(),
  minFreeSpace: text.optional(),
  keepStorage: text.optional(),
});

/**
 * The keys of daemon.json that dockerd 20.10 to 29 takes on Linux.
 *
 * Read in moby, at the tags v20.10.0 to docker-v29.7.2: names and types in daemon/config (config.go,
 * config_linux.go; 20.10: config_unix.go), effects in daemon/reload.go, daemon/reload_unix.go and
 * `reloadConfig` of daemon/command (before 29: cmd/dockerd/daemon.go). A name there is no proof: only
 * what is also the name of a flag or of its option gets past `findConfigurationConflicts`.
 */
export const daemonKeys: Readonly<Record<string, DaemonKey>> = {
  "allow-direct-routing": restart(
    flag,
    "Lets other machines reach published ports at container addresses.",
    { since: "28.2" },
  ),
  "allow-nondistributable-artifacts": sticky(
    texts,
    "Registries to push foreign layers to; newer versions ignore it.",
    { until: "28.0" },
  ),
  "api-cors-header": restart(text, "CORS headers of the API; 28 refuses to start over it.", {
    ...{ until: "26.1", refused: "28.0" },
  }),
  "authorization-plugins": reload(
    texts,
    "Plugins that every request to the API must pass. dockerd ends when a reload names one that it does not have.",
  ),
  bip: restart(cidr4, "IPv4 address of the default bridge, with its network. It can cut SSH."),
  bip6: restart(cidr6, "IPv6 address of the default bridge, with its network.", { since: "28.0" }),
  bridge: restart(
    text,
    "Network bridge of the machine that containers attach to; `none` for none.",
  ),
  "bridge-accept-fwmark": restart(
    formed(/^(0x[0-9a-fA-F]+|\d+)(\/(0x[0-9a-fA-F]+|\d+))?$/, "a firewall mark, mark or mark/mask"),
    "Packets with this mark are let into bridge networks.",
    { since: "29.0" },
  ),
  builder: restart(
    fields({
      gc: fields({
        enabled: flag.optional(),
        policy: listOf(gcRule, "maps").optional(),
        defaultReservedSpace: text.optional(),
        defaultMaxUsedSpace: text.optional(),
        defaultMinFreeSpace: text.optional(),
        defaultKeepStorage: text.optional(),
      }).optional(),
      entitlements: fields({
        "network-host": flag.optional(),
        "security-insecure": flag.optional(),
        device: flag.optional(),
      }).optional(),
      history: fields({ maxAge: text.optional(), maxEntries: integer.optional() }).optional(),
    }),
    "BuildKit: garbage collection of its cache, entitlements, history.",
  ),
  "cdi-spec-dirs": restart(texts, "Directories of CDI specifications.", { since: "25.0" }),
  "cgroup-parent": restart(text, "Parent cgroup of all containers; a `.slice` with systemd."),
  "cluster-advertise": restart(text, "Swarm classic: address to advertise.", {
    ...{ until: "20.10", refused: "23.0" },
  }),
  "cluster-store": restart(text, "Swarm classic: URL of its store.", {
    ...{ until: "20.10", refused: "23.0" },
  }),
  "cluster-store-opts": restart(strings, "Swarm classic: options of its store.", {
    ...{ until: "20.10", refused: "23.0" },
  }),
  containerd: restart(text, "Socket of a containerd that dockerd does not start itself."),
  "containerd-namespace": restart(text, "Namespace of containers in containerd."),
  "cpu-rt-period": restart(integer, "Real-time CPU period, in microseconds; cgroup v1 only."),
  "cpu-rt-runtime": restart(integer, "Real-time CPU runtime, in microseconds; cgroup v1 only."),
  "cri-containerd": restart(flag, "Starts the managed containerd with CRI."),
  "data-root": restart(path, "Where images, containers and volumes lie."),
  debug: sticky(flag, "Debug messages in the log."),
  "default-address-pools": restart(
    listOf(addressPool, "maps of base (a network) and size (a prefix length)"),
    "Networks that Docker's own are cut from. It can cut SSH.",
  ),
  "default-cgroupns-mode": sticky(oneOf("private", "host"), "Cgroup namespace of containers."),
  "default-gateway": restart(ipv4, "IPv4 gateway of the default bridge."),
  "default-gateway-v6": restart(ipv6, "IPv6 gateway of the default bridge."),
  "default-ipc-mode": sticky(oneOf("private", "shareable"), "IPC namespace of containers."),
  "default-network-opts": restart(
    mapOf(strings, "a map of network drivers, each with a map of strings"),
    "Options of new networks, by network driver.",
    { since: "24.0" },
  ),
  "default-runtime": sticky(
    formed(/^[^/]+$/, "the name of a runtime"),
    "OCI runtime of containers.",
  ),
  "default-shm-size": sticky(memory, "Size of /dev/shm in containers."),
  "default-stop-timeout": sticky(
    whole(0),
    "Seconds between a container's stop signal and its kill.",
    { since: "29.7" },
  ),
  "default-ulimits": restart(
    mapOf(
      fields({ Name: text.optional(), Hard: integer.optional(), Soft: integer.optional() }),
      "a map of limits, each a map of Name, Hard, Soft",
    ),
    "Limits of containers by name, which stands in `Name` again; -1 is none.",
  ),
  dns: restart(listOf(ip, "IP addresses"), "Name servers of containers."),
  "dns-opts": restart(texts, "Resolver options of containers."),
  "dns-search": restart(listOf(searchDomain, "domains"), "Search domains of containers."),
  "exec-opts": restart(
    listOf(execOption, "options"),
    "How containers are run: `native.cgroupdriver=systemd` or `=cgroupfs`.",
  ),
  "exec-root": restart(path, "Where the state of running containers lies."),
  experimental: restart(flag, "Experimental features."),
  features: restart(
    mapOf(flag, "a map of features, each true or false"),
    "Features by name, such as `containerd-snapshotter`. dockerd re-reads them at a reload, but acts on most when it starts.",
  ),
  "firewall-backend": restart(oneOf("iptables", "nftables"), "What writes the firewall's rules.", {
    since: "29.0",
  }),
  "fixed-cidr": restart(cidr4, "Part of the default bridge's network that containers get."),
  "fixed-cidr-v6": restart(cidr6, "IPv6 network of the default bridge."),
  graph: restart(path, "Old name of `data-root`; 23.0 refuses to start over it.", {
    ...{ until: "20.10", refused: "23.0" },
  }),
  group: restart(text, "Group that may use the local socket."),
  "host-gateway-ip": restart(ip, "What `host-gateway` stands for; `host-gateway-ips` is newer."),
  "host-gateway-ips": restart(
    listOf(ip, "IP addresses, one of IPv4 and one of IPv6 at most"),
    "What `host-gateway` stands for.",
    { since: "28.0" },
  ),
  icc: restart(flag, "Whether containers on the default bridge reach each other."),
  init: restart(flag, "Runs an init in every container."),
  "init-path": restart(text, "That init."),
  "insecure-registries": sticky(
    listOf(insecureRegistry, "hosts, host:port or networks"),
    "Registries without TLS, or with certificates that nobody vouches for.",
  ),
  ip: restart(ip, "Address of the machine that ports are published on."),
  "ip-forward": restart(flag, "Turns on forwarding in the kernel."),
  "ip-forward-no-drop": restart(flag, "Leaves the policy of the FORWARD chain alone.", {
    since: "28.0",
  }),
  "ip-masq": restart(flag, "Masquerades what leaves the default bridge."),
  ip6tables: restart(flag, "Lets dockerd write ip6tables rules."),
  iptables: restart(flag, "Lets dockerd write iptables rules. Off opens and breaks networks."),
  ipv6: restart(flag, "IPv6 on the default bridge."),
  labels: sticky(listOf(label, "key=value"), "Labels of the machine, as `docker info` shows them."),
  "live-restore": sticky(
    flag,
    "Containers outlive dockerd. This program turns it on unless you say false.",
  ),
  "log-driver": restart(text, "Log driver of new containers."),
  "log-format": restart(oneOf("text", "json"), "Form of dockerd's own log.", { since: "25.0" }),
  "log-level": restart(
    oneOf("debug", "info", "warn", "error", "fatal", "panic", "trace"),
    "How much dockerd's own log says.",
  ),
  "log-opts": restart(
    mapOf(text, "a map of strings, numbers in quotes"),
    'Options of the log driver, all in quotes: `max-file: "3"`.',
  ),
  "max-concurrent-downloads": reload(whole(0), "Layers that a pull loads at a time; 0 is 3."),
  "max-concurrent-uploads": reload(whole(0), "Layers that a push sends at a time; 0 is 5."),
  "max-download-attempts": reload(whole(0), "Attempts at a layer; 0 is 5."),
  "metrics-addr": restart(
    formed(/:\d{1,5}$/, "address:port"),
    "`address:port` of the metrics, in plaintext and for everybody.",
  ),
  "min-api-version": restart(
    formed(/^\d+\.\d+$/, 'a version in quotes, such as "1.44"'),
    "Oldest API.",
    {
      since: "29.0",
    },
  ),
  mtu: restart(mtu, "MTU of the default bridge, in bytes."),
  "network-control-plane-mtu": restart(integer, "MTU of the control plane, in bytes."),
  "network-diagnostic-port": reload(whole(0, 65535), "Port of the network diagnostic; 0 is none."),
  "no-new-privileges": restart(flag, "Containers gain no privileges by setuid programs."),
  "node-generic-resources": restart(
    listOf(formed(/=/, "name=value"), "name=value"),
    "Resources that this node offers to Swarm.",
  ),
  "nri-opts": reload(
    fields({
      enable: flag.optional(),
      "plugin-path": text.optional(),
      "plugin-config-path": text.optional(),
      "socket-path": text.optional(),
    }),
    "Node Resource Interface.",
    { since: "29.2" },
  ),
  "oom-score-adjust": restart(integer, "dockerd's own OOM score; 25.0 refuses it.", {
    ...{ until: "24.0", refused: "25.0" },
  }),
  pidfile: restart(text, "File of dockerd's process id."),
  proxies: restart(
    fields({
      "http-proxy": text.optional(),
      "https-proxy": text.optional(),
      "no-proxy": text.optional(),
    }),
    "Proxies that dockerd itself uses. Passwords in them belong in a secret.",
    { since: "23.0" },
  ),
  "raw-logs": restart(flag, "dockerd's own log without colours, with full times."),
  "registry-mirrors": sticky(
    listOf(mirror, "http:// or https:// URLs of mirrors"),
    "Mirrors of Docker Hub.",
  ),
  rootless: restart(flag, "Rootless mode; only under RootlessKit."),
  runtimes: sticky(
    mapOf(
      fields({
        path: text.optional(),
        runtimeArgs: texts.optional(),
        runtimeType: text.optional(),
        options: mapOf(anything, "a map").optional(),
      }),
      "a map of runtimes, each a map with path or runtimeType",
    ),
    "OCI runtimes beside runc, each with `path` and `runtimeArgs`, or `runtimeType` and `options`.",
  ),
  "seccomp-profile": restart(text, "Path of a profile, or `builtin` or `unconfined`."),
  "selinux-enabled": restart(flag, "SELinux labels on containers."),
  "shutdown-timeout": sticky(integer, "Seconds that containers get when dockerd shuts down."),
  "storage-driver": restart(text, "Storage driver. Another one does not see the existing images."),
  "storage-opts": restart(texts, "Options of the storage driver."),
  "swarm-default-advertise-addr": restart(text, "Address or interface that Swarm advertises."),
  "userland-proxy": restart(flag, "A process for every published port. On by default."),
  "userland-proxy-path": restart(path, "That program."),
  "userns-remap": restart(text, "User namespace of containers, `user:group` or `default`."),
};

/**
 * Names that dockerd accepts in daemon.json and ignores, since a flag is called so, and the key that was meant. `containerd-plugins-namespace` has none: its flag and the
 * field that it should fill are spelled differently (moby, all versions).
 */
export const ignoredNames: Readonly<Record<string, string | undefined>> = {
  "add-runtime": "runtimes",
  "authorization-plugin": "authorization-plugins",
  "cdi-spec-dir": "cdi-spec-dirs",
  "config-file": undefined,
  "containerd-plugins-namespace": undefined,
  "default-address-pool": "default-address-pools",
  "default-network-opt": "default-network-opts",
  "default-ulimit": "default-ulimits",
  "dns-opt": "dns-opts",
  "exec-opt": "exec-opts",
  feature: "features",
  "http-proxy": "proxies",
  "https-proxy": "proxies",
  "insecure-registry": "insecure-registries",
  label: "labels",
  "log-opt": "log-opts",
  "no-proxy": "proxies",
  "node-generic-resource": "node-generic-resources",
  "registry-mirror": "registry-mirrors",
  restart: undefined,
  "storage-opt": "storage-opts",
  validate: undefined,
};
