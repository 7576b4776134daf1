// A take-over that is killed at any step: from the first touch on the machine is the new owner's, who can
// complete it or give the very first state back, and the old owner leaves it alone.
import { CapturedSteps, type Act } from "../support/captured-steps.ts";
import {
  expectConverged,
  expectContainersRun,
  expectRestored,
  isKilled,
  usedMachine,
} from "../support/killed-runs.ts";
import { MachineRuns } from "../support/machine-runs.ts";

const previous = "dockertls/prod/x";
const takeOver = {
  previousOwner: `${previous} at 10.0.0.4:22`,
  key: "PRIVATE KEY TWO\n",
  certificate: "CERTIFICATE TWO\n",
};
const act: Act = (machine, inserted) => machine.apply(takeOver, { inserted });

const untouched = usedMachine();
const before = untouched.snapshot();
untouched.destroy();
const start = usedMachine();
await start.apply({ owner: previous });
const steps = await CapturedSteps.of(start, act);
const touched = steps.names.indexOf("pending") + 1;
const runs = new MachineRuns();

afterAll(() => {
  for (const made of [start, steps, runs]) made.destroy();
});

test("the take-over has a first touch", () => {
  expect(touched).toBeGreaterThan(1);
});

test.each(steps.names.map((step, index) => [step, index + 1] as const))(
  "killed at %s (%i)",
  async (_step, count) => {
    const killed = steps.at(count);
    if (isKilled(count, steps.names)) await steps.expectSameAsKilled(count);
    expectContainersRun(killed);

    const { ran: old } = await runs.remove(killed, previous);
    if (count <= touched) {
      expect(old).toMatchObject({ code: 0, stdout: expect.stringMatching(/^removed: /) });
    } else {
      expect(old.stdout).toBe("left alone: this machine belongs to dockertls/dev/b1\n");
      const { ran: refused } = await runs.apply(killed, { owner: previous });
      expect(refused).toMatchObject({ code: 10, stderr: expect.stringMatching(/^owner: /) });
      const removed = await runs.remove(killed);
      expectRestored(removed.machine, removed.ran, before);
    }

    const next = await runs.apply(killed, takeOver);
    expectConverged(next.machine, next.ran);
    const restored = await runs.remove(next.machine);
    expectRestored(restored.machine, restored.ran, before);
  },
  60_000,
);
