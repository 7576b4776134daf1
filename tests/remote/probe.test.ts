// probe.sh: looks at the machine in any condition, and changes nothing.
import { chmodSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { sha256 } from "../support/remote-script.ts";
import type { ScratchMachine } from "../support/scratch-machine.ts";
import { doAt, usedMachine } from "../support/killed-runs.ts";

let machine: ScratchMachine;
beforeEach(() => {
  machine = usedMachine();
});
afterEach(() => machine.destroy());

test("a machine that was never touched", async () => {
  const before = machine.snapshot();
  const probe = await machine.probe();
  expect(probe).toMatchObject({
    root: "yes",
    systemd: "yes",
    os_release: 'PRETTY_NAME="Debian GNU/Linux 13 (trixie)"\n',
    dockerd_version: "Docker version 26.1.5+dfsg1, build 411e817\n",
    daemon_json_kind: "file",
    daemon_json: '{"debug": false}\n',
    record: "",
    tls_key: "",
    dropin: "",
  });
  expect(probe["daemon_json_stat"]).toMatch(/^600 /);
  expect(probe["docker_info"]).toContain('"LiveRestoreEnabled":false');
  expect(probe["unit_text"]).toContain("ExecStart=");
  expect(probe["unit_show"]).toContain("LoadState=loaded");
  expect(probe).not.toHaveProperty("pending");
  expect(machine.snapshot()).toEqual(before);
});

test("both units' files, where a drop-in of the one is gone as well", async () => {
  const said = (await machine.probe())["unit_text"];
  expect(said).toMatch(
    /ExecStart=.*\n# \/usr\/lib\/systemd\/system\/docker\.socket\n.*ListenStream=/s,
  );
  machine.set("drop-in-gone");
  expect((await machine.probe())["unit_text"]).toMatch(
    /ExecStart=.*docker\.socket\n.*ListenStream=/s,
  );
});

test("nobody is asked where systemd listens for nobody", async () => {
  await machine.apply({ socket: "/var/run/docker.sock" });
  const before = machine.calls().length;
  expect((await machine.probe())["docker_info"]).toContain("LiveRestoreEnabled");
  expect(machine.calls().slice(before).join("\n")).not.toContain("dockertls-unused");
});

test("what would be in the way of a change", async () => {
  expect(await machine.probe()).not.toHaveProperty("blocked_path");
  expect((await machine.probe())["missing_tool"]).toBe("");
  mkdirSync(machine.path("/opt/docker-ssl/key.pem"), { recursive: true });
  expect((await machine.probe())["blocked_path"]).toBe("directory /opt/docker-ssl/key.pem");
});

test("a dockerd that runs and would be started again is not asked for its version", async () => {
  mkdirSync(machine.path("/proc/100"));
  symlinkSync(machine.path("/usr/sbin/dockerd"), machine.path("/proc/100/exe"));
  expect(await machine.probe()).toMatchObject({ dockerd_is_current: "yes" });
  expect(await machine.probe()).not.toHaveProperty("dockerd_version");
  // Replaced since, by an upgrade.
  renameSync(machine.path("/usr/sbin/dockerd"), machine.path("/usr/sbin/dockerd.old"));
  symlinkSync("/bin/true", machine.path("/usr/sbin/dockerd"));
  rmSync(machine.path("/proc/100/exe"));
  symlinkSync(machine.path("/usr/sbin/dockerd.old"), machine.path("/proc/100/exe"));
  const upgraded = await machine.probe();
  expect(upgraded).toHaveProperty("dockerd_version");
  expect(upgraded).not.toHaveProperty("dockerd_is_current");
});

test("a machine of ours: record, base, origin, files with their modes", async () => {
  await machine.apply();
  const before = machine.snapshot();
  const probe = await machine.probe();
  expect(probe["record"]).toMatch(/^owner=dockertls\/dev\/b1$/m);
  expect(probe["record"]).toContain(
    `daemon_json=${sha256(machine.read("/etc/docker/daemon.json"))}`,
  );
  expect(probe["base"]).toBe('{"debug": false}\n');
  expect(probe["original_daemon_json"]).toBe('{"debug": false}\n');
  expect(probe["tls_key"]).toMatch(new RegExp(`^${sha256("PRIVATE KEY ONE\n")} 400 `));
  expect(probe["original_stat"]).toMatch(/^600 /);
  expect(probe["restart_dropin"]).toMatch(/^[0-9a-f]{64} 644 /);
  expect(probe["dropin"]).toMatch(/^[0-9a-f]{64} 644 /);
  expect(probe["listeners"]).toContain(":2376");
  expect(JSON.stringify(probe)).not.toContain("PRIVATE KEY");
  expect(machine.snapshot()).toEqual(before);
});

test("what tells whether the files are in effect: the certificate, and when what happened", async () => {
  machine.set("started", "Tue 2026-11-24 17:00:00 UTC");
  await machine.apply();
  const probe = await machine.probe();
  expect(probe["tls_cert_text"]).toBe(machine.read("/opt/docker-ssl/cert.pem"));
  expect(probe["dockerd_start"]).toBe(String(Date.UTC(2026, 10, 24, 17) / 1000));
  for (const time of ["daemon_json_time", "record_time"]) expect(probe[time]).toMatch(/^\d{10}$/);
  expect(probe).not.toHaveProperty("data_root");
});

test("the real path of a data-root, there or not", async () => {
  symlinkSync("elsewhere", machine.path("/opt/data"));
  const { data_root } = await machine.probe({ data_root: "/opt/data/docker/" });
  expect(data_root).toBe(machine.path("/opt/elsewhere/docker"));
});

test("after a killed run, the settled daemon.json is the one from before it", async () => {
  await machine.apply({}, { inserted: doAt("record", "kill -9 $$") });
  const probe = await machine.probe();
  expect(probe["pending"]).toMatch(/^owner=dockertls\/dev\/b1$/m);
  expect(probe["daemon_json"]).toContain("tlsverify");
  expect(probe["settled_daemon_json"]).toBe('{"debug": false}\n');
  // An edit since then is meant.
  machine.write("/etc/docker/daemon.json", '{"debug": true}\n');
  const edited = await machine.probe();
  expect(edited["daemon_json"]).toBe('{"debug": true}\n');
  expect(edited).not.toHaveProperty("settled_daemon_json");
});

test("a sick machine: no docker, no answer, odd files", async () => {
  machine.set("active", "activating");
  rmSync(machine.path("/usr/sbin/dockerd"));
  rmSync(machine.path("/etc/docker/daemon.json"));
  symlinkSync("nowhere", machine.path("/etc/docker/daemon.json"));
  expect(await machine.probe()).toMatchObject({
    daemon_json_kind: "symlink",
    daemon_json: "",
    docker_info: "",
  });
});

test("exact bytes: no newline, and none of the shell's own", async () => {
  const text = '{"a": "\\u00e9 $(id) `id` \'\\"\\\\"}\n\n';
  machine.write("/etc/docker/daemon.json", text);
  expect((await machine.probe())["daemon_json"]).toBe(text);
  machine.write("/etc/docker/daemon.json", "");
  expect(await machine.probe()).toMatchObject({ daemon_json_kind: "file", daemon_json: "" });
  chmodSync(machine.path("/etc/docker/daemon.json"), 0o604);
  expect((await machine.probe())["daemon_json_stat"]).toMatch(/^604 /);
});

test("files that the unit takes variables from, patterns replaced, and docker.socket's condition", async () => {
  machine.write("/etc/default/docker", 'DOCKER_OPTS="--debug"\n');
  machine.write("/etc/docker/env.d/a.env", "A=1\n");
  machine.write("/etc/docker/env.d/b.env", "");
  const unit = "/usr/lib/systemd/system/docker.service";
  machine.write(
    unit,
    `${machine.read(unit)}EnvironmentFile=-/etc/default/docker\nEnvironmentFile=/etc/docker/env.d/*.env\nEnvironmentFile=-/etc/missing\n`,
  );
  machine.set("socket-load-state", "masked");
  const probe = await machine.probe();
  expect(probe["environment_file_1"]).toBe('/etc/default/docker\nDOCKER_OPTS="--debug"\n');
  expect(probe["environment_file_2"]).toBe("/etc/docker/env.d/a.env\nA=1\n");
  expect(probe["environment_file_3"]).toBe("/etc/docker/env.d/b.env\n");
  expect(probe).not.toHaveProperty("environment_file_4");
  expect(probe["socket_show"]).toMatch(/^LoadState=masked$/m);
  expect(probe["socket_show"]).toMatch(/^Listen=\/var\/run\/docker\.sock \(Stream\)$/m);
  expect(probe).not.toHaveProperty("other_sockets");
  expect(probe["unit_show"]).toMatch(/^Requires=docker\.socket /m);
});

test("a directory in which others can write, with what it leads to", async () => {
  expect(await machine.probe()).not.toHaveProperty("open_directory");
  chmodSync(machine.path("/etc/docker"), 0o777);
  expect((await machine.probe())["open_directory"]).toMatch(
    /^\/etc\/docker\n777 \d+ \d+\n\/etc\/docker\/daemon\.json\n$/,
  );
});

test("somebody else's file where a certificate belongs", async () => {
  machine.write("/opt/docker-ssl/ca.pem", "root:x:0:0\n");
  expect((await machine.probe())["tls_of_others"]).toBe("/opt/docker-ssl/ca.pem");
  machine.write("/opt/docker-ssl/ca.pem", "-----BEGIN CERTIFICATE-----\n");
  expect(await machine.probe()).not.toHaveProperty("tls_of_others");
});

test("of a file that is too long, only that it is", async () => {
  machine.write("/etc/docker/daemon.json", `{"a":"${"x".repeat(64 * 1024)}"}`);
  const probe = await machine.probe();
  expect(probe["daemon_json_kind"]).toBe("long");
  // The reader takes nothing of it (tests/model/observed/read-facts.test.ts).
  expect(probe["daemon_json"]).toHaveLength(64 * 1024 + 1);
  expect(JSON.stringify(probe).length).toBeLessThan(64 * 1024 + 20_000);
});

describe("who is at work", () => {
  const put = (path: string, text: string): void => {
    mkdirSync(dirname(machine.path(path)), { recursive: true });
    writeFileSync(machine.path(path), text);
  };

  test("nobody", async () => {
    const probe = await machine.probe();
    expect(probe).not.toHaveProperty("cloud_init");
    expect(probe).toMatchObject({ at_work: "", other_docker: "" });
  });

  test("cloud-init, until its result is there", async () => {
    put("/run/cloud-init/enabled", "");
    expect(await machine.probe()).toMatchObject({ cloud_init: "running" });
    put("/run/cloud-init/result.json", "{}");
    expect(await machine.probe()).not.toHaveProperty("cloud_init");
  });

  test.each(["/run/cloud-init/disabled", "/etc/cloud/cloud-init.disabled"])(
    "not a cloud-init that is switched off by %s",
    async (path) => {
      put("/run/cloud-init/cloud-init-generator.log", "");
      put(path, "");
      expect(await machine.probe()).not.toHaveProperty("cloud_init");
    },
  );

  test("package managers and a rootless docker, by their processes", async () => {
    put("/proc/200/comm", "apt-get\n");
    put("/proc/201/comm", "dpkg-query\n");
    put("/proc/202/comm", "rootlesskit\n");
    expect(await machine.probe()).toMatchObject({
      at_work: "apt-get\n",
      other_docker: "rootless",
    });
  });
});
