import { closest, distance } from "fastest-levenshtein";
import type { DaemonSettings } from "./keys.ts";
import { networkProblems } from "./network-checks.ts";
import { foreignStorageOptions } from "./storage-options.ts";
import { isMap, type Json } from "../json-value.ts";
import type { Problem } from "../problem.ts";
import { isOwn } from "../reserved-paths.ts";

/** Settings that are right one by one and that dockerd refuses together, or does not survive. */
export function crossKeyProblems(where: string, daemon: DaemonSettings): Problem[] {
  const problem = (key: string, what: string, why: string, fix: string): Problem => ({
    ...{ where: `${where}.${key}`, what, why },
    fix,
  });
  return [
    ...rules.flatMap(({ key, beside, applies, why, fix }) =>
      applies(daemon) ? [problem(key, `contradicts ${beside}`, why, fix)] : [],
    ),
    ...(conflictingLabels(daemon)
      ? [
          problem(
            "labels",
            "gives one key two values",
            "dockerd refuses to start over it",
            "keep one of them",
          ),
        ]
      : []),
    ...(isBufferUnused(daemon)
      ? [
          problem(
            "log-opts",
            "has max-buffer-size without mode: non-blocking",
            "dockerd refuses to start over it",
            "write that mode beside it, or take it out",
          ),
        ]
      : []),
    ...foreignStorageOptions(daemon["storage-opts"], textOf(daemon["storage-driver"])).map(
      (option) =>
        problem(
          "storage-opts",
          `has ${option}, which the storage-driver ${textOf(daemon["storage-driver"])} does not know`,
          "dockerd refuses to start over it",
          "take it out, or write the storage-driver that it belongs to",
        ),
    ),
    ...foreignLogOptions(daemon).map((option) =>
      problem(
        "log-opts",
        `has ${option}, which the log-driver ${logDriverOf(daemon)} does not know`,
        "dockerd refuses to start over it",
        "take it out, or write the log-driver that it belongs to",
      ),
    ),
    ...misspeltLogDriver(daemon).map((meant) =>
      problem(
        "log-driver",
        `is ${logDriverOf(daemon)}, which no dockerd knows`,
        "dockerd starts with it, and no container does",
        `write ${meant} if that is meant`,
      ),
    ),
    ...networkProblems(daemon).map((one) => ({ ...one, where: `${where}.${one.where}` })),
    ...["data-root", "exec-root", "pidfile"]
      .filter((key) => typeof daemon[key] === "string" && isOwn(daemon[key]))
      .map((key) =>
        problem(
          key,
          `is ${JSON.stringify(daemon[key])}`,
          "this program keeps there how the machine was",
          "choose another place",
        ),
      ),
    ...runtimeProblems(daemon).map((what) =>
      problem(
        "runtimes",
        what,
        "dockerd refuses to start over it",
        "give each runtime a path with runtimeArgs, or a runtimeType with options",
      ),
    ),
  ];
}

interface Rule {
  readonly key: string;
  readonly beside: string;
  readonly applies: (daemon: DaemonSettings) => boolean;
  readonly why: string;
  readonly fix: string;
}

const refuses = "dockerd refuses to start with both";

/** verifyDaemonSettings, Validate and setPlatformOptions of moby, as far as no machine has a say. */
const rules: readonly Rule[] = [
  {
    key: "bip",
    beside: "bridge",
    applies: (daemon) => isSet(daemon["bridge"]) && isSet(daemon["bip"]),
    why: refuses,
    fix: "take one of them out: a bridge of the machine's own brings its address",
  },
  {
    key: "bip6",
    beside: "bridge",
    applies: (daemon) => isSet(daemon["bridge"]) && isSet(daemon["bip6"]),
    why: refuses,
    fix: "take one of them out: a bridge of the machine's own brings its address",
  },
  {
    key: "icc",
    beside: "iptables: false",
    applies: (daemon) => daemon["icc"] === false && daemon["iptables"] === false,
    why: "dockerd refuses to start: it keeps containers apart by iptables",
    fix: "set one of them to true",
  },
  {
    key: "icc",
    beside: "ip6tables: false",
    applies: (daemon) =>
      daemon["icc"] === false && daemon["ipv6"] === true && daemon["ip6tables"] === false,
    why: "dockerd refuses to start: with ipv6 it keeps containers apart by ip6tables",
    fix: "set one of them to true",
  },
  {
    key: "host-gateway-ip",
    beside: "host-gateway-ips",
    applies: (daemon) => isSet(daemon["host-gateway-ip"]) && isSet(daemon["host-gateway-ips"]),
    why: refuses,
    fix: "take host-gateway-ip out; the other is its new name",
  },
  {
    key: "host-gateway-ips",
    beside: "itself",
    applies: (daemon) => {
      const addresses = textsIn(daemon["host-gateway-ips"]);
      const six = addresses.filter((address) => address.includes(":")).length;
      return six > 1 || addresses.length - six > 1;
    },
    why: "dockerd takes one IPv4 and one IPv6 address at most",
    fix: "keep one of each",
  },
  {
    key: "userland-proxy",
    beside: "the missing userland-proxy-path",
    applies: (daemon) => daemon["userland-proxy"] === true && !isSet(daemon["userland-proxy-path"]),
    why: "dockerd (25 and newer) would refuse every reload, silently",
    fix: "take it out, since the proxy is on by default; or set userland-proxy-path as well",
  },
  {
    key: "cgroup-parent",
    beside: "exec-opts",
    applies: (daemon) =>
      textsIn(daemon["exec-opts"]).some((option) => /systemd\s*$/i.test(option)) &&
      isSet(daemon["cgroup-parent"]) &&
      !textOf(daemon["cgroup-parent"]).endsWith(".slice"),
    why: "with the systemd cgroup driver dockerd takes a slice only",
    fix: "write a name that ends in .slice",
  },
  {
    key: "userns-remap",
    beside: "features.containerd-snapshotter",
    applies: (daemon) =>
      isSet(daemon["userns-remap"]) &&
      inside(daemon["features"], "containerd-snapshotter") === true,
    why: refuses,
    fix: "take one of them out",
  },
  {
    key: "cri-containerd",
    beside: "features.embedded-containerd",
    applies: (daemon) =>
      daemon["cri-containerd"] === true &&
      inside(daemon["features"], "embedded-containerd") === true,
    why: refuses,
    fix: "take one of them out",
  },
  {
    key: "containerd-namespace",
    beside: "the namespace of plugins",
    applies: (daemon) => daemon["containerd-namespace"] === "plugins.moby",
    why: "dockerd refuses one namespace for both",
    fix: "write another name",
  },
  {
    key: "default-runtime",
    beside: "runtimes",
    applies: ({ "default-runtime": name, runtimes }) =>
      isSet(name) &&
      runtimes !== undefined &&
      inside(runtimes, textOf(name)) === undefined &&
      name !== "runc" &&
      !/^[^./]+\./.test(textOf(name)),
    why: "dockerd refuses a default that is not among them",
    fix: "add it there, or write the name of one of them",
  },
];

