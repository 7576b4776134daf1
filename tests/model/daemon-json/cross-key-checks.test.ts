import { crossKeyProblems } from "../../../components/model/daemon-json/cross-key-checks.ts";
import type { DaemonSettings } from "../../../components/model/daemon-json/keys.ts";
import { formatProblem } from "../../../components/model/problem.ts";
import { linesOf, machine } from "../../support/stack-configuration.ts";

const both = "dockerd refuses to start with both";
const bridge = "take one of them out: a bridge of the machine's own brings its address";
const start = "dockerd refuses to start over it";
const runtime = "give each runtime a path with runtimeArgs, or a runtimeType with options";

test.each<[DaemonSettings, string]>([
  [{ bridge: "br0", bip: "10.9.0.1/16" }, `bip: contradicts bridge; ${both}; ${bridge}`],
  [{ bridge: "none", bip6: "fd00::1/64" }, `bip6: contradicts bridge; ${both}; ${bridge}`],
  [
    { icc: false, iptables: false },
    "icc: contradicts iptables: false; dockerd refuses to start: it keeps containers apart by iptables; set one of them to true",
  ],
  [
    { icc: false, ipv6: true, ip6tables: false },
    "icc: contradicts ip6tables: false; dockerd refuses to start: with ipv6 it keeps containers apart by ip6tables; set one of them to true",
  ],
  [
    { "host-gateway-ip": "10.0.0.1", "host-gateway-ips": ["10.0.0.1"] },
    `host-gateway-ip: contradicts host-gateway-ips; ${both}; take host-gateway-ip out; the other is its new name`,
  ],
  [
    { "host-gateway-ips": ["10.0.0.1", "10.0.0.2"] },
    "host-gateway-ips: contradicts itself; dockerd takes one IPv4 and one IPv6 address at most; keep one of each",
  ],
  [
    { "userland-proxy": true },
    "userland-proxy: contradicts the missing userland-proxy-path; dockerd (25 and newer) would refuse every reload, silently; take it out, since the proxy is on by default; or set userland-proxy-path as well",
  ],
  [
    { "exec-opts": ["native.cgroupdriver=systemd"], "cgroup-parent": "/docker" },
    "cgroup-parent: contradicts exec-opts; with the systemd cgroup driver dockerd takes a slice only; write a name that ends in .slice",
  ],
  [
    { "userns-remap": "default", features: { "containerd-snapshotter": true } },
    `userns-remap: contradicts features.containerd-snapshotter; ${both}; take one of them out`,
  ],
  [
    { "cri-containerd": true, features: { "embedded-containerd": true } },
    `cri-containerd: contradicts features.embedded-containerd; ${both}; take one of them out`,
  ],
  [
    { "containerd-namespace": "plugins.moby" },
    "containerd-namespace: contradicts the namespace of plugins; dockerd refuses one namespace for both; write another name",
  ],
  [
    { "default-runtime": "kata", runtimes: { crun: { path: "crun" } } },
    "default-runtime: contradicts runtimes; dockerd refuses a default that is not among them; add it there, or write the name of one of them",
  ],
  [
    { bip: "10.99.0.0/16" },
    `bip: is the network itself, and not an address in it; ${start}; write one that the bridge can have, such as 10.99.0.1/16`,
  ],
  [
    { bip: "10.99.255.255/16" },
    `bip: is its broadcast address, and not an address in it; ${start}; write one that the bridge can have, such as 10.99.0.1/16`,
  ],
  [
    { bip: "10.99.0.1/16", "default-gateway": "10.20.1.1" },
    `default-gateway: is not inside 10.99.0.0/16, the network of bip; ${start}; write an address of that network, or another bip`,
  ],
  ...["10.99.0.1", "10.99.0.0", "10.99.255.255"].map((gateway): [DaemonSettings, string] => [
    { bip: "10.99.0.1/16", "default-gateway": gateway },
    `default-gateway: is an address of bip that the bridge itself has, or nobody can have; ${start}; write another address of that network`,
  ]),
  [
    { ipv6: true, "fixed-cidr-v6": "fd00:9::/64", "default-gateway-v6": "fd00:8::1" },
    `default-gateway-v6: is not inside fd00:9::/64, the network of fixed-cidr-v6; ${start}; write an address of that network, or another fixed-cidr-v6`,
  ],
  ...["fd00:9::1", "fd00:9::"].map((gateway): [DaemonSettings, string] => [
    { ipv6: true, "fixed-cidr-v6": "fd00:9::/64", "default-gateway-v6": gateway },
    `default-gateway-v6: is an address of fixed-cidr-v6 that the bridge itself has, or nobody can have; ${start}; write another address of that network`,
  ]),
  [
    { ipv6: true, "fixed-cidr-v6": "fd00:9::1/128" },
    `fixed-cidr-v6: is one address; ${start}; write a network, such as fd00:9::/64`,
  ],
  [
    { ipv6: true, "fixed-cidr-v6": "fd00:9::/64", mtu: 1200 },
    "mtu: contradicts ipv6; IPv6 needs 1280, and dockerd refuses to start; write 1280 or more",
  ],
  [
    { "storage-driver": "overlay2", "storage-opts": ["overlay2.size=1G", "dm.basesize=10G"] },
    `storage-opts: has dm.basesize, which the storage-driver overlay2 does not know; ${start}; take it out, or write the storage-driver that it belongs to`,
  ],
  [
    { "log-opts": { "max-buffer-size": "4m" } },
    `log-opts: has max-buffer-size without mode: non-blocking; ${start}; write that mode beside it, or take it out`,
  ],
  [
    { "log-driver": "journald", "log-opts": { "max-size": "10m" } },
    `log-opts: has max-size, which the log-driver journald does not know; ${start}; take it out, or write the log-driver that it belongs to`,
  ],
  [
    { "log-opts": { "syslog-address": "udp://192.0.2.1:514" } },
    `log-opts: has syslog-address, which the log-driver json-file does not know; ${start}; take it out, or write the log-driver that it belongs to`,
  ],
  [
    { "log-driver": "jornald" },
    "log-driver: is jornald, which no dockerd knows; dockerd starts with it, and no container does; write journald if that is meant",
  ],
  [{ labels: ["a=b", "a=c"] }, `labels: gives one key two values; ${start}; keep one of them`],
  [
    { runtimes: { runc: { path: "runc" } } },
    `runtimes: names runc, which is dockerd's own; ${start}; ${runtime}`,
  ],
  [
    { runtimes: { x: {} } },
    `runtimes: has a runtime that has not one of path and runtimeType; ${start}; ${runtime}`,
  ],
  [
    { runtimes: { x: { runtimeType: "io.x.v2", runtimeArgs: ["-v"] } } },
    `runtimes: has a path with options, or a runtimeType with runtimeArgs; ${start}; ${runtime}`,
  ],
])("%j", (daemon, line) => {
  expect(crossKeyProblems("dockertls:daemon", daemon).map(formatProblem)).toEqual([
    `dockertls:daemon.${line}`,
  ]);
});

