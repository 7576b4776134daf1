// A change that dockerd refuses: the last good state is restored, byte for byte.
import { execFileSync } from "node:child_process";
import { mkdirSync, readlinkSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { restartDropIn } from "../../components/model/systemd/drop-ins.ts";
import { doAt, expectContainersRun, expectConverged, usedMachine } from "../support/killed-runs.ts";
import { prepare } from "../support/prepared-machine.ts";
import type { ScratchMachine } from "../support/scratch-machine.ts";
import { isRoot } from "../support/scratch-machine.ts";

let machine: ScratchMachine;
beforeEach(() => {
  machine = usedMachine();
});
afterEach(() => machine.destroy());

const refused = { keys: { "log-driver": "ftp://x" } };

test.each([
  ["the machine's own state", undefined],
  ["an earlier state of ours", {}],
  ["an earlier state of ours without live-restore", { liveRestore: false }],
])(
  "a refused start goes back to %s, and the next good run works at once",
  async (_what, earlier) => {
    if (earlier) await prepare(machine, earlier);
    const [before, live] = [machine.snapshot(), machine.get("live")];
    const ran = await machine.apply(refused);
    expect(ran).toMatchObject({ code: 30, stdout: "" });
    expect(ran.stderr).toBe(
      'daemon: failed to start daemon: invalid mirror: unsupported scheme "ftp" in "ftp://***@x"; rolled back, the old configuration serves; correct the configuration and run again\n'.replace(
        "***@",
        "",
      ),
    );
    expect(machine.snapshot()).toEqual(before);
    expect(machine.get("live")).toBe(live);
    expect(machine.get("active")).toBe("active");
    expect(machine.get("effective")).toBe(machine.get("effective"));
    expectContainersRun(machine);
    expectConverged(machine, await machine.apply({ keys: { debug: true } }));
  },
);

test("masked words are in no process's arguments", async () => {
  machine.set("refused", "ftp://geheim@x");
  const wrapped = join(machine.home, "bin", "sed");
  const real = readlinkSync(wrapped);
  rmSync(wrapped);
  writeFileSync(
    wrapped,
    `#!/bin/sh\nprintf '%s\\n' "$*" >>"$MODEL/sed-arguments"\nexec ${real} "$@"\n`,
    {
      mode: 0o755,
    },
  );
  const ran = await machine.apply({
    keys: { "log-driver": "ftp://geheim@x" },
    foreignWords: ["sesam", "geheim"],
  });
  expect(ran.code).toBe(30);
  expect(ran.stderr).toContain("***");
  expect(machine.get("sed-arguments")).toContain("mask.sed");
  expect(machine.get("sed-arguments")).not.toMatch(/sesam|geheim/);
  expect(Object.keys(machine.snapshot()).filter((path) => path.endsWith("mask.sed"))).toEqual([]);
});

test("a password in dockerd's message is not passed on", async () => {
  machine.set("refused", "ftp://user:hunter2@x");
  const ran = await machine.apply({ keys: { "log-driver": "ftp://user:hunter2@x" } });
  expect(ran.code).toBe(30);
  expect(ran.stderr).not.toContain("hunter2");
});

test("a taken port, a silent socket and a dead port are failures too", async () => {
  const before = machine.snapshot();
  machine.set("port-taken", "2376");
  expect((await machine.apply()).stderr).toMatch(/address already in use; rolled back/);
  machine.unset("port-taken");
  machine.set("dead-port");
  expect((await machine.apply()).stderr).toMatch(/nothing listens on port 2376; rolled back/);
  expect(machine.snapshot()).toEqual(before);
  expectContainersRun(machine);
});

test("docker was stopped before: it is stopped again", async () => {
  machine.set("active", "inactive");
  const before = machine.snapshot();
  const ran = await machine.apply(refused);
  expect(ran).toMatchObject({
    code: 30,
    stderr: expect.stringMatching(/docker is stopped as it was/),
  });
  expect(machine.get("active")).toBe("inactive");
  expect(machine.snapshot()).toEqual(before);
});

test("a docker.service that can't be enabled", async () => {
  machine.set("enabled", "disabled");
  machine.set("enable-broken");
  const before = machine.snapshot();
  expect(await machine.apply()).toMatchObject({ code: 30 });
  expect(machine.snapshot()).toEqual(before);
});

test("a restart of which the journal says nothing is told by systemd's status", async () => {
  machine.set("restart-broken");
  expect((await machine.apply()).stderr).toMatch(
    /^daemon: dockerd did not start \(systemctl restart: status 1\); /,
  );
});

test("the rollback fails too: 40, everything kept, and the next run completes", async () => {
  const ran = await machine.apply(refused, {
    inserted: doAt("old-restart", `touch_restart_broken`).replace(
      "touch_restart_broken",
      'true >"$MODEL/restart-broken"',
    ),
  });
  expect(ran).toMatchObject({ code: 40, stderr: expect.stringMatching(/the rollback failed too/) });
  expect(machine.exists("/var/lib/dockertls/previous/manifest")).toBe(true);
  expectContainersRun(machine);
  machine.unset("restart-broken");
  expectConverged(machine, await machine.apply());
});

describe("the port is taken while dockerd restarts, so that it starts on nothing", () => {
  const taken = { inserted: doAt("new-restart", 'echo 2376 >"$MODEL/port-taken"') };

  test("systemd goes on trying by our drop-in", async () => {
    await prepare(machine, {});
    const ran = await machine.apply(
      { keys: { debug: true }, certificate: "NEW ONE\n", key: "PRIVATE KEY NEW ONE\n" },
      taken,
    );
    expect(ran).toMatchObject({
      code: 40,
      stderr: expect.stringMatching(
        /the rollback failed too: .*address already in use; systemd starts dockerd again every few seconds, so it comes back once the cause is gone; /,
      ),
    });
    expect(machine.get("keeps-trying")).toBe("start --no-block docker.socket docker.service");
    expect(machine.get("starts")).toBe("0");
    expect(machine.exists("/etc/systemd/system/docker.service.d/zz-dockertls-restart.conf")).toBe(
      true,
    );
    machine.unset("port-taken");
    expectConverged(machine, await machine.apply());
  });

  test("and by a temporary one, where the machine's own files are back", async () => {
    machine.write("/etc/docker/daemon.json", '{"hosts": ["tcp://10.0.0.4:2376"]}\n');
    machine.write("/etc/default/docker", "# nothing\n");
    machine.write(
      "/usr/lib/systemd/system/docker.service",
      "[Service]\nExecStart=/usr/sbin/dockerd\n",
    );
    machine.systemctl("daemon-reload");
    const trying = "/run/systemd/system/docker.service.d/zz-dockertls-restart.conf";
    expect(await machine.apply({}, taken)).toMatchObject({ code: 40 });
    expect(machine.read(trying)).toBe(
      restartDropIn({ configuredBy: "daemon-json" }).replace(/^#.*\n/, ""),
    );
    machine.unset("port-taken");
    expectConverged(machine, await machine.apply());
    expect(machine.exists(trying)).toBe(false);
  });
});

test("the script stops unexpectedly after files were replaced", async () => {
  const before = machine.snapshot();
  const ran = await machine.apply({}, { inserted: doAt("new-assert", "exit 3") });
  expect(ran).toMatchObject({
    code: 30,
    stderr: expect.stringMatching(
      /stopped unexpectedly \(step new-assert, status 3\); rolled back/,
    ),
  });
  expect(machine.snapshot()).toEqual(before);
  expectContainersRun(machine);
});

const canMount = isRoot && process.platform === "linux";
describe("a full disk", () => {
  const mounted: string[] = [];
  const mountFull = (path: string, kilobytes: number): void => {
    mkdirSync(machine.path(path), { recursive: true });
    const options = `size=${kilobytes}k,mode=755`;
    execFileSync("mount", ["-t", "tmpfs", "-o", options, "none", machine.path(path)]);
    mounted.push(machine.path(path));
  };
  const umountAll = (): void => {
    for (const path of mounted.splice(0)) execFileSync("umount", [path]);
  };
  afterEach(umountAll);

  // Sizes are pages: every file takes one, so the disk fills up at each point of the run in turn.
  for (const [path, most] of [
    ["/var/lib", 44],
    ["/opt", 3],
    ["/etc/systemd/system/docker.service.d", 1],
  ] as const) {
    (canMount ? test : test.skip)(
      `${path}: refused, nothing lost, and it works once there is room (needs root)`,
      async () => {
        for (let pages = 1; pages <= most; pages += path === "/var/lib" ? 3 : 1) {
          mountFull(path, pages * 4);
          const before = machine.snapshot();
          const ran = await machine.apply({ key: `${"x".repeat(4000)}\nPRIVATE KEY ONE\n` });
          if (ran.code !== 0) {
            expect(ran.code === 10 || ran.code === 30).toBe(true);
            expect(ran.stderr).toMatch(/^(disk|daemon|live-restore): /);
            expect(machine.snapshot()).toEqual(before);
          } else {
            expect(await machine.remove()).toMatchObject({ code: 0 });
          }
          expectContainersRun(machine);
          umountAll();
        }
      },
      60_000,
    );
  }
});