function conflictingLabels(daemon: DaemonSettings): boolean {
  const labels = [...new Set(textsIn(daemon["labels"]))];
  const keys = labels.map((label) => label.replace(/=.*$/s, ""));
  return new Set(keys).size < keys.length;
}

/** What dockerd logs to without a word on it. */
const defaultLogDriver = "json-file";

const logDriverOf = (daemon: DaemonSettings): string =>
  textOf(daemon["log-driver"]) || defaultLogDriver;

const fileOptions = ["max-size", "max-file", "compress"];

/** Options of dockerd's own log drivers beside the common ones, and how the rest of their names begin. */
const logDrivers: Readonly<Record<string, readonly (string | RegExp)[]>> = {
  "json-file": fileOptions,
  local: fileOptions,
  journald: [],
  syslog: [/^syslog-/],
  gelf: [/^gelf-/],
  fluentd: [/^fluentd-/],
  awslogs: [/^awslogs-/],
  splunk: [/^splunk-/],
  gcplogs: [/^gcp-/],
  etwlogs: [],
};

/** What ValidateLogOpts of moby takes with any driver. */
const commonLogOption = /^(mode|max-buffer-size|cache-.*)$/;

/** What drivers read of a container; `local` does so in the newest dockerd only, which a configuration can't know. */
const containerLogOption = /^(labels|labels-regex|env|env-regex|tag)$/;

/** Options of another log driver; of a driver that is a plugin nothing is known, and `none` takes all. */
function foreignLogOptions(daemon: DaemonSettings): string[] {
  const options = daemon["log-opts"];
  const known = logDrivers[logDriverOf(daemon)];
  if (!isMap(options) || known === undefined) return [];
  return Object.keys(options).filter(
    (option) =>
      !commonLogOption.test(option) &&
      !containerLogOption.test(option) &&
      !known.some((one) => (typeof one === "string" ? one === option : one.test(option))),
  );
}

function isBufferUnused(daemon: DaemonSettings): boolean {
  const options = daemon["log-opts"];
  return (
    isSet(inside(options, "max-buffer-size")) &&
    (inside(options, "mode") ?? "blocking") === "blocking" &&
    logDriverOf(daemon) !== "none"
  );
}

/** The driver that is meant: nothing is known of plugins, so another name is wrong only where it is nearly right. */
function misspeltLogDriver(daemon: DaemonSettings): string[] {
  const name = logDriverOf(daemon);
  const names = [...Object.keys(logDrivers), "none"];
  const nearest = closest(name, names);
  return !names.includes(name) && distance(name, nearest) <= 2 ? [nearest] : [];
}

/** setupRuntimes of moby. */
function runtimeProblems(daemon: DaemonSettings): string[] {
  const runtimes = daemon["runtimes"];
  if (!isMap(runtimes)) return [];
  const all = Object.entries(runtimes).map(([name, runtime]) => ({
    name,
    byPath: isSet(inside(runtime, "path")),
    byType: isSet(inside(runtime, "runtimeType")),
    args: textsIn(inside(runtime, "runtimeArgs")).length > 0,
    options: isSet(inside(runtime, "options")),
  }));
  const some = (test: (one: (typeof all)[number]) => boolean): boolean => all.some(test);
  return [
    ...(some(({ name }) => name === "runc") ? ["names runc, which is dockerd's own"] : []),
    ...(some(({ byPath, byType }) => byPath === byType)
      ? ["has a runtime that has not one of path and runtimeType"]
      : []),
    ...(some((one) => (one.byPath && one.options) || (one.byType && !one.byPath && one.args))
      ? ["has a path with options, or a runtimeType with runtimeArgs"]
      : []),
  ];
}

/** dockerd takes an empty value for none. */
function isSet(value: Json | undefined): boolean {
  return value !== undefined && value !== null && value !== "";
}

function inside(value: Json | undefined, key: string): Json | undefined {
  return isMap(value) && Object.hasOwn(value, key) ? value[key] : undefined;
}

function textOf(value: Json | undefined): string {
  return typeof value === "string" ? value : "";
}

function textsIn(value: Json | undefined): string[] {
  return Array.isArray(value) ? value.filter((entry) => typeof entry === "string") : [];
}
