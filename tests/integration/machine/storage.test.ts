// Settings that move dockerd's storage: images and containers are never out of sight without leave.
import { closeStacks, StackRun, type Run } from "../../support/stack-run.ts";
import { testImage } from "../../support/test-image.ts";
import { bootMilliseconds, TestMachine } from "../../support/test-machine.ts";

const machine = new TestMachine("t1");
// On the file system of Docker's own folder: the machine's root holds no overlay of its own.
const elsewhere = { "data-root": "/var/lib/docker/elsewhere" };
const importImage = "docker import /opt/lab/busybox.tar box:1";
const present = (): Promise<string> => machine.sh("docker images -q; docker ps -aq");
let stack: StackRun;
let there: string;

const settings = (
  daemon: object,
  host: Readonly<Record<string, unknown>> = {},
): Record<string, unknown> => ({
  daemon,
  hosts: { t1: machine.host(host) },
});

async function run(daemon: object, host: Readonly<Record<string, unknown>> = {}): Promise<Run> {
  stack.configure(settings(daemon, host));
  return stack.up();
}

beforeAll(async () => {
  await machine.pristine();
  await machine.sh(`${importImage}; docker create --name idle box:1 true`);
  there = await present();
  expect(there.split("\n")).toHaveLength(2);
  stack = await StackRun.onFakeEngine(settings({}));
}, bootMilliseconds);

afterAll(closeStacks);

const otherStore: [string, object] = [
  "features.containerd-snapshotter",
  { features: { "containerd-snapshotter": true } },
];
const moves: [string, object][] = [
  ["data-root", elsewhere],
  // dockerd 20.10 knows no other image store.
  ...(testImage === "bookworm" ? [] : [otherStore]),
];

// proves: containers.in-sight
test.each(moves)(
  "%s: refused over an image and a container that is stopped",
  async (key, daemon) => {
    const before = await machine.files();
    const mark = await machine.mark();

    const up = await run(daemon);

    expect(up.all).toContain(
      `t1: containers: 1 image and 1 container would be out of dockerd's sight; ${key} moves its storage, and they come back when that is taken back; `,
    );
    expect(up.exitCode).not.toBe(0);
    expect(await machine.files()).toBe(before);
    expect(await machine.dockerStarts(mark)).toBe(0);
    expect(await present()).toBe(there);
  },
);

test("with leave they are out of sight, and come back when it is taken back", async () => {
  expect(await run(elsewhere, { allowContainerRestart: true })).toMatchObject({ exitCode: 0 });
  expect(await present()).toBe("");

  expect(await run({})).toMatchObject({ exitCode: 0 });

  expect(await present()).toBe(there);
});

test("taking the key out, and destroy, ask for leave as well", async () => {
  expect(await run(elsewhere, { allowContainerRestart: true })).toMatchObject({ exitCode: 0 });
  await machine.sh(importImage);
  expect(await run(elsewhere)).toMatchObject({ exitCode: 0 });

  const out = await run({});
  expect(out.all).toContain(
    "error: t1: containers: 1 image would be out of dockerd's sight; data-root moves its storage, ",
  );
  stack.configure(settings(elsewhere));

  const destroy = await stack.destroy();

  expect(destroy.all).toContain(
    "containers: 1 image would be out of dockerd's sight, because data-root moves its storage; nothing was touched; ",
  );
  expect(destroy.exitCode).not.toBe(0);
  await machine.sh("docker rmi box:1");
  expect(await stack.destroy()).toMatchObject({ exitCode: 0 });
  expect(await present()).toBe(there);
});
