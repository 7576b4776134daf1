// A map of daemon.json of which the machine's owner has some members and the stack others.
import { closeStacks, StackRun } from "../../support/stack-run.ts";
import { bootMilliseconds, TestMachine } from "../../support/test-machine.ts";

const machine = new TestMachine("t1");
const daemonJson = "/etc/docker/daemon.json";
const theirs = `{"features":{"containerd-snapshotter":true},\n "log-opts": { "max-size":"7m" }}\n`;
const daemon = { features: { buildkit: true }, "log-opts": { "max-file": "3" } };
let stack: StackRun;
let before: string;
let images: string;

const settings = (changes: object = {}): Record<string, unknown> => ({
  daemon: { ...daemon, ...changes },
  hosts: { t1: machine.host() },
});
const effective = async (): Promise<Record<string, unknown>> =>
  JSON.parse(await machine.sh(`cat ${daemonJson}`)) as Record<string, unknown>;
const presentImages = (): Promise<string> => machine.sh("docker images -q --no-trunc");

async function expectSettled(): Promise<void> {
  const again = await stack.preview("--expect-no-changes");
  expect(again.all).not.toContain("refresh [diff");
  expect(again.exitCode).toBe(0);
}

beforeAll(async () => {
  await machine.pristine();
  await machine.sh(`cat > ${daemonJson} && systemctl restart docker`, theirs);
  await machine.waitFor("dockerd", 30, "docker info");
  await machine.sh("docker import /opt/lab/busybox.tar box:1");
  images = await presentImages();
  expect(images).toMatch(/^sha256:\w+$/);
  before = await machine.files();
  stack = await StackRun.onFakeEngine(settings());
}, bootMilliseconds);

afterAll(closeStacks);

// proves: adopt.members-kept
test("case 10: what the stack does not name stays, and the images with it", async () => {
  expect(await stack.up()).toMatchObject({ exitCode: 0 });
  await expectSettled();

  expect(await effective()).toMatchObject({
    features: { "containerd-snapshotter": true, buildkit: true },
    "log-opts": { "max-size": "7m", "max-file": "3" },
  });
  expect(await presentImages()).toBe(images);
  const hosts = (await stack.output("hosts")) as { t1: { unmanagedKeys: string[] } };
  expect(hosts.t1.unmanagedKeys).toEqual(["features.containerd-snapshotter", "log-opts.max-size"]);
});

test("a member of ours that somebody takes out is drift by its name, and comes back", async () => {
  await machine.sh(`sed -i 's/, *"buildkit": *true//' ${daemonJson}`);

  const up = await stack.previewAndUp();

  expect(up.exitCode).toBe(0);
  expect(up.all).toContain("daemon.json: features.buildkit: expected true, found nothing");
  expect(await effective()).toMatchObject({
    features: { "containerd-snapshotter": true, buildkit: true },
  });
});

test("case 10: null takes one of theirs out, as long as the stack says so", async () => {
  stack.configure(settings({ "log-opts": { "max-file": "3", "max-size": null } }));
  expect(await stack.up()).toMatchObject({ exitCode: 0 });
  await expectSettled();
  expect(await effective()).toMatchObject({ "log-opts": { "max-file": "3" } });
  expect((await effective())["log-opts"]).not.toHaveProperty("max-size");

  stack.configure(settings());
  expect(await stack.up()).toMatchObject({ exitCode: 0 });
  expect(await effective()).toMatchObject({ "log-opts": { "max-size": "7m", "max-file": "3" } });
});

test("destroy gives back the file and the images", async () => {
  expect(await stack.destroy()).toMatchObject({ exitCode: 0 });

  expect(await machine.files()).toBe(before);
  expect(await machine.sh(`cat ${daemonJson}`)).toBe(theirs.trimEnd());
  expect(await presentImages()).toBe(images);
});
