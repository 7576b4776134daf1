// Settings that are configured, beside those that dockerd says are in effect.
import type { DaemonSettings } from "../../../components/model/daemon-json/keys.ts";
import { notInEffect } from "../../../components/model/drift/in-effect.ts";
import {
  convergedMachine,
  desiredHost,
  factsOf,
  infoOf,
  type Values,
} from "../../support/machine-answer.ts";

/** The parts of the answer of a dockerd 26.1 that is configured with nothing. */
const untold = {
  Debug: false,
  ExperimentalBuild: false,
  Labels: [],
  DefaultRuntime: "runc",
  LoggingDriver: "json-file",
  Driver: "overlay2",
  CgroupDriver: "systemd",
  DockerRootDir: "/var/lib/docker",
  LiveRestoreEnabled: true,
};

const registries = (ranges: string[], insecure: string[] = []): object => ({
  Mirrors: null,
  InsecureRegistryCIDRs: ["::1/128", "127.0.0.0/8", ...ranges],
  IndexConfigs: Object.fromEntries([
    ["docker.io", { Name: "docker.io", Secure: true }],
    ...insecure.map((name) => [name, { Name: name, Secure: false }]),
  ]),
});

/** A row of a table, the machine's other values with it. */
type Row = [daemon: DaemonSettings, info: object, values?: Values];

/** jest hands a callback over where a row has no last cell. */
const inRow = ([daemon, info, values]: Row): Row =>
  typeof values === "object" ? [daemon, info, values] : [daemon, info];

const linesOf = (...seen: Parameters<typeof notInEffect>): string[] =>
  notInEffect(...seen).map(({ line }) => line);

function driftOf(daemon: DaemonSettings, info: object, values: Values = {}): string[] {
  const wanted = desiredHost({ daemon });
  const docker_info = infoOf({ ...untold, ...info });
  return linesOf(factsOf(convergedMachine(wanted, "", { docker_info, ...values })), wanted);
}

describe("in effect", () => {
  test.each<[string, ...Row]>([
    ["nothing asked for, whatever is", {}, { Debug: true, Labels: ["x=1"], Driver: "btrfs" }],
    ["debug", { debug: true }, { Debug: true }],
    ["labels in another order", { labels: ["b=1", "a=2"] }, { Labels: ["a=2", "b=1"] }],
    ["no labels, which dockerd calls null", { labels: [] }, { Labels: null }],
    [
      "registries by name, by range, with a scheme, in capitals",
      {
        "insecure-registries": [
          "http://Reg.example:5000",
          "10.1.2.3/8",
          "127.0.0.0/8",
          "2001:DB8::1/32",
        ],
      },
      { RegistryConfig: registries(["10.0.0.0/8", "2001:db8::/32"], ["reg.example:5000"]) },
    ],
    ["no registries", { "insecure-registries": [] }, { RegistryConfig: registries([]) }],
    [
      "the cgroup driver, among other options",
      { "exec-opts": ["x=y", "native.cgroupdriver=systemd"] },
      {},
    ],
    ["options that say nothing of it", { "exec-opts": ["x=y"] }, { CgroupDriver: "cgroupfs" }],
    [
      "the real path of data-root",
      { "data-root": "/data/" },
      { DockerRootDir: "/mnt/d" },
      { data_root: "/mnt/d\n" },
    ],
    [
      "data-root as it is configured, by a dockerd that has just made it",
      { "data-root": "/data/" },
      { DockerRootDir: "/data" },
      { data_root: "/mnt/d" },
    ],
    [
      "data-root with user namespaces",
      { "data-root": "/d", "userns-remap": "default" },
      { DockerRootDir: "/d/1.1" },
      { data_root: "/d" },
    ],
    [
      "a storage driver that containerd's image store calls by its own name",
      { "storage-driver": "overlay2", features: { "containerd-snapshotter": true } },
      { Driver: "overlayfs" },
    ],
    [
      "what this dockerd does not tell",
      { "default-runtime": "crun" },
      { DefaultRuntime: undefined },
    ],
  ])("%s", (_case, ...row) => {
    expect(driftOf(...inRow(row))).toEqual([]);
  });
});

describe("not in effect", () => {
  test.each<[string, ...Row]>([
    ["debug in effect: expected true, found false", { debug: true }, {}],
    ["experimental in effect: expected true, found false", { experimental: true }, {}],
    ['labels in effect: expected ["a=1"], found ["a=2"]', { labels: ["a=1"] }, { Labels: ["a=2"] }],
    [
      'insecure-registries in effect: expected ["reg.example"], found ["10.0.0.0/8","old.example"]',
      { "insecure-registries": ["reg.example"] },
      { RegistryConfig: registries(["10.0.0.0/8"], ["old.example"]) },
    ],
    ['default-runtime in effect: expected "crun", found "runc"', { "default-runtime": "crun" }, {}],
    [
      'log-driver in effect: expected "journald", found "json-file"',
      { "log-driver": "journald" },
      {},
    ],
    ['storage-driver in effect: expected "vfs", found "overlay2"', { "storage-driver": "vfs" }, {}],
    [
      'exec-opts in effect: expected "cgroupfs", found "systemd"',
      { "exec-opts": ["native.cgroupdriver=cgroupfs"] },
      {},
    ],
    [
      'data-root in effect: expected "/data", found "/var/lib/docker"',
      { "data-root": "/data" },
      {},
      { data_root: "/data" },
    ],
    ["live-restore: expected true in effect, found false", {}, { LiveRestoreEnabled: false }],
  ])("%s", (line, ...row) => {
    expect(driftOf(...inRow(row))).toEqual([line]);
  });

  test("of a stack's secret neither value is shown", () => {
    const wanted = desiredHost({ daemon: { labels: ["geheim=1"] }, daemonIsSecret: true });
    const docker_info = infoOf({ ...untold, Labels: ["anderes=2"] });
    expect(linesOf(factsOf(convergedMachine(wanted, "", { docker_info })), wanted)).toEqual([
      "labels in effect: expected other than found (the value is a secret)",
    ]);
  });
});
