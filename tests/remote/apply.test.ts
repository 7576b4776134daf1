// apply.sh: what it does to a machine, and what it refuses before it touches anything.
import { chmodSync, chownSync, mkdirSync, rmSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { prepare } from "../support/prepared-machine.ts";
import { ScratchMachine, isRoot } from "../support/scratch-machine.ts";
import { sha256, type Wanted } from "../support/remote-script.ts";
import { expectContainersRun, expectConverged, usedMachine } from "../support/killed-runs.ts";

let machine: ScratchMachine;
beforeEach(() => {
  machine = usedMachine();
});
afterEach(() => machine.destroy());

const restarts = (): number =>
  machine.calls().filter((call) => /systemctl restart/.test(call)).length;

const digestOfDaemonJson = (): string => sha256(machine.read("/etc/docker/daemon.json"));

// proves: containers.live-restore-first
test("a fresh machine: files, modes, one restart, live-restore first, containers running", async () => {
  const ran = await machine.apply({ keys: { "registry-mirrors": ["https://mirror.gcr.io"] } });
  expectConverged(machine, ran);
  expect(ran.stdout).toBe("changed: restarted docker\n");
  const snapshot = machine.snapshot();
  expect(snapshot["/opt/docker-ssl"]).toMatch(/^directory 755/);
  expect(snapshot["/opt/docker-ssl/ca.pem"]).toMatch(/^444 \S+ CA ONE/);
  expect(snapshot["/opt/docker-ssl/cert.pem"]).toMatch(/^444 \S+ CERTIFICATE ONE/);
  expect(snapshot["/opt/docker-ssl/key.pem"]).toMatch(/^400 \S+ PRIVATE KEY ONE/);
  expect(snapshot["/etc/docker/daemon.json"]).toMatch(/^600 /);
  expect(snapshot["/etc/systemd/system/docker.service.d"]).toMatch(/^directory 755/);
  expect(snapshot["/etc/systemd/system/docker.service.d/zz-dockertls.conf"]).toMatch(/^644 /);
  expect(snapshot["/var/lib/dockertls"]).toMatch(/^directory 700/);
  expect(restarts()).toBe(1);
  const calls = machine.calls();
  expect(calls.indexOf("systemctl reload docker.service")).toBeLessThan(
    calls.indexOf("systemctl restart docker.service"),
  );
  expect(calls).toContain("systemctl reset-failed docker.service docker.socket");
  expect(machine.get("syslog")).toContain("configured for dockertls/dev/b1");
});

(isRoot ? test : test.skip)("files belong to root (needs root)", async () => {
  await prepare(machine);
  for (const name of ["ca.pem", "cert.pem", "key.pem"]) {
    expect(machine.snapshot()[`/opt/docker-ssl/${name}`]).toMatch(/^\d+ 0:0 /);
  }
});

test("a second run with the same envelope has nothing to do and touches nothing", async () => {
  await prepare(machine);
  const before = machine.snapshot();
  const ran = await machine.apply();
  expect(ran).toMatchObject({ code: 0, stdout: "nothing to do\n", stderr: "" });
  expect(machine.snapshot()).toEqual(before);
  expect(restarts()).toBe(1);
});

// proves: impact.restart
test.each([
  ["a changed daemon key", (): Wanted => ({ keys: { "log-level": "warn" } })],
  [
    "a new certificate",
    (): Wanted => ({ certificate: "CERTIFICATE TWO\n", key: "PRIVATE KEY TWO\n" }),
  ],
  ["another port", (): Wanted => ({ port: 2377 })],
  ["another directory", (): Wanted => ({ directory: "/etc/docker/tls/deep" })],
  [
    "drift that only a restart repairs",
    (): Wanted => ({ repair: { id: "1", effect: "restart", from: digestOfDaemonJson() } }),
  ],
  [
    "drift of which nothing is known but that it is there",
    (): Wanted => ({ repair: { id: "1", effect: "nothing", from: "" } }),
  ],
])("%s is put in effect by one restart", async (_what, wanted) => {
  await prepare(machine);
  expectConverged(machine, await machine.apply(wanted()));
  expect(restarts()).toBe(2);
  expect(await machine.apply(wanted())).toMatchObject({ stdout: "nothing to do\n" });
});

test("a removed daemon.json comes back with what others had set in it", async () => {
  const base = '{ "mtu": 1400 }\n';
  machine.write("/etc/docker/daemon.json", base, 0o644);
  const wanted = { base };
  await prepare(machine, wanted);
  const written = machine.read("/etc/docker/daemon.json");
  rmSync(join(machine.root, "etc/docker/daemon.json"));
  expectConverged(machine, await machine.apply(wanted));
  expect(machine.read("/etc/docker/daemon.json")).toBe(written);
  expect(await machine.remove()).toMatchObject({ code: 0 });
  expect(machine.read("/etc/docker/daemon.json")).toBe(base);
});

test("what dockerd says of secret keys is not repeated", async () => {
  const keys = { "registry-mirrors": ["ftp://x"] };
  expect(await machine.apply({ keys, hidden: true })).toMatchObject({
    code: 30,
    stderr: expect.not.stringContaining("ftp://"),
  });
});

test("the files of an earlier TLS directory are restored, and the next run does not miss it", async () => {
  machine.write("/srv/own/ca.pem", "-----BEGIN CERTIFICATE-----\nTHEIR OWN\n", 0o640);
  const before = machine.snapshot()["/srv/own/ca.pem"];
  await prepare(machine, { directory: "/srv/own" });
  expect(machine.read("/srv/own/ca.pem")).toBe("CA ONE\n");
  expectConverged(machine, await machine.apply({ directory: "/opt/docker-ssl" }));
  expect(machine.snapshot()["/srv/own/ca.pem"]).toBe(before);
  expect(machine.exists("/srv/own/key.pem")).toBe(false);
});

test("live-restore false: containers survive the change, and the file says so", async () => {
  expectConverged(machine, await machine.apply({ liveRestore: false }));
  expect(machine.get("live")).toBe("false");
  expect(machine.read("/etc/docker/daemon.json")).toContain('"live-restore": false');
  expectConverged(machine, await machine.apply({ liveRestore: false, keys: { debug: true } }));
});

describe("drift is repaired", () => {
  test.each([
    [
      "a hand-edited daemon.json",
      (b: ScratchMachine) => b.write("/etc/docker/daemon.json", "{}\n"),
    ],
    ["a removed certificate", (b: ScratchMachine) => rmSync(b.path("/opt/docker-ssl/cert.pem"))],
    [
      "a key that others can read",
      (b: ScratchMachine) => chmodSync(b.path("/opt/docker-ssl/key.pem"), 0o644),
    ],
    [
      "a removed drop-in",
      (b: ScratchMachine) =>
        rmSync(b.path("/etc/systemd/system/docker.service.d/zz-dockertls.conf")),
    ],
    ["a stopped daemon", (b: ScratchMachine) => b.set("active", "inactive")],
    [
      "a daemon in its restart loop",
      (b: ScratchMachine) => {
        b.set("active", "activating");
        b.set("starts", "3");
      },
    ],
    // proves: files.enabled-at-boot
    [
      "a docker.service that does not start at boot",
      (b: ScratchMachine) => b.set("enabled", "disabled"),
    ],
    [
      "a port on which nothing listens",
      (b: ScratchMachine) => b.set("effective", '{"hosts": ["unix:///var/run/docker.sock"]}'),
    ],
  ])("%s", async (_what, spoil) => {
    await prepare(machine);
    spoil(machine);
    const edited = machine.exists("/etc/docker/daemon.json")
      ? machine.read("/etc/docker/daemon.json")
      : undefined;
    const wanted = edited === "{}\n" ? { base: edited } : {};
    expectConverged(machine, await machine.apply(wanted));
    expect(machine.get("enabled")).toBe("enabled");
    expect(await machine.apply(wanted)).toMatchObject({ stdout: "nothing to do\n" });
  });
});

describe("refused, and nothing touched", () => {
  const expectRefused = async (pattern: RegExp, wanted: Wanted = {}, code = 10): Promise<void> => {
    const before = machine.snapshot();
    const ran = await machine.apply(wanted);
    expect(ran).toMatchObject({ code, stdout: "", stderr: expect.stringMatching(pattern) });
    // where: what; why; do this
    expect(ran.stderr).toMatch(/^[^:\n]+: [^\n]+; [^\n]+\n$/);
    expect(machine.snapshot()).toEqual(before);
    expect(restarts()).toBe(0);
    expectContainersRun(machine);
  };

  test.each([
    ["not-found", /^docker: not installed; .*install docker\.io or docker-ce/],
    ["masked", /^docker\.service: masked; .*systemctl unmask/],
    ["bad-setting", /LoadState=bad-setting/],
  ])("docker.service is %s", async (loadState, pattern) => {
    machine.set("load-state", loadState);
    await expectRefused(pattern);
  });
  // proves: adopt.masked-socket
  test("docker.socket is masked: dockerd would not start again", async () => {
    machine.set("socket-load-state", "masked");
    await expectRefused(/^docker\.socket: masked; .*systemctl unmask docker\.socket/);
  });
  test("systemd is not running", async () => {
    rmSync(machine.path("/run/systemd"), { recursive: true });
    await expectRefused(/^machine: systemd is not running/);
  });
  test("daemon.json changed since it was read", async () => {
    await expectRefused(/^daemon\.json: changed on the machine/, { base: '{"debug": true}\n' });
  });
  test("daemon.json is a symbolic link", async () => {
    rmSync(machine.path("/etc/docker/daemon.json"));
    machine.write("/etc/elsewhere.json", "{}\n");
    symlinkSync("../elsewhere.json", machine.path("/etc/docker/daemon.json"));
    await expectRefused(/^daemon\.json: not a regular file/, { base: "{}\n" });
  });
  test("a directory where a file belongs", async () => {
    mkdirSync(machine.path("/opt/docker-ssl/key.pem"), { recursive: true });
    await expectRefused(/key\.pem: is a directory/);
  });
  test("a TLS directory in which others can write", async () => {
    mkdirSync(machine.path("/opt/open"));
    chmodSync(machine.path("/opt/open"), 0o777);
    await expectRefused(/^\/opt\/open: somebody besides root/, { directory: "/opt/open/tls" });
  });
  describe("a path on which others can swap a part", () => {
    const open = (path: string): void => {
      mkdirSync(machine.path(path), { recursive: true });
      chmodSync(machine.path(path), 0o777);
    };
    const link = (path: string, target: string): void => {
      mkdirSync(dirname(machine.path(path)), { recursive: true });
      symlinkSync(target, machine.path(path));
    };

    test("further up, though everything below belongs to root", async () => {
      open("/srv/alice");
      mkdirSync(machine.path("/srv/alice/ssl"));
      await expectRefused(
        /^\/srv\/alice: somebody besides root can write in it, and it leads to \/srv\/alice\/ssl\/ca\.pem; /,
        { directory: "/srv/alice/ssl" },
      );
    });
    test("behind a link", async () => {
      open("/srv/alice");
      mkdirSync(machine.path("/srv/alice/ssl"));
      link("/opt/ssl", "/srv/alice/ssl");
      await expectRefused(/^\/srv\/alice: somebody besides root/, { directory: "/opt/ssl" });
    });
    test("where a link lies that leads on to a directory of root's", async () => {
      open("/srv/alice");
      mkdirSync(machine.path("/opt/safe"));
      link("/srv/alice/way", "../../opt/safe");
      link("/opt/ssl", "/srv/alice/way");
      await expectRefused(/^\/srv\/alice: somebody besides root/, { directory: "/opt/ssl/tls" });
    });
    test("to daemon.json itself", async () => {
      chmodSync(machine.path("/etc/docker"), 0o777);
      await expectRefused(/^\/etc\/docker: .* leads to \/etc\/docker\/daemon\.json; /);
    });
    test("to a drop-in", async () => {
      chmodSync(machine.path("/etc/systemd/system"), 0o777);
      await expectRefused(/^\/etc\/systemd\/system: .* leads to .*zz-dockertls\.conf; /);
    });
    test("to the local socket", async () => {
      open("/srv/alice");
      await expectRefused(/^\/srv\/alice: .* leads to \/srv\/alice\/run\/d\.sock; /, {
        socket: "/srv/alice/run/d.sock",
      });
    });
    (isRoot ? test : test.skip)("that belongs to another user (needs root)", async () => {
      mkdirSync(machine.path("/opt/bob"));
      chownSync(machine.path("/opt/bob"), 1234, 0);
      await expectRefused(/^\/opt\/bob: somebody besides root/, { directory: "/opt/bob/tls" });
    });
    test("links that only root can change are fine", async () => {
      mkdirSync(machine.path("/opt/safe"));
      link("/opt/one", "safe");
      link("/opt/two", "one/../one");
      expectConverged(machine, await machine.apply({ directory: "/opt/two/tls" }));
      expect(machine.exists("/opt/safe/tls/key.pem")).toBe(true);
    });
  });
  test("a file that is not a certificate where one belongs", async () => {
    machine.write("/etc/passwd", "root:x:0:0:root:/root:/bin/sh\n");
    mkdirSync(machine.path("/opt/docker-ssl"));
    machine.write("/opt/docker-ssl/cert.pem", "root:x:0:0\n");
    await expectRefused(
      /^\/opt\/docker-ssl\/cert\.pem: exists and is neither a certificate nor a key; /,
    );
  });
  test("a file where the local socket belongs", async () => {
    machine.write("/opt/notes", "mine\n");
    await expectRefused(/^\/opt\/notes: exists and is not a socket; /, { socket: "/opt/notes" });
  });
  test("a daemon.json that the running dockerd refuses is found before a restart", async () => {
    const base = '{"debug": false, "insecure-registries": ["http://u:p@r:5000"]}\n';
    machine.write("/etc/docker/daemon.json", base, 0o600);
    machine.set("started", "Tue 2026-11-24 17:00:00 UTC");
    machine.set("reload-refused", "http://u:p@r:5000");
    await expectRefused(
      /^daemon\.json: dockerd does not take the one that is there \(Error reconfiguring the daemon: invalid mirror: "\*\*\*@\*\*\*:\*\*\*"\), and is unlikely to start on it again; nothing was written; /,
      { base, foreignWords: ["u", "p", "r", "5000"] },
    );
    expect(machine.get("active")).toBe("active");
  });
  test.each(["relative/tls", "/opt/../etc", "/opt/a b", "/opt/tls/", "/opt//tls"])(
    "a TLS directory %s",
    async (directory) => expectRefused(/^tls\.directory: /, { directory }),
  );
  test("somebody else listens on the port", async () => {
    machine.set("foreign-port", "2376");
    await expectRefused(/^port 2376: nginx \(pid 77\) listens there/);
  });
  test("dockerd --validate refuses the file", async () => {
    await expectRefused(
      /^daemon\.json: dockerd refuses it: .*\/etc\/docker\/daemon\.json: .*registry-mirrorz; nothing was touched/,
      { keys: { "registry-mirrorz": [] } },
      20,
    );
  });
  test("a flag of the unit's environment names a key of the file", async () => {
    machine.write("/etc/default/docker", 'DOCKER_OPTS="-H tcp://127.0.0.1:1"\n');
    await expectRefused(/specified both as a flag and in the configuration file: hosts/, {}, 20);
  });
  // proves: containers.swarm-excludes
  test("Swarm excludes live-restore", async () => {
    machine.set("swarm", "active");
    await expectRefused(/^live-restore: Docker Swarm is active .* allowContainerRestart: true/);
  });
  test("live-restore can't be proven while containers run", async () => {
    machine.set("reload-broken");
    await expectRefused(/^live-restore: .*nothing was restarted/);
    expect(machine.get("live")).toBe("false");
  });
  test("dockerd does not answer while containers run", async () => {
    machine.set("silent");
    machine.write("/proc/4711/comm", "containerd-shim\n");
    await expectRefused(/^live-restore: .*nothing was restarted/);
  });
});

test("live-restore that can't be proven does not matter where no container runs", async () => {
  machine.set("reload-broken");
  machine.set("containers");
  expect(await machine.apply()).toMatchObject({ code: 0 });
});

test("dockerd 20.10, which can't validate, is configured all the same", async () => {
  machine.set("no-validate");
  expectConverged(machine, await machine.apply());
});

test("what dockerd 20.10 finds only when it starts is rolled back, with its reason", async () => {
  machine.set("no-validate");
  expectConverged(machine, await machine.apply());
  expect(await machine.apply({ keys: { "log-level": "loud" } })).toMatchObject({
    code: 30,
    stderr: expect.stringMatching(
      /^daemon: unable to parse logging level: loud; rolled back, the old configuration serves/,
    ),
  });
});

test.each(["curl", "perl", "docker"] as const)(
  "dockerd is asked through %s",
  async (infoThrough) => {
    const other = new ScratchMachine({ infoThrough });
    expectConverged(other, await other.apply());
    expect(other.calls().some((call) => call.startsWith(`${infoThrough} `))).toBe(true);
    other.destroy();
  },
);

test("without ss, the kernel's own table shows whether the port listens", async () => {
  const other = new ScratchMachine({ without: ["ss"] });
  other.write("/proc/net/tcp", "  sl  local_address rem_address   st\n");
  other.write("/proc/net/tcp6", `   0: ${"0".repeat(32)}:0948 ${"0".repeat(32)}:0000 0A 0\n`);
  expectConverged(other, await other.apply());
  expect(await other.apply({ port: 2377 })).toMatchObject({
    code: 30,
    stderr: expect.stringMatching(/nothing listens on port 2377; rolled back/),
  });
  other.destroy();
});

describe("owner", () => {
  // proves: owner.take-over
  test("another stack's machine is refused, and taken over on demand, its origin kept", async () => {
    const before = machine.snapshot();
    await prepare(machine, { owner: "dockertls/prod/b1" });
    const refused = await machine.apply();
    expect(refused).toMatchObject({
      code: 10,
      stderr: expect.stringMatching(
        /^owner: this machine belongs to dockertls\/prod\/b1; .*destroy it there first, or set takeOver: true\n$/,
      ),
    });
    const previousOwner = "dockertls/prod/b1 at 10.0.0.4:22";
    expectConverged(machine, await machine.apply({ previousOwner }));
    expect(await machine.remove("dockertls/prod/b1")).toMatchObject({
      code: 0,
      stdout: "left alone: this machine belongs to dockertls/dev/b1\n",
    });
    expect(await machine.remove()).toMatchObject({ code: 0 });
    expect(machine.snapshot()).toEqual(before);
  });

  test("a take-over that fails leaves the machine to its owner", async () => {
    await prepare(machine, { owner: "dockertls/prod/b1" });
    const before = machine.snapshot();
    const keys = { "registry-mirrors": ["ftp://x"] };
    const previousOwner = "dockertls/prod/b1 at 10.0.0.4:22";
    expect(await machine.apply({ previousOwner, keys })).toMatchObject({ code: 30 });
    expect(machine.snapshot()).toEqual(before);
  });
});
