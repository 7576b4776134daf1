// Rules that stand in both languages: in components/model, for what a preview says, and in the script on the
// machine, which has the last word. Each is a table of cases here, and both sides are tested from it: by
// tests/model/shared-rules.test.ts and tests/remote/shared-rules.test.ts.
import type { DaemonSettings } from "../../components/model/daemon-json/keys.ts";

/** Paths, and whether they need no quoting anywhere and lead where they say. */
export const plainPaths: readonly (readonly [path: string, isPlain: boolean])[] = [
  ["/opt/docker-ssl", true],
  ["/srv/a.b/c_d-e", true],
  ["/opt/..hidden/...", true],
  ["relative/tls", false],
  ["/opt/../etc", false],
  ["/opt/./tls", false],
  ["/opt/..", false],
  ["/opt/.", false],
  ["/opt/a b", false],
  ["/opt/tls/", false],
  ["/opt//tls", false],
  ["/opt/$HOME", false],
  ["/opt/ü", false],
];

/** Two daemon.json, and the least that takes a running dockerd from one to the other. */
export const daemonChanges: readonly (readonly [
  what: string,
  before: DaemonSettings,
  after: DaemonSettings,
  effect: "nothing" | "reload" | "restart",
])[] = [
  ["none", { debug: true }, { debug: true }, "nothing"],
  ["a reloadable key is new", {}, { "registry-mirrors": ["https://m"] }, "reload"],
  [
    "a reloadable key is changed",
    { "registry-mirrors": ["https://m"] },
    { "registry-mirrors": ["https://n"] },
    "reload",
  ],
  [
    "one is changed beside one that stays",
    { "registry-mirrors": ["https://m"] },
    { "registry-mirrors": ["https://m"], debug: true },
    "reload",
  ],
  ["one that does not stick is taken out", { "max-concurrent-downloads": 9 }, {}, "reload"],
  ["one that sticks is taken out", { "registry-mirrors": ["https://m"] }, {}, "restart"],
  [
    "one that sticks gets a value that dockerd passes over",
    { "default-runtime": "kata" },
    { "default-runtime": "" },
    "restart",
  ],
  [
    "a key that dockerd reads at its start is new, beside a reloadable one",
    {},
    { debug: true, "log-level": "warn" },
    "restart",
  ],
];

/** Texts of a daemon.json, and whether dockerd leaves containers running by it. */
export const liveRestoreTexts: readonly (readonly [text: string, isOn: boolean])[] = [
  ['{"live-restore": true}', true],
  ['{"live-restore":true}', true],
  ['{\r\n\t"live-restore" :\t true\r\n}', true],
  ['{"live-restore": false}', false],
  ['{"live-restore": "true"}', false],
  ['{"no-live-restore": true}', false],
  ["{}", false],
];

const byContainerd = {
  Driver: "overlayfs",
  DriverStatus: [["driver-type", "io.containerd.snapshotter.v1"]],
};
const snapshotter = (isOn: boolean | null): DaemonSettings => ({
  features: { "containerd-snapshotter": isOn },
});

/** What dockerd says of itself, what stands in daemon.json, what should; and the keys that orphan containers. */
export const storageMoves: readonly (readonly [
  what: string,
  info: Readonly<Record<string, unknown>>,
  found: DaemonSettings,
  wanted: DaemonSettings,
  moved: readonly string[],
])[] = [
  ["another folder", {}, {}, { "data-root": "/srv/docker" }, ["data-root"]],
  ["another driver", {}, {}, { "storage-driver": "btrfs" }, ["storage-driver"]],
  [
    "the folder in use is named no more",
    { DockerRootDir: "/srv/d" },
    { "data-root": "/srv/d" },
    { "data-root": null },
    ["data-root"],
  ],
  [
    "one that was never taken up is named no more",
    {},
    { "data-root": "/srv/d", "storage-driver": "btrfs" },
    { "data-root": null, "storage-driver": null },
    [],
  ],
  [
    "the driver in use is named no more",
    { Driver: "vfs" },
    { "storage-driver": "vfs" },
    { "storage-driver": null },
    ["storage-driver"],
  ],
  ["other users", {}, {}, { "userns-remap": "default" }, ["userns-remap"]],
  [
    "two at once",
    {},
    {},
    { "data-root": "/srv/docker", "storage-driver": "btrfs" },
    ["data-root", "storage-driver"],
  ],
  ["containerd's images", {}, {}, snapshotter(true), ["features.containerd-snapshotter"]],
  [
    "containerd's images no more",
    byContainerd,
    snapshotter(true),
    snapshotter(false),
    ["features.containerd-snapshotter"],
  ],
  [
    "containerd's images no more, since nobody says so",
    byContainerd,
    snapshotter(true),
    snapshotter(null),
    ["features.containerd-snapshotter"],
  ],
  ["containerd's images, in effect", byContainerd, {}, snapshotter(true), []],
  [
    "containerd's images, to a dockerd that has none",
    { ServerVersion: "23.0.1" },
    {},
    snapshotter(true),
    [],
  ],
  ["the driver in effect", {}, {}, { "storage-driver": "overlay2" }, []],
  ["the folder in use, with a slash", {}, {}, { "data-root": "/var/lib/docker/" }, []],
  [
    "a folder, where dockerd does not say which it uses",
    { DockerRootDir: undefined },
    {},
    { "data-root": "/srv/d" },
    [],
  ],
  [
    "the folder above the one for user namespaces",
    { DockerRootDir: "/srv/d/1.1", SecurityOptions: ["name=userns"] },
    { "userns-remap": "default" },
    { "userns-remap": "default", "data-root": "/srv/d" },
    [],
  ],
  [
    "an edit that dockerd never took up, taken back",
    {},
    { "storage-driver": "btrfs" },
    { "storage-driver": "overlay2" },
    [],
  ],
  [
    "a key in effect that somebody took out of the file",
    { SecurityOptions: ["name=userns"] },
    {},
    { "userns-remap": "default" },
    [],
  ],
];

/** What dockerd says besides. */
export const infoBeforeMoves = {
  ContainersRunning: 2,
  ServerVersion: "26.1.5",
  DockerRootDir: "/var/lib/docker",
  Driver: "overlay2",
  DriverStatus: [["Backing Filesystem", "extfs"]],
};

/** Mode and group of daemon.json, before the first touch and now; and whether that is too open. */
export const daemonJsonModes: readonly (readonly [
  isSecret: boolean,
  original: string,
  present: string,
  isOpen: boolean,
])[] = [
  [false, "644 0", "644 0", false],
  [false, "644 0", "600 0", false],
  [false, "644 0", "666 0", true],
  [false, "600 0", "644 0", true],
  [false, "755 0", "755 0", true],
  [false, "644 0", "644 7", false],
  [false, "640 4", "640 4", false],
  [false, "640 4", "640 7", true],
  [false, "640 4", "640 0", false],
  [false, "644 0", "640 7", false],
  [true, "644 0", "600 0", false],
  [true, "644 0", "644 0", true],
];
