// What earlier releases left in a state and on a machine comes up under this version: nothing is made anew, dockerd
// restarts once, and the machine can still be given back.
import { releaseLab } from "../../../lab/machines/labs.ts";
import { parseUrn } from "../../../components/identity.ts";
import { recordedReleases, releaseSettings, restoreRelease } from "../../support/release.ts";
import { closeStacks, StackRun } from "../../support/stack-run.ts";
import { bootMilliseconds, TestMachine } from "../../support/test-machine.ts";

const machine = new TestMachine("t1", "trixie", releaseLab.name);

afterAll(closeStacks);

test("there are releases to come from", () => {
  expect(recordedReleases().length).toBeGreaterThan(0);
});

describe.each(recordedReleases())("release %s", (version) => {
  let stack: StackRun;
  let before: string;
  let fate: string;

  beforeAll(async () => {
    await machine.pristine();
    before = await machine.files();
    stack = await StackRun.create(releaseSettings(machine));
    await restoreRelease(version, stack, machine);
    await machine.waitFor("dockerd", 30, "docker info");
    await machine.runContainer("box1");
    fate = await machine.fate("box1");
  }, bootMilliseconds);

  // proves: upgrade.nothing-replaced
  test("nothing is replaced or deleted by the up that follows, and nothing created but what came since", async () => {
    const preview = await stack.expectSuccess(["preview", "--json"]);

    const { steps } = JSON.parse(preview.stdout) as { steps: { op: string; urn: string }[] };
    expect(steps.length).toBeGreaterThan(5);
    const made = steps.filter(({ op }) => /create|replace|delete|discard/.test(op));
    expect(made.map(({ op, urn }) => `${op} ${parseUrn(urn).name}`)).toEqual(["create t1-script"]);
  });

  // 0.1.0 had dockerd make the local socket, which is systemd's again.
  test("dockerd restarts once, containers run on, and nothing is left to do after it", async () => {
    const mark = await machine.mark();

    const up = await stack.up();

    expect(up.all).not.toMatch(/error|drift:/);
    expect(up.exitCode).toBe(0);
    expect(await machine.dockerStarts(mark)).toBe(1);
    expect(await machine.fate("box1")).toBe(fate);
    expect((await stack.preview("--expect-no-changes")).exitCode).toBe(0);
  });

  test("destroy gives the machine back as it was before that release", async () => {
    expect((await stack.destroy()).exitCode).toBe(0);

    expect(await machine.files()).toBe(before);
    expect(await machine.fate("box1")).toBe(fate);
  });
});