test.each<[DaemonSettings]>([
  [{ bridge: "", bip: "10.9.0.1/16" }],
  [{ icc: false }],
  [{ bip: "10.99.0.1/16", "default-gateway": "10.99.3.1" }],
  // All tried: dockerd starts.
  [{ bip: "10.99.0.1/16", "fixed-cidr": "10.20.0.0/24" }],
  [
    {
      bip: "10.99.0.1/16",
      "default-address-pools": [{ base: "10.99.0.0/16", size: 24 }],
    },
  ],
  [{ bip: "10.99.0.0/31" }],
  [{ ipv6: true, "fixed-cidr-v6": "fd00:9::/64", "default-gateway-v6": "fd00:9::2", mtu: 1280 }],
  [{ ipv6: true, "fixed-cidr-v6": "fd00:9::/127" }],
  [{ "default-gateway-v6": "fd00:8::1", "fixed-cidr-v6": "fd00:9::/64" }],
  [{ bridge: "none", "default-gateway": "10.1.1.1" }],
  [{ bridge: "none", ipv6: true, mtu: 1200 }],
  [{ "log-opts": { mode: "non-blocking", "max-buffer-size": "4m" } }],
  [{ "log-driver": "none", "log-opts": { "max-buffer-size": "4m" } }],
  // A driver that dockerd chooses, or a plugin: nothing is known.
  [{ "storage-opts": ["dm.basesize=10G"] }],
  [{ "storage-driver": "some/plugin", "storage-opts": ["x=1"] }],
  [{ bip: "fd00::/64" }],
  [{ "log-driver": "none", "log-opts": { anything: "1" } }],
  [{ "log-driver": "journald", "log-opts": { tag: "x", mode: "non-blocking" } }],
  [{ "log-driver": "grafana/loki:3.3.2", "log-opts": { "loki-url": "http://l:3100" } }],
  [{ "log-driver": "loki", "log-opts": { "loki-url": "http://l:3100" } }],
  [{ "log-driver": "fluentd", "log-opts": { "fluentd-address": "192.0.2.1:24224" } }],
  [{ icc: false, iptables: true }],
  [{ "userland-proxy": false }],
  [{ "userland-proxy": true, "userland-proxy-path": "/usr/bin/docker-proxy" }],
  [{ "host-gateway-ips": ["10.0.0.1", "fd00::1"] }],
  // The machine's own daemon.json may know that runtime.
  [{ "default-runtime": "nvidia" }],
  [{ "default-runtime": "io.containerd.runc.v2", runtimes: { crun: { path: "crun" } } }],
  [{ labels: ["a=b", "a=b", "b=c"] }],
  // Values of the wrong type are told elsewhere.
  [{ runtimes: [], labels: "a", features: 1, "exec-opts": {}, "host-gateway-ips": 5 }],
])("%j is no contradiction", (daemon) => {
  expect(crossKeyProblems("", daemon)).toEqual([]);
});

describe("across what is said for all and for one machine", () => {
  const places = (raw: Parameters<typeof linesOf>[0]): string[] =>
    linesOf(raw).map((line) => line.slice(0, line.indexOf(": ")));

  test("it stands at the machine that brings it about", () => {
    const daemon = { bridge: "br0" };
    const b1 = machine({ daemon: { bip: "10.9.0.1/16" } });
    expect(places({ daemon, hosts: { b1, b2: machine({ address: "10.0.0.5" }) } })).toEqual([
      "dockertls:hosts.b1.daemon.bip",
    ]);
  });

  test("what contradicts itself for all is said once", () => {
    const daemon = { bridge: "br0", bip: "10.9.0.1/16" };
    const hosts = { b1: machine({ daemon: { debug: true } }), b2: machine({ address: "b2" }) };
    expect(places({ daemon, hosts })).toEqual(["dockertls:daemon.bip"]);
  });
});
