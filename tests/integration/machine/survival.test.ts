// Containers of others run on, whatever happens to dockerd around them: one story, told in order.
import { refusedByStart } from "../../support/refused-settings.ts";
import { closeStacks, StackRun } from "../../support/stack-run.ts";
import { testImage } from "../../support/test-image.ts";
import { bootMilliseconds, TestMachine } from "../../support/test-machine.ts";

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

// proves: containers.survive
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
  stack.configure(settings({ labels: ["rack=8"], ...refusedByStart }));

  const up = await stack.up();
  expect(up.exitCode).not.toBe(0);
  expect(up.all).toMatch(/rolled back, the old configuration serves/);

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

describe("a dockerd that would look for containers elsewhere", () => {
  // On the file system of Docker's own folder: the machine's root holds no overlay of its own.
  const elsewhere = { "data-root": "/var/lib/docker/elsewhere" };
  const allowed = { hosts: { t1: machine.host({ allowContainerRestart: true }) } };
  const pid = (): string => fate.split(" ")[1] ?? "";

  // proves: containers.moved
  test("is no first up either, as long as something runs", async () => {
    const before = await machine.files();
    const mark = await machine.mark();
    stack.configure(settings(elsewhere));

    const up = await stack.up();

    expect(up.all).toMatch(
      /t1: containers: 1 image and 1 container \(1 running\) would be out of dockerd's sight; data-root moves its storage, /,
    );
    expect(up.exitCode).not.toBe(0);
    expect(await machine.files()).toBe(before);
    expect(await machine.dockerStarts(mark)).toBe(0);
    await expectUntouched();
  });

  test("looks there where that is allowed; what ran runs on, out of sight", async () => {
    stack.configure({ ...settings(elsewhere), ...allowed });

    expect((await stack.up()).exitCode).toBe(0);

    expect(await machine.sh("docker ps -aq")).toBe("");
    expect(await machine.succeeds(`test -d /proc/${pid()}`)).toBe(true);
  });

  test("is not given back over what runs there now", async () => {
    await machine.runContainer("box2");
    const there = await machine.fate("box2");
    stack.configure(settings(elsewhere));
    expect((await stack.up()).exitCode).toBe(0);

    const destroy = await stack.destroy();

    expect(destroy.all).toMatch(
      /containers: 1 image and 1 container \(1 running\) would be out of dockerd's sight, because data-root moves its storage; nothing was touched/,
    );
    expect(destroy.exitCode).not.toBe(0);
    expect(await machine.fate("box2")).toBe(there);
  });

  test("finds what ran before where it was, once the key goes back", async () => {
    await machine.sh("docker rm -f box2; docker rmi box:1");

    expect((await stack.destroy()).exitCode).toBe(0);

    await expectUntouched();
  });
});

describe("a container that was started with --rm", () => {
  let itsFate: string;
  beforeAll(async () => {
    await machine.runContainer("box3", "--rm");
    itsFate = await machine.fate("box3");
    stack.configure(settings({}));
  });

  // proves: containers.rm
  test("lives through an up, or is the reason for none: dockerd 20.10 would remove it", async () => {
    const up = await stack.up();

    expect(await machine.fate("box3")).toBe(itsFate);
    await expectUntouched();
    if (testImage !== "bookworm") return expect(up.exitCode).toBe(0);
    expect(up.all).toMatch(/containers: dockerd 20\.10\S* removes those .* --rm when it restarts/);
    expect(up.exitCode).not.toBe(0);
  });

  test("and is there no more, where that was allowed", async () => {
    stack.configure({
      ...settings({ "log-opts": { tag: "x" } }),
      hosts: { t1: machine.host({ allowContainerRestart: true }) },
    });

    expect((await stack.up()).exitCode).toBe(0);

    const lives = await machine.succeeds("docker inspect box3");
    expect(lives).toBe(testImage !== "bookworm");
    await expectUntouched();
    expect((await stack.destroy()).exitCode).toBe(0);
  });
});
