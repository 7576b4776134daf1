// A change goes from machine to machine in waves: one that fails stops at its wave. One story, told in order.
import { refusedByStart } from "../../support/refused-settings.ts";
import { closeStacks, StackRun } from "../../support/stack-run.ts";
import { bootMilliseconds, TestMachine } from "../../support/test-machine.ts";

const machines = ["t1", "t2", "t3", "t4"].map((name) => new TestMachine(name));
const [canary, ...others] = machines;
if (canary === undefined) throw new Error("no canary");
let stack: StackRun;

const settings = (daemon: object, rollout: object = { soak: "1s" }): Record<string, unknown> => ({
  daemon: { "registry-mirrors": ["https://mirror.gcr.io"], ...daemon },
  rollout,
  hosts: Object.fromEntries(machines.map((machine) => [machine.name, machine.host()])),
});

const marks = (): Promise<string[]> => Promise.all(others.map((machine) => machine.mark()));

const restarts = (since: readonly string[]): Promise<number[]> =>
  Promise.all(others.map((machine, at) => machine.dockerStarts(since[at] ?? "")));

beforeAll(async () => {
  await Promise.all(machines.map((machine) => machine.pristine()));
  stack = await StackRun.create(settings({}));
}, bootMilliseconds);

afterAll(closeStacks);

// proves: rollout.canary-stops
test("a canary that dockerd fails on is rolled back, and no other machine is touched", async () => {
  stack.configure(settings(refusedByStart));
  const before = await Promise.all(others.map((machine) => machine.files()));

  const up = await stack.up();

  expect(up.exitCode).not.toBe(0);
  expect(up.all).toMatch(
    /command:remote:Command \(t1-converge\):\n.*\n.*rolled back, the old configuration serves/,
  );
  expect(await Promise.all(others.map((machine) => machine.files()))).toEqual(before);
});

// proves: rollout.resumes
test("a plain rerun goes through all waves, the canary first", async () => {
  stack.configure(settings({}));

  const up = await stack.up();

  expect(up.all).not.toMatch(/error/);
  expect(up.exitCode).toBe(0);
  expect(up.all).toMatch(/rollout: t1: proven, and again after 1 s/);
  const begun = (machine: TestMachine): Promise<number> =>
    machine.sh("stat -c %Y /var/lib/dockertls/record").then(Number);
  const first = await begun(canary);
  for (const machine of others) expect(await begun(machine)).toBeGreaterThanOrEqual(first);
});

test("another order of waves changes nothing, and nothing is soaked where nothing was changed", async () => {
  stack.configure(settings({}, { waves: [1, "50%", "100%"], canaries: ["t4"], soak: "1h" }));

  const preview = await stack.preview("--expect-no-changes");
  expect(preview.all).not.toMatch(/error/);
  expect(preview.all).toMatch(/rollout: 3 waves: t4, then 2 machines, then 1 machine$/m);
  expect(preview.exitCode).toBe(0);
  const up = await stack.up();
  expect(up.exitCode).toBe(0);
  expect(up.all).not.toMatch(/rollout: /);
});

test("a canary that fails after its first proof stops the rollout as well", async () => {
  stack.configure(settings({ labels: ["rack=7"] }, { soak: "20s" }));
  const since = await marks();
  const breaks = canary
    .waitFor("the canary's new label", 120, "grep -q rack=7 /etc/docker/daemon.json")
    .then(
      // It has been proven by then: a proof takes a second.
      () => canary.sh("sleep 8; systemctl stop docker.socket docker.service"),
    );

  const up = await stack.up("--continue-on-error");
  await breaks;

  expect(up.exitCode).not.toBe(0);
  expect(up.all).toMatch(/t1: tcp:\S+: /);
  expect(up.all).toMatch(/rollout: not begun: t2, t3, t4 \(/);
  expect(await restarts(since)).toEqual([0, 0, 0]);
  for (const machine of others) expect(await machine.info("{{.Labels}}")).toBe("[]");

  await canary.sh("systemctl start docker.socket docker.service");
  stack.configure(settings({ labels: ["rack=7"] }));
  expect((await stack.up()).exitCode).toBe(0);
  for (const machine of machines) expect(await machine.info("{{.Labels}}")).toBe("[rack=7]");
});

// proves: rollout.no-edges
test("a machine that is gone keeps no other from being given back, whatever their waves", async () => {
  await others[0]
    ?.sh("systemctl stop ssh.socket ssh.service; pkill sshd || :")
    .catch(() => undefined);

  const destroy = await stack.destroy("--continue-on-error");

  expect(destroy.exitCode).not.toBe(0);
  for (const machine of [canary, ...others.slice(1)]) {
    expect(await machine.succeeds("test -e /var/lib/dockertls")).toBe(false);
  }
});
