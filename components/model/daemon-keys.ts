import { closest, distance } from "fastest-levenshtein";
import type { Problem } from "./problem.ts";

/** A JSON value, as daemon.json and the stack's configuration hold them. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** Keys and values of a daemon.json. */
export type DaemonSettings = Readonly<Record<string, Json>>;

type Shape = "boolean" | "string" | "number" | "strings" | "object" | "objects";

/**
 * The keys of daemon.json that dockerd 20.10 to 29 knows on Linux, with the shape of their values.
 * dockerd refuses to start over a key it does not know, so a typing error is caught here instead.
 * Source: `config.Config` and `config.CommonConfig` of moby, and docs.docker.com/reference/cli/dockerd.
 */
const shapes: Readonly<Record<string, Shape>> = {
  "allow-direct-routing": "boolean",
  "allow-nondistributable-artifacts": "strings",
  "authorization-plugins": "strings",
  bip: "string",
  bip6: "string",
  bridge: "string",
  "bridge-accept-fwmark": "string",
  builder: "object",
  "cdi-spec-dirs": "strings",
  "cgroup-parent": "string",
  containerd: "string",
  "containerd-namespace": "string",
  "containerd-plugins-namespace": "string",
  "cpu-rt-period": "number",
  "cpu-rt-runtime": "number",
  "data-root": "string",
  debug: "boolean",
  "default-address-pools": "objects",
  "default-cgroupns-mode": "string",
  "default-gateway": "string",
  "default-gateway-v6": "string",
  "default-ipc-mode": "string",
  "default-network-opts": "object",
  "default-runtime": "string",
  "default-shm-size": "string",
  "default-stop-timeout": "number",
  "default-ulimits": "object",
  dns: "strings",
  "dns-opts": "strings",
  "dns-search": "strings",
  "exec-opts": "strings",
  "exec-root": "string",
  experimental: "boolean",
  features: "object",
  "firewall-backend": "string",
  "fixed-cidr": "string",
  "fixed-cidr-v6": "string",
  group: "string",
  "host-gateway-ip": "string",
  "host-gateway-ips": "strings",
  hosts: "strings",
  icc: "boolean",
  init: "boolean",
  "init-path": "string",
  "insecure-registries": "strings",
  ip: "string",
  "ip-forward": "boolean",
  "ip-forward-no-drop": "boolean",
  "ip-masq": "boolean",
  ip6tables: "boolean",
  iptables: "boolean",
  ipv6: "boolean",
  labels: "strings",
  "live-restore": "boolean",
  "log-driver": "string",
  "log-format": "string",
  "log-level": "string",
  "log-opts": "object",
  "max-concurrent-downloads": "number",
  "max-concurrent-uploads": "number",
  "max-download-attempts": "number",
  "metrics-addr": "string",
  "min-api-version": "string",
  mtu: "number",
  "network-control-plane-mtu": "number",
  "network-diagnostic-port": "number",
  "no-new-privileges": "boolean",
  "node-generic-resources": "strings",
  "nri-opts": "object",
  "oom-score-adjust": "number",
  pidfile: "string",
  proxies: "object",
  "raw-logs": "boolean",
  "registry-mirrors": "strings",
  runtimes: "object",
  "seccomp-profile": "string",
  "selinux-enabled": "boolean",
  "shutdown-timeout": "number",
  "storage-driver": "string",
  "storage-opts": "strings",
  "swarm-default-advertise-addr": "string",
  tls: "boolean",
  tlscacert: "string",
  tlscert: "string",
  tlskey: "string",
  tlsverify: "boolean",
  "userland-proxy": "boolean",
  "userland-proxy-path": "string",
  "userns-remap": "string",
};

/** Keys that this program sets itself; naming one in the configuration would contradict it. */
const reserved: Readonly<Record<string, string>> = {
  hosts: "take it out; `listen`, `port` and `socket` of the host say where dockerd listens",
  tls: "take it out; `api` of the host says how clients connect",
  tlsverify: "take it out; `api` of the host says how clients connect",
  tlscacert: "take it out; dockertls:tls.directory and tls.files say where it lies",
  tlscert: "take it out; dockertls:tls.directory and tls.files say where it lies",
  tlskey: "take it out; dockertls:tls.directory and tls.files say where it lies",
};

/** Everything that is wrong with the daemon keys under `where`; values are never quoted. */
export function daemonProblems(where: string, daemon: DaemonSettings): Problem[] {
  return Object.entries(daemon).flatMap(([key, value]) => {
    const place = `${where}.${key}`;
    const instead = Object.hasOwn(reserved, key) ? reserved[key] : undefined;
    if (instead !== undefined) {
      return [
        { where: place, what: "is not yours to set", why: "this program owns it", fix: instead },
      ];
    }
    const shape = Object.hasOwn(shapes, key) ? shapes[key] : undefined;
    if (shape === undefined) {
      const guess = closest(key, Object.keys(shapes));
      const near = distance(key, guess) <= Math.max(2, key.length / 3);
      return [
        {
          where: place,
          what: "is no key of daemon.json",
          why: "dockerd refuses to start over a key it does not know",
          fix: near ? `did you mean "${guess}"?` : "take it out, or correct its name",
        },
      ];
    }
    if (fits(value, shape)) return [];
    return [
      {
        where: place,
        what: `is ${shapeOf(value)}`,
        why: `dockerd wants ${described[shape]}`,
        fix: `write ${described[shape]}`,
      },
    ];
  });
}

const described: Readonly<Record<Shape, string>> = {
  boolean: "true or false",
  string: "a string",
  number: "a number",
  strings: "a list of strings",
  object: "a map",
  objects: "a list of maps",
};

function fits(value: Json, shape: Shape): boolean {
  switch (shape) {
    case "strings":
      return Array.isArray(value) && value.every((entry) => typeof entry === "string");
    case "objects":
      return Array.isArray(value) && value.every(isMap);
    case "object":
      return isMap(value);
    default:
      return typeof value === shape;
  }
}

function isMap(value: Json): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function shapeOf(value: Json): string {
  if (value === null) return "empty";
  if (Array.isArray(value)) return "a list";
  return isMap(value) ? "a map" : `a ${typeof value}`;
}
