// The least that puts a change in effect, named by the preview and seen in dockerd: one story, in order.
import { refusedByReload } from "../../support/refused-settings.ts";
import { closeStacks, type Run, StackRun } from "../../support/stack-run.ts";
import { bootMilliseconds, TestMachine } from "../../support/test-machine.ts";

const machine = new TestMachine("t1");
let stack: StackRun;
let daemon: Record<string, unknown> = { "registry-mirrors": ["https://mirror.gcr.io"] };

beforeAll(async () => {
  await machine.pristine();
  await machine.runContainer("box1");
  stack = await StackRun.onFakeEngine({ daemon, hosts: { t1: machine.host() } });
}, bootMilliseconds);

afterAll(closeStacks);

const pid = (): Promise<string> => machine.sh("systemctl show docker -P MainPID");

/** What a run said before it changed anything. */
function previewOf({ all }: Run): string {
  const [preview, update] = all.split(/^Updating/m);
  if (update === undefined) throw new Error(`nothing was updated:\n${all}`);
  return preview ?? "";
}

/** The change that is due, previewed and made; what became of dockerd meanwhile. */
async function change(to: Record<string, unknown>, host: Record<string, unknown> = {}) {
  daemon = to;
  stack.configure({ daemon, hosts: { t1: machine.host(host) } });
  const [before, fate, mark] = [await pid(), await machine.fate("box1"), await machine.mark()];
  const up = await stack.previewAndUp();
  expect(up.all).not.toMatch(/error/);
  expect(up.exitCode).toBe(0);
  expect(await machine.fate("box1")).toBe(fate);
  return {
    impact: /impact: (.*)/.exec(previewOf(up))?.[1],
    starts: await machine.dockerStarts(mark),
    samePid: (await pid()) === before,
  };
}

const reload = { starts: 0, samePid: true };
const restart = { starts: 1, samePid: false };

test("the preview of a first up says that dockerd will be restarted", async () => {
  const up = await stack.previewAndUp();
  expect(previewOf(up)).toContain("impact: restart: the machine is not converged yet");
  expect(up.exitCode).toBe(0);
});

// proves: impact.reload
test("a reloadable key: a reload, and it is in effect", async () => {
  const done = await change({
    "registry-mirrors": ["https://mirror.example"],
    labels: ["rack=7"],
    debug: true,
  });
  expect(done).toEqual({ impact: "reload: debug, labels, registry-mirrors", ...reload });
  expect(await machine.info("{{.Labels}} {{.Debug}} {{.RegistryConfig.Mirrors}}")).toBe(
    "[rack=7] true [https://mirror.example/]",
  );
});

test("a key that dockerd reads at its start: one restart", async () => {
  const done = await change({ ...daemon, "log-opts": { "max-size": "7m" } });
  expect(done).toEqual({ impact: expect.stringMatching(/^restart: log-opts: /), ...restart });
});

test("a sticky key that is taken out: one restart, and it is out of effect", async () => {
  const { labels: _, ...rest } = daemon;
  const done = await change(rest);
  expect(done).toEqual({
    impact: expect.stringMatching(/^restart: labels: taken out/),
    ...restart,
  });
  expect(await machine.info("{{.Labels}}")).toBe("[]");
});

test("live-restore off, and on again: reloads", async () => {
  expect(await change({ ...daemon, "live-restore": false })).toEqual({
    impact: "reload: live-restore",
    ...reload,
  });
  expect(await machine.info("{{.LiveRestoreEnabled}}")).toBe("false");
  const { "live-restore": _, ...rest } = daemon;
  expect(await change(rest)).toEqual({ impact: "reload: live-restore", ...reload });
  expect(await machine.info("{{.LiveRestoreEnabled}}")).toBe("true");
});

test("another name in the certificate: one restart", async () => {
  const done = await change(daemon, { extraSans: ["docker.example"] });
  expect(done).toEqual({ impact: "restart: server certificate", ...restart });
});

test("a setting that concerns this program alone: nothing", async () => {
  const done = await change(daemon, { extraSans: ["docker.example"], allowContainerRestart: true });
  expect(done).toEqual({ impact: "nothing", ...reload });
});

test("drift of a mode alone: nothing; of a reloadable key: a reload", async () => {
  await machine.sh("chmod 0644 /opt/docker-ssl/key.pem");
  expect(
    await change(daemon, { extraSans: ["docker.example"], allowContainerRestart: true }),
  ).toEqual({
    impact: "nothing",
    ...reload,
  });
  expect(await machine.stat("/opt/docker-ssl/key.pem")).toMatch(/^400 /);
  await machine.sh("sed -i s/mirror.example/mirror.elsewhere/ /etc/docker/daemon.json");
  expect(
    await change(daemon, { extraSans: ["docker.example"], allowContainerRestart: true }),
  ).toEqual({
    impact: "reload: registry-mirrors",
    ...reload,
  });
});

// proves: impact.preview
test("after all of it a preview has nothing to show, and says so", async () => {
  const preview = await stack.preview("--expect-no-changes");
  expect(preview.exitCode).toBe(0);
  expect(preview.all).toMatch(/^ +impact: nothing on t1$/m);
});

test("a value that dockerd refuses at a reload: the old one stays in effect, nothing is restarted", async () => {
  const before = await pid();
  stack.configure({
    daemon: { ...daemon, ...refusedByReload },
    hosts: { t1: machine.host({ extraSans: ["docker.example"], allowContainerRestart: true }) },
  });

  const up = await stack.up();

  expect(up.exitCode).not.toBe(0);
  expect(up.all).toMatch(/rolled back, the old configuration serves|dockerd refuses it/);
  expect(await pid()).toBe(before);
  expect(await machine.succeeds("grep -q no-such-runtime /etc/docker/daemon.json")).toBe(false);
});
