// How a program arrives and leaves: cut short, twice at once, without anybody listening, and never
// with a secret where others could see it.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { remoteScript } from "../../components/host/remote/scripts.ts";
import { compose, envelopeLines, wantedEnvelope } from "../support/remote-script.ts";
import type { ScratchMachine } from "../support/scratch-machine.ts";
import { doAt, expectConverged, expectRestored, usedMachine } from "../support/killed-runs.ts";

let machine: ScratchMachine;
beforeEach(() => {
  machine = usedMachine();
});
afterEach(() => machine.destroy());

const lines = (): string[] =>
  envelopeLines(wantedEnvelope({ base: machine.read("/etc/docker/daemon.json") }));

test("an envelope cut short at any line is refused", async () => {
  const before = machine.snapshot();
  const whole = lines().join("\n").split("\n");
  for (let count = 0; count < whole.length; count++) {
    const ran = await machine.run("apply", { lines: whole.slice(0, count) });
    expect(ran).toMatchObject({
      code: 10,
      stderr: "envelope: cut short on its way; nothing was touched; run pulumi up again\n",
    });
  }
  expect(machine.snapshot()).toEqual(before);
}, 30_000);

test.each(["dash", "bash"])(
  "a text cut short anywhere does nothing and fails (%s)",
  async (shell) => {
    const before = machine.snapshot();
    const whole = compose("apply", lines());
    const end = whole.lastIndexOf("\nend\n");
    const cuts = Array.from({ length: 12 }, (_, index) => Math.floor((end * (index + 1)) / 13));
    // Before the first of the script's own guards as well, and before the first byte.
    for (const cut of [0, 1, 2, 500, 2048, ...cuts, remoteScript("machine").length, end, end + 3]) {
      const ran = await machine.run("apply", { text: whole.slice(0, cut), shell: [shell] });
      expect(ran.code).not.toBe(0);
    }
    expect(machine.snapshot()).toEqual(before);
  },
  30_000,
);

test("an envelope with a part missing is refused", async () => {
  for (const part of [
    "text owner",
    "lines restart.conf",
    "lines daemon.json",
    "lines key.pem",
    "lines current.keep",
  ]) {
    const ran = await machine.run("apply", {
      lines: lines().filter((line) => !line.startsWith(part)),
    });
    expect(ran).toMatchObject({ code: 10, stderr: expect.stringMatching(/^envelope: .*missing/) });
  }
  const open = lines().map((line) => line.replace("key.pem 0400", "key.pem 0444"));
  expect(await machine.run("apply", { lines: open })).toMatchObject({ code: 10 });
});

// `--norc`: with a socket for its input, bash takes itself for started by rshd, unless it is called sh.
test.each([["dash"], ["bash", "--norc"], ["bash", "--norc", "--posix"]])(
  "the whole way under %s %s %s",
  async (...shell) => {
    const before = machine.snapshot();
    const words = shell.filter(Boolean);
    expectConverged(machine, await machine.apply({}, { shell: words }));
    expect(await machine.apply({}, { shell: words })).toMatchObject({ stdout: "nothing to do\n" });
    const refused = { keys: { "log-driver": "ftp://x" } };
    expect(await machine.apply(refused, { shell: words })).toMatchObject({ code: 30 });
    expectRestored(machine, await machine.remove(undefined, { shell: words }), before);
  },
  60_000,
);

test("a connection that drops in the middle does no harm", async () => {
  const hangUp = doAt("new-place-key.pem", "kill -HUP $$; kill -PIPE $$");
  const ran = await machine.apply({}, { closeOutput: true, inserted: hangUp });
  expect(ran.signal).toBeNull();
  expect(await machine.apply()).toMatchObject({ code: 0, stdout: "nothing to do\n" });
});

// proves: lock.one-at-a-time
test("two runs at once: the second waits, or says that it can't", async () => {
  const [first, second] = await Promise.all([
    machine.apply(),
    machine.apply({ base: '{"debug": false}\n' }),
  ]);
  expect([first.stdout, second.stdout].sort()).toEqual([
    "changed: restarted docker\n",
    "nothing to do\n",
  ]);
  // A lock that is not given up within the limit.
  const gate = join(machine.home, "gate");
  const holding = machine.apply(
    {},
    { inserted: doAt("compare", `while [ ! -f '${gate}' ]; do sleep 0; done`) },
  );
  await machine.apply({}, { inserted: "lock_limit=0" }).then((ran) => {
    if (ran.code === 0) return;
    expect(ran.stderr).toMatch(/^lock: another run holds the lock/);
  });
  writeFileSync(gate, "");
  expect(await holding).toMatchObject({ code: 0 });
});

test("no secret in any process's arguments, in the output or the system's journal", async () => {
  const key = "PRIVATE KEY SECRET\n";
  const ran = await machine.apply({ key, certificate: "CERTIFICATE SECRET\n" });
  const removed = await machine.remove();
  const told = [machine.get("argv"), machine.get("syslog"), JSON.stringify([ran, removed])].join(
    "\n",
  );
  expect(told).not.toContain("PRIVATE KEY SECRET");
  expect(told).not.toContain(Buffer.from(key).toString("base64"));
});

test("the key is never readable to others, not between any two commands", async () => {
  machine.watchKeys();
  expect(await machine.apply({ keys: { debug: true } })).toMatchObject({ code: 0 });
  expect(await machine.apply({ directory: "/srv/tls" })).toMatchObject({ code: 0 });
  expect(await machine.apply({ keys: { "log-driver": "ftp://x" } })).toMatchObject({
    code: 30,
  });
  expect(await machine.remove()).toMatchObject({ code: 0 });
  expect(machine.get("watched").length).toBeGreaterThan(100);
  expect(machine.get("readable-keys")).toBe("");
}, 60_000);
