// A take-over that is killed at any step: from the first touch on the machine is the new owner's, who can
// complete it or give the very first state back, and the old owner leaves it alone.
import {
  expectConverged,
  expectContainersRun,
  expectGivenBack,
  killAt,
  stepsOf,
  usedMachine,
  type Act,
} from "../support/killed-runs.ts";
import type { ScratchMachine } from "../support/scratch-machine.ts";

const former = "dockertls/prod/x";
const takeOver = {
  former: `${former} at 10.0.0.4:22`,
  key: "PRIVATE KEY TWO\n",
  certificate: "CERTIFICATE TWO\n",
};
const act: Act = (machine, inserted) => machine.apply(takeOver, { inserted });

const untouched = usedMachine();
const before = untouched.snapshot();
untouched.destroy();
const start = usedMachine();
await start.apply({ owner: former });
const dry = start.copy();
const steps = await stepsOf(dry, act);
dry.destroy();
const touched = steps.indexOf("pending") + 1;
const machines: ScratchMachine[] = [];

afterEach(() => {
  for (const machine of machines.splice(0)) machine.destroy();
});
afterAll(() => start.destroy());

function another(machine: ScratchMachine): ScratchMachine {
  const copy = machine.copy();
  machines.push(copy);
  return copy;
}

test("the take-over has a first touch", () => {
  expect(touched).toBeGreaterThan(1);
});

test.each(steps.map((step, index) => [step, index + 1] as const))(
  "killed at %s (%i)",
  async (_step, count) => {
    const killed = another(start);
    expect(await act(killed, killAt(count))).toMatchObject({ signal: "SIGKILL" });
    expectContainersRun(killed);

    const old = await another(killed).remove(former);
    if (count <= touched) {
      expect(old).toMatchObject({ code: 0, stdout: expect.stringMatching(/^removed: /) });
    } else {
      expect(old.stdout).toBe("left alone: this machine belongs to dockertls/dev/b1\n");
      const refused = await another(killed).apply({ owner: former });
      expect(refused).toMatchObject({ code: 10, stderr: expect.stringMatching(/^owner: /) });
      const removed = another(killed);
      expectGivenBack(removed, await removed.remove(), before);
    }

    expectConverged(killed, await killed.apply(takeOver));
    expectGivenBack(killed, await killed.remove(), before);
  },
  60_000,
);
