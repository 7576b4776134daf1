// A first up whose machine A dies, at the worst moment: with files in place and dockerd not restarted.
import {
  holdRestart,
  installHold,
  killRemoteRun,
  releaseRestart,
  untilHeld,
} from "../../support/held-converge.ts";
import { closeStacks, StackRun } from "../../support/stack-run.ts";
import { bootMilliseconds, TestMachine } from "../../support/test-machine.ts";

const machine = new TestMachine("t1");
let stack: StackRun;
let before: string;
let fate: string;

beforeAll(async () => {
  await machine.pristine();
  await installHold(machine);
  await machine.runContainer("box1");
  fate = await machine.fate("box1");
  before = await machine.files();
  stack = await StackRun.create({
    daemon: { "registry-mirrors": ["https://mirror.gcr.io"] },
    hosts: { t1: machine.host() },
  });
}, bootMilliseconds);

afterAll(closeStacks);

/** A first up that is killed on machine A once it is about to restart dockerd. */
async function killedUp(): Promise<void> {
  await holdRestart(machine);
  const up = stack.begin(["up", "--yes", "--skip-preview"]);
  await untilHeld(machine);
  await up.kill();
  expect((await up.end).exitCode).toBeNull();
  // Proof that it was killed in the middle.
  expect(await machine.succeeds("test -s /var/lib/dockertls/pending")).toBe(true);
}

test("killed on both machines, it can be taken back: cancel, destroy", async () => {
  await killedUp();
  await killRemoteRun(machine);
  await releaseRestart(machine);
  expect(await machine.succeeds("grep -q tlsverify /etc/docker/daemon.json")).toBe(true);

  await stack.expectSuccess(["cancel", "--yes"]);
  const destroy = await stack.destroy();

  expect(destroy.all).not.toMatch(/error/);
  expect(destroy.exitCode).toBe(0);
  expect(await machine.files()).toBe(before);
  expect(await machine.info("{{.LiveRestoreEnabled}}")).toBe("false");
  expect(await machine.fate("box1")).toBe(fate);
});

test("killed on machine A only, it can be taken back while the other half is still at it", async () => {
  await killedUp();

  await stack.expectSuccess(["cancel", "--yes"]);
  const destroy = stack.begin(["destroy", "--yes", "--skip-preview"]);
  await machine.waitFor("second login", 60, "test $(pgrep -fc -- '^sh -c p=') -ge 2");
  await releaseRestart(machine);

  expect((await destroy.end).exitCode).toBe(0);
  expect(await machine.files()).toBe(before);
  expect(await machine.fate("box1")).toBe(fate);
});

// proves: interrupted.cancel
test("killed on both machines, it can be completed: cancel, up", async () => {
  await killedUp();
  await killRemoteRun(machine);
  await releaseRestart(machine);

  // Without the cancel nobody can take a run of their own for this one.
  const locked = await stack.up();
  expect(locked.exitCode).not.toBe(0);
  expect(locked.all).toMatch(/locked/);
  await stack.expectSuccess(["cancel", "--yes"]);
  const up = await stack.up();

  expect(up.all).not.toMatch(/error/);
  expect(up.exitCode).toBe(0);
  expect(await machine.info("{{.RegistryConfig.Mirrors}}")).toBe("[https://mirror.gcr.io/]");
  expect(await machine.fate("box1")).toBe(fate);
  expect((await stack.preview("--expect-no-changes")).exitCode).toBe(0);
});

test("what was completed goes back to the machine's very first state", async () => {
  // Not to what the killed run had left there.
  expect((await stack.destroy()).exitCode).toBe(0);

  expect(await machine.files()).toBe(before);
  expect(await machine.fate("box1")).toBe(fate);
});
