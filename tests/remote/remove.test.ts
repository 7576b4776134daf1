// remove.sh: restores the machine as it was, for whoever may ask for it.
import { rmSync } from "node:fs";
import { prepare } from "../support/prepared-machine.ts";
import type { ScratchMachine } from "../support/scratch-machine.ts";
import { expectContainersRun, expectRestored, usedMachine } from "../support/killed-runs.ts";

let machine: ScratchMachine;
beforeEach(() => {
  machine = usedMachine();
});
afterEach(() => machine.destroy());

test("a machine that was never touched", async () => {
  const before = machine.snapshot();
  expect(await machine.remove()).toMatchObject({
    code: 0,
    stdout: "nothing to undo\n",
    stderr: "",
  });
  expect(machine.snapshot()).toEqual(before);
});

test.each([
  ["live-restore on", {}],
  ["live-restore off", { liveRestore: false }],
])("restored byte for byte, containers running (%s)", async (_what, wanted) => {
  const before = machine.snapshot();
  await prepare(machine, wanted);
  await prepare(machine, { ...wanted, keys: { debug: true }, directory: "/etc/docker/tls" });
  const ran = await machine.remove();
  expectRestored(machine, ran, before);
  expect(ran.stdout).toBe("removed: the machine is as it was\n");
  expect(machine.get("live")).toBe("false");
  expect(machine.get("socket")).toBe("file");
  expect(machine.get("syslog")).toContain("restored by dockertls/dev/b1");
  expect(await machine.remove()).toMatchObject({ stdout: "nothing to undo\n" });
});

test("what was there before is restored: certificates, a drop-in of the same name, no daemon.json", async () => {
  rmSync(machine.path("/etc/docker"), { recursive: true });
  machine.write("/opt/docker-ssl/cert.pem", "-----BEGIN CERTIFICATE-----\nTHEIR OWN\n", 0o640);
  machine.write(
    "/etc/systemd/system/docker.service.d/zz-dockertls.conf",
    "[Service]\nExecStart=\nExecStart=/usr/sbin/dockerd -H fd:// --their-own\n",
    0o600,
  );
  machine.systemctl("daemon-reload");
  const before = machine.snapshot();
  expect(await machine.apply()).toMatchObject({ code: 0 });
  expectRestored(machine, await machine.remove(), before);
});

// proves: undo.edits-kept
test("somebody else's edit of daemon.json is kept beside", async () => {
  const before = machine.snapshot();
  await prepare(machine);
  machine.write("/etc/docker/daemon.json", '{"debug": true}\n', 0o640);
  const kept = "/etc/docker/daemon.json.before-dockertls-removal";
  const ran = await machine.remove();
  expect(ran).toMatchObject({ code: 0, stdout: expect.stringContaining(kept) });
  expect(machine.snapshot()[kept]).toMatch(/^640 \S+ {"debug": true}\n$/);
  const { [kept]: _, ...rest } = machine.snapshot();
  expect(rest).toEqual(before);
});

test.each([[{ "log-driver": "journald" }], [{ "log-driver": "journald", "live-restore": true }]])(
  "edits that a later merge took up stay, without our keys (%j)",
  async (edited) => {
    await prepare(machine);
    machine.write("/etc/docker/daemon.json", JSON.stringify(edited));
    await prepare(machine, { base: JSON.stringify(edited), undo: edited });
    expect(await machine.remove()).toMatchObject({ code: 0 });
    expect(JSON.parse(machine.read("/etc/docker/daemon.json"))).toEqual(edited);
    expect(machine.snapshot()["/etc/docker/daemon.json"]).toMatch(/^600 /);
    expectContainersRun(machine);
  },
);

test("another owner's machine is left alone", async () => {
  await prepare(machine);
  const before = machine.snapshot();
  expect(await machine.remove("dockertls/dev/renamed")).toMatchObject({
    code: 0,
    stdout: "left alone: this machine belongs to dockertls/dev/b1\n",
  });
  expect(machine.snapshot()).toEqual(before);
});

test("docker.socket has been masked since: refused, and our configuration goes on serving", async () => {
  const before = machine.snapshot();
  await prepare(machine);
  const ours = machine.snapshot();
  machine.set("socket-load-state", "masked");
  const ran = await machine.remove();
  expect(ran).toMatchObject({ code: 10, stdout: "" });
  expect(ran.stderr).toMatch(/^docker\.socket: masked; [^\n]+; nothing was touched; run /);
  expect(machine.snapshot()).toEqual(ours);
  expect(machine.get("active")).toBe("active");
  machine.set("socket-load-state", "loaded");
  expect(await machine.remove()).toMatchObject({ code: 0 });
  expect(machine.snapshot()).toEqual(before);
});

test("docker has been uninstalled since: our files go all the same", async () => {
  const before = machine.snapshot();
  await prepare(machine);
  machine.set("load-state", "not-found");
  machine.set("active", "inactive");
  expect(await machine.remove()).toMatchObject({ code: 0 });
  expect(machine.snapshot()).toEqual(before);
});

test("docker neither ran nor started at boot before: so it is again", async () => {
  machine.set("active", "inactive");
  machine.set("enabled", "disabled");
  machine.set("containers");
  await prepare(machine);
  expect([machine.get("active"), machine.get("enabled")]).toEqual(["active", "enabled"]);
  expect(await machine.remove()).toMatchObject({ code: 0 });
  expect([machine.get("active"), machine.get("enabled")]).toEqual(["inactive", "disabled"]);
});

test("a stopped daemon of ours is started on the machine's own configuration", async () => {
  const before = machine.snapshot();
  await prepare(machine);
  machine.set("active", "inactive");
  machine.set("socket", "orphan");
  expectRestored(machine, await machine.remove(), before);
});

test("dockerd does not start on the machine's own file: ours is restored, and the message says so", async () => {
  machine.write("/etc/docker/daemon.json", '{"registry-mirrors": ["ftp://x"]}\n');
  const good = { keys: { "registry-mirrors": ["https://mirror.gcr.io"] } };
  expect(await machine.apply(good)).toMatchObject({ code: 0 });
  const before = machine.snapshot();
  const ran = await machine.remove();
  expect(ran).toMatchObject({
    code: 30,
    stderr: expect.stringMatching(
      /rolled back, the old configuration serves; correct the machine's own/,
    ),
  });
  expect(machine.snapshot()).toEqual(before);
  expectContainersRun(machine);
  machine.set("refused");
  expect(await machine.remove()).toMatchObject({ code: 0 });
});
