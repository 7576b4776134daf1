// Containers of others run on, whatever happens to dockerd around them: one story, told in order.
import { closeStacks, StackRun } from "../support/stack-run.ts";
import { bootMilliseconds, TestMachine } from "../support/test-machine.ts";

const machine = new TestMachine("t1");
let stack: StackRun;
let fate: string;

const settings = (daemon: Record<string, unknown>): Record<string, unknown> => ({
  daemon: { "registry-mirrors": ["https://mirror.gcr.io"], ...daemon },
  hosts: { t1: machine.host() },
});

beforeAll(async () => {
  await machine.pristine();
  // The stock dockerd stops its containers when it stops: nobody has prepared the machine.
  expect(await machine.info("{{.LiveRestoreEnabled}}")).toBe("false");
  await machine.runContainer("box1");
  fate = await machine.fate("box1");
  stack = await StackRun.create(settings({}));
}, bootMilliseconds);

afterAll(closeStacks);

/** The same process since the same time, and still in dockerd's hands. */
async function expectUntouched(): Promise<void> {
  expect(await machine.fate("box1")).toBe(fate);
  expect(await machine.sh("docker exec box1 echo alive")).toBe("alive");
}

test("the container is running to begin with", () => {
  expect(fate).toMatch(/^running [1-9]\d* 20\S+ 0$/);
});

test("it lives through the first up", async () => {
  expect((await stack.up()).exitCode).toBe(0);

  expect(await machine.info("{{.LiveRestoreEnabled}}")).toBe("true");
  await expectUntouched();
});

test("it lives through the up of a changed key", async () => {
  stack.configure(settings({ labels: ["rack=7"] }));

  expect((await stack.up()).exitCode).toBe(0);

  expect(await machine.info("{{.Labels}}")).toBe("[rack=7]");
  await expectUntouched();
});

test("it lives through an up that fails and is rolled back", async () => {
  stack.configure(settings({ labels: ["rack=8"], "log-opts": { "no-such-option": "1" } }));

  expect((await stack.up()).exitCode).not.toBe(0);

  expect(await machine.info("{{.Labels}}")).toBe("[rack=7]");
  await expectUntouched();
});

test("it lives when live-restore itself is switched off", async () => {
  stack.configure(settings({ "live-restore": false }));

  expect((await stack.up()).exitCode).toBe(0);

  expect(await machine.info("{{.LiveRestoreEnabled}}")).toBe("false");
  await expectUntouched();
});

test("it lives through destroy, which leaves dockerd as it was", async () => {
  expect((await stack.destroy()).exitCode).toBe(0);

  expect(await machine.info("{{.LiveRestoreEnabled}}")).toBe("false");
  expect(await machine.succeeds("test -e /etc/docker/daemon.json")).toBe(false);
  await expectUntouched();
});
