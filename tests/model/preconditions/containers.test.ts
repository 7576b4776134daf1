import { formatProblem } from "../../../components/model/problem.ts";
import type { DaemonSettings } from "../../../components/model/daemon-json/keys.ts";
import type { DesiredHost } from "../../../components/model/desired/desired-host.ts";
import { checkPreconditions } from "../../../components/model/preconditions/preconditions.ts";
import {
  desiredHost,
  factsOf,
  freshMachine,
  infoOf,
  type Values,
} from "../../support/machine-answer.ts";

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
  const result = checkPreconditions(factsOf(freshMachine(values)), desired);
  return "where" in result ? formatProblem(result) : undefined;
}

function movedBy(values: Values, changes: Partial<DesiredHost>): string | undefined {
  const line = refusalOf(values, desiredHost(changes));
  return line === undefined
    ? undefined
    : /sight; (.*) moves? its storage, and they come /.exec(line)?.[1];
}

describe("running containers, and where dockerd would look for them after its restart", () => {
  test.each<[string, Values, DaemonSettings, string]>([
    [
      "another folder",
      { ...said(), data_root: "/srv/docker\n" },
      { "data-root": "/srv/docker" },
      "data-root",
    ],
    ["another driver", said(), { "storage-driver": "btrfs" }, "storage-driver"],
    ["other users", said(), { "userns-remap": "default" }, "userns-remap"],
    [
      "containerd's images",
      said(),
      { features: { "containerd-snapshotter": true } },
      "features.containerd-snapshotter",
    ],
    [
      "several at once",
      { ...said(), data_root: "/srv/docker\n" },
      { "data-root": "/srv/docker", "storage-driver": "btrfs" },
      "data-root, storage-driver",
    ],
    [
      "a folder that a colleague has named, and no restart since",
      { ...said(), ...found('{"data-root": "/srv/d"}'), data_root_by_file: "/srv/d\n" },
      {},
      "data-root",
    ],
  ])("%s would hide them", (_what, values, daemon, moved) => {
    expect(movedBy(values, { daemon })).toBe(moved);
    expect(movedBy(values, { daemon, allowContainerRestart: true })).toBeUndefined();
    const none = said({ ContainersRunning: 0 });
    expect(movedBy({ ...values, ...none }, { daemon })).toBeUndefined();
    const paused = said({ ContainersRunning: 0, ContainersPaused: 1 });
    expect(movedBy({ ...values, ...paused }, { daemon })).toBe(moved);
  });

  test("the line says what to do", () => {
    expect(refusalOf(said(), desiredHost({ daemon: { "storage-driver": "btrfs" } }))).toBe(
      "containers: 2 containers (2 running) would be out of dockerd's sight; storage-driver moves its storage, and they come back when that is taken back; leave it as it is, or set `allowContainerRestart: true` for this host",
    );
  });

  test.each<[string, Record<string, number>, string | undefined]>([
    ["images", { Images: 3 }, "3 images"],
    [
      "one image and containers that are stopped",
      { Images: 1, Containers: 2 },
      "1 image and 2 containers",
    ],
    ["nothing at all", {}, undefined],
  ])("%s that are there count as well", (_what, counts, told) => {
    const there = said({ ContainersRunning: 0, ...counts });
    const desired = { daemon: { "storage-driver": "btrfs" } };
    const line = refusalOf(there, desiredHost(desired));
    expect(/^containers: (.*) would be out of dockerd's sight; /.exec(line ?? "")?.[1]).toBe(told);
    expect(
      refusalOf(there, desiredHost({ ...desired, allowContainerRestart: true })),
    ).toBeUndefined();
  });

  const userns = { SecurityOptions: ["name=seccomp", "name=userns"] };
  test.each<[string, Values, DaemonSettings]>([
    ["what is in effect by itself", said(), { "storage-driver": "overlay2" }],
    [
      "the folder in use, spelt otherwise",
      { ...said(), data_root: "/var/lib/docker\n" },
      { "data-root": "/var/lib/../lib/docker/" },
    ],
    [
      "a link to the folder in use",
      { ...said({ DockerRootDir: "/mnt/d" }), data_root: "/mnt/d\n" },
      { "data-root": "/srv/d" },
    ],
    [
      "a folder behind a link that dockerd has just made",
      { ...said({ DockerRootDir: "/link/d" }), data_root: "/mnt/d\n" },
      { "data-root": "/link/d/" },
    ],
    [
      "a link that others have named",
      {
        ...said({ DockerRootDir: "/mnt/d" }),
        ...found('{"data-root": "/srv/d"}'),
        data_root_by_file: "/mnt/d\n",
      },
      {},
    ],
    [
      "a link in the place of dockerd's own folder",
      {
        ...said({ DockerRootDir: "/mnt/d" }),
        ...found('{"data-root": "/mnt/d"}'),
        data_root_by_default: "/mnt/d\n",
      },
      { "data-root": null },
    ],
    ["a folder that only the command line or a link names", said({ DockerRootDir: "/mnt/d" }), {}],
    [
      "the folder that user namespaces lie below",
      {
        ...said({ DockerRootDir: "/srv/d/1.1", ...userns }),
        ...found('{"userns-remap": "default"}'),
        data_root: "/srv/d\n",
      },
      { "userns-remap": "default", "data-root": "/srv/d" },
    ],
    [
      "a folder that is called like one",
      { ...said({ DockerRootDir: "/srv/docker/20.10" }), data_root: "/srv/docker/20.10\n" },
      { "data-root": "/srv/docker/20.10" },
    ],
    [
      "an edit that dockerd never took up, taken back",
      { ...said(), ...found('{"storage-driver": "btrfs"}') },
      { "storage-driver": "overlay2" },
    ],
    [
      "a key in effect that somebody took out of the file",
      said(userns),
      { "userns-remap": "default" },
    ],
    [
      "a snapshotter by its own name",
      said({ Driver: "stargz", DriverStatus: [["driver-type", "io.containerd.snapshotter.v1"]] }),
      { "storage-driver": "stargz", features: { "containerd-snapshotter": true } },
    ],
    ["a folder of which dockerd has not told", said({ DockerRootDir: undefined }), {}],
  ])("%s hides none", (_what, values, daemon) => {
    expect(movedBy(values, { daemon })).toBeUndefined();
  });

  test("a dockerd that does not answer is repaired", () => {
    expect(movedBy({ docker_info: "" }, { daemon: { "storage-driver": "btrfs" } })).toBeUndefined();
  });
});
