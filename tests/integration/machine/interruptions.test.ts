// A machine that was converged once gets a new key, and the run is cut off between the files and the
// restart. Tools that compare files only say "unchanged" from then on, over a daemon on the old file.
import {
  dropConnection,
  holdRestart,
  installHold,
  killRemoteRun,
  releaseRestart,
  untilHeld,
  untilRemoteRunEnds,
} from "../../support/held-converge.ts";
import { closeStacks, StackRun, type Run } from "../../support/stack-run.ts";
import { bootMilliseconds, TestMachine } from "../../support/test-machine.ts";

const machine = new TestMachine("t1");
let stack: StackRun;
let fate: string;

const settings = (label: string): Record<string, unknown> => ({
  // A label shows in `docker info`; log options need a restart.
  daemon: {
    "registry-mirrors": ["https://mirror.gcr.io"],
    labels: [label],
    "log-opts": { tag: label },
  },
  hosts: { t1: machine.host() },
});

beforeAll(async () => {
  await machine.pristine();
  await installHold(machine);
  await machine.runContainer("box1");
  fate = await machine.fate("box1");
  stack = await StackRun.onFakeEngine(settings("run=0"));
  expect((await stack.up()).exitCode).toBe(0);
}, bootMilliseconds);

afterAll(closeStacks);

const inEffect = (): Promise<string> => machine.info("{{.Labels}}");
const onDisk = (label: string): Promise<boolean> =>
  machine.succeeds(`grep -q ${label} /etc/docker/daemon.json`);

/** An up to a new label, held before the restart, cut off by `cut`. */
async function cutOff(label: string, cut: () => Promise<unknown>): Promise<Run> {
  stack.configure(settings(label));
  await holdRestart(machine);
  const up = stack.begin(["up", "--yes", "--skip-preview"]);
  await untilHeld(machine);
  expect(await onDisk(label)).toBe(true);
  await cut();
  return up.end;
}

async function expectCompleted(label: string): Promise<void> {
  expect(await inEffect()).toBe(`[${label}]`);
  expect(await machine.fate("box1")).toBe(fate);
  const preview = await stack.preview("--expect-no-changes");
  expect(preview.all).not.toMatch(/error/);
  expect(preview.exitCode).toBe(0);
}

describe("the run on the machine is killed", () => {
  test("the up fails, over a daemon on its old settings", async () => {
    const up = await cutOff("run=1", () => killRemoteRun(machine));
    await releaseRestart(machine);

    expect(up.exitCode).not.toBe(0);
    expect(await onDisk("run=1")).toBe(true);
    expect(await inEffect()).toBe("[run=0]");
  });

  test("a preview says so", async () => {
    const preview = await stack.preview();

    expect(preview.all).toMatch(/interrupted/);
    expect(preview.exitCode).toBe(0);
  });

  // proves: interrupted.next-up-completes
  test("the next up completes it", async () => {
    expect((await stack.up()).exitCode).toBe(0);

    await expectCompleted("run=1");
  });
});

describe("the connection drops", () => {
  test("the up fails, but the machine completes the change by itself", async () => {
    const up = await cutOff("run=2", () => dropConnection(machine));
    await releaseRestart(machine);
    await untilRemoteRunEnds(machine);

    expect(up.exitCode).not.toBe(0);
    expect(up.all).not.toMatch(/DOCKERTLS_ENVELOPE|write_whole/);
    expect(await inEffect()).toBe("[run=2]");
    expect(await machine.succeeds("test -e /var/lib/dockertls/pending")).toBe(false);
  });

  test("the next up finds nothing left to restart", async () => {
    const mark = await machine.mark();

    expect((await stack.up()).exitCode).toBe(0);

    expect(await machine.dockerStarts(mark)).toBe(0);
    await expectCompleted("run=2");
  });
});

describe("the machine's power goes", () => {
  test("the next up completes what the boot found half done", async () => {
    await cutOff("run=3", async () => {
      await machine.stop({ powerCut: true });
    });
    await machine.start();
    await machine.sh("docker start box1");
    fate = await machine.fate("box1");

    const up = await stack.up();

    expect(up.all).not.toMatch(/error/);
    expect(up.exitCode).toBe(0);
    await expectCompleted("run=3");
  });
});
