// A node of a Docker Swarm: its containers can't be kept from a restart of dockerd, so nothing is
// restarted without leave. One story, told in order.
import { closeStacks, StackRun } from "../../support/stack-run.ts";
import { bootMilliseconds, TestMachine } from "../../support/test-machine.ts";

const machine = new TestMachine("t1");
let stack: StackRun;
let before: string;
let fate: string;

const settings = (daemon: Record<string, unknown>, host: Record<string, unknown> = {}) => ({
  daemon: { "registry-mirrors": ["https://mirror.gcr.io"], ...daemon },
  hosts: { t1: machine.host(host) },
});
const without = { "live-restore": false };
const allowed = { allowContainerRestart: true };

beforeAll(async () => {
  await machine.pristine();
  await machine.runContainer("box1");
  await machine.sh(`docker swarm init --advertise-addr ${machine.address}`);
  before = await machine.files();
  fate = await machine.fate("box1");
  stack = await StackRun.onFakeEngine(settings({}));
}, bootMilliseconds);

afterAll(closeStacks);

const node = (): Promise<string> => machine.info("{{.Swarm.LocalNodeState}}");

test.each([
  [
    "with live-restore, which is the default",
    settings({}, allowed),
    /t1: live-restore: does not work on a node of a Docker Swarm/,
  ],
  // proves: containers.swarm
  ["without leave to stop its containers", settings(without), /t1: containers: 1 would be stopped/],
])("%s it is refused, and left as it is", async (_case, wanted, line) => {
  stack.configure(wanted);

  const up = await stack.up();

  expect(up.exitCode).not.toBe(0);
  expect(up.all).toMatch(line);
  expect(await machine.fate("box1")).toBe(fate);
  expect(await machine.files()).toBe(before);
});

test("with leave it is converged, and stays a node", async () => {
  stack.configure(settings(without, allowed));

  const up = await stack.up();

  expect(up.all).not.toMatch(/error/);
  expect(up.exitCode).toBe(0);
  expect(await node()).toBe("active");
  expect((await stack.preview("--expect-no-changes")).exitCode).toBe(0);
});

test("a change that a reload takes up needs no leave, and stops nothing", async () => {
  await machine.sh("docker start box1");
  const kept = await machine.fate("box1");
  stack.configure(settings({ ...without, labels: ["rack=7"] }));

  expect((await stack.up()).exitCode).toBe(0);

  expect(await machine.info("{{.Labels}}")).toBe("[rack=7]");
  expect(await machine.fate("box1")).toBe(kept);
});

test("a stopped dockerd is started again, and given back by destroy", async () => {
  stack.configure(settings({ ...without, labels: ["rack=7"] }, allowed));
  await machine.sh("systemctl stop docker.service docker.socket");
  expect((await stack.up()).exitCode).toBe(0);
  expect(await node()).toBe("active");

  const destroy = await stack.destroy();

  expect(destroy.all).not.toMatch(/error/);
  expect(destroy.exitCode).toBe(0);
  expect(await machine.files()).toBe(before);
  expect(await node()).toBe("active");
});
