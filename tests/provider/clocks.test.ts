// Fresh certificates and a machine whose clock is behind.
import { untilCertificatesCount } from "../../provider/clocks.ts";
import { withFastClock } from "../support/fast-clock.ts";
import { convergedMachine, desiredHost, factsOf, freshMachine } from "../support/machine-answer.ts";

const now = 1_790_000_000;
const desired = desiredHost();

async function waitFor(behind: number, values = freshMachine()) {
  const facts = factsOf({ ...values, epoch: `${String(now - behind)}\n` });
  const begun = performance.now();
  const problem = await withFastClock(() =>
    untilCertificatesCount({ facts, outside: {}, asked: now }, desired),
  );
  return { problem, waited: performance.now() - begun };
}

test.each([[0], [1], [-5], [-3600]])("%i s behind, nothing is waited for", async (behind) => {
  const { problem, waited } = await waitFor(behind);
  expect(problem).toBeUndefined();
  expect(waited).toBeLessThan(150);
});

test("some seconds behind, they are waited for", async () => {
  const { problem, waited } = await waitFor(5);
  expect(problem).toBeUndefined();
  // Five times as fast; a timer may be a millisecond early.
  expect(waited).toBeGreaterThanOrEqual(990);
});

test("further behind, it is told before anything is touched", async () => {
  const { problem } = await waitFor(31);
  expect(problem).toEqual({
    where: "clock",
    what: "is 31 s behind this machine's",
    why: "certificates that were issued now are not valid there yet, and it would turn every client away",
    fix: "set the clock, with `timedatectl set-ntp true` on the machine, and run `pulumi up` again",
  });
});

test("certificates that the machine has already count there", async () => {
  const { problem, waited } = await waitFor(3600, convergedMachine(desired));
  expect(problem).toBeUndefined();
  expect(waited).toBeLessThan(150);
});

test("a machine that does not say its time is not waited for", async () => {
  const facts = factsOf({ ...freshMachine(), epoch: "soon\n" });
  expect(await untilCertificatesCount({ facts, outside: {}, asked: now }, desired)).toBeUndefined();
});
