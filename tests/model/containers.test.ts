import { keysMovedByUndo } from "../../components/model/containers.ts";
import { formatProblem } from "../../components/model/problem.ts";
import type { DaemonSettings } from "../../components/model/daemon-keys.ts";
import type { DesiredHost } from "../../components/model/desired.ts";
import { groundwork } from "../../components/model/groundwork.ts";
import {
  desiredHost,
  factsOf,
  freshMachine,
  ground,
  infoOf,
  vendorUnit,
  type Values,
} from "../support/machine-answer.ts";

const said = (changes: Record<string, unknown> = {}): Values => ({
  docker_info: infoOf({
    ContainersRunning: 2,
    DockerRootDir: "/var/lib/docker",
    Driver: "overlay2",
    DriverStatus: [["Backing Filesystem", "extfs"]],
    ...changes,
  }),
});
const found = (text: string): Values => ({
  daemon_json_kind: "file\n",
  daemon_json_stat: "644 0 0\n",
  daemon_json: text,
});

function refusalOf(values: Values, desired: DesiredHost): string | undefined {
  const result = groundwork(factsOf(freshMachine(values)), desired);
  return "where" in result ? formatProblem(result) : undefined;
}

function movedBy(values: Values, changes: Partial<DesiredHost>): string | undefined {
  const line = refusalOf(values, desiredHost(changes));
  return line === undefined ? undefined : /sight; (.*) would change, /.exec(line)?.[1];
}

describe("running containers and where dockerd looks for them", () => {
  test.each<[string, DaemonSettings, string]>([
    ["another folder", { "data-root": "/srv/docker" }, "data-root"],
    ["another folder for what runs", { "exec-root": "/run/else" }, "exec-root"],
    ["another driver", { "storage-driver": "btrfs" }, "storage-driver"],
    ["other users", { "userns-remap": "default" }, "userns-remap"],
    ["another containerd", { containerd: "/run/other.sock" }, "containerd"],
    [
      "containerd's images",
      { features: { "containerd-snapshotter": true } },
      "features.containerd-snapshotter",
    ],
    [
      "several at once",
      { "data-root": "/srv/docker", "storage-driver": "btrfs" },
      "data-root, storage-driver",
    ],
  ])("%s would hide them", (_what, daemon, moved) => {
    const values = { ...said(), unit_text: vendorUnit.replace(/ --containerd=\S+/, "") };
    expect(movedBy(values, { daemon })).toBe(moved);
    expect(movedBy(values, { daemon, allowContainerRestart: true })).toBeUndefined();
    expect(movedBy({ ...values, ...said({ ContainersRunning: 0 }) }, { daemon })).toBeUndefined();
  });

  test("the line says what to do", () => {
    expect(refusalOf(said(), desiredHost({ daemon: { "data-root": "/srv/docker" } }))).toBe(
      "containers: 2 running would be out of dockerd's sight; data-root would change, over which dockerd does not carry them; stop them first, leave that as it is, or set `allowContainerRestart: true` for this host",
    );
  });

  test.each<[string, Values, DaemonSettings]>([
    ["what is in effect by itself", said(), { "storage-driver": "overlay2" }],
    ["the default, spelt out", said(), { "data-root": "/var/lib/docker/" }],
    [
      "what daemon.json says already",
      { ...said({ DockerRootDir: "/srv/d" }), ...found('{"data-root": "/srv/d"}') },
      { "data-root": "/srv/d" },
    ],
    [
      "a link to the folder in use",
      { ...said({ DockerRootDir: "/mnt/d" }), data_root: "/mnt/d\n" },
      { "data-root": "/srv/d" },
    ],
    [
      "what the command line says already",
      said(),
      { containerd: "/run/containerd/containerd.sock" },
    ],
    [
      "the folder that user namespaces lie below",
      {
        ...said({ DockerRootDir: "/var/lib/docker/1.1" }),
        ...found('{"userns-remap": "default"}'),
      },
      { "userns-remap": "default" },
    ],
    [
      "an edit taken back that dockerd never took up",
      { ...said(), ...found('{"data-root": "/srv/elsewhere"}') },
      { "data-root": "/var/lib/docker" },
    ],
    [
      "a driver of containerd's",
      said({
        Driver: "overlayfs",
        DriverStatus: [["driver-type", "io.containerd.snapshotter.v1"]],
      }),
      { "storage-driver": "overlay2" },
    ],
  ])("%s hides none", (_what, values, daemon) => {
    expect(movedBy(values, { daemon })).toBeUndefined();
  });

  test("a folder of others is kept, and would be lost by taking their keys out", () => {
    const values = { ...said({ DockerRootDir: "/srv/d" }), ...found('{"data-root": "/srv/d"}') };
    expect(movedBy(values, {})).toBeUndefined();
    expect(movedBy(values, { unmanaged: "remove" })).toBe("data-root");
  });

  test("a dockerd that does not answer is repaired", () => {
    expect(movedBy({ docker_info: "" }, { daemon: { "data-root": "/srv/d" } })).toBeUndefined();
  });
});

test.each<[string, string, Partial<DesiredHost>, string[]]>([
  ["nothing of ours", "", {}, []],
  ["a folder of ours", "", { daemon: { "data-root": "/srv/d" } }, ["data-root"]],
  [
    "the very folder of before",
    '{"data-root": "/srv/d"}',
    { daemon: { "data-root": "/srv/d" } },
    [],
  ],
  [
    "a folder that was taken out",
    '{"data-root": "/srv/d"}',
    { unmanaged: "remove" },
    ["data-root"],
  ],
])("what the way back moves: %s", (_what, base, changes, keys) => {
  expect(keysMovedByUndo(desiredHost(changes), ground(base))).toEqual(keys);
});
