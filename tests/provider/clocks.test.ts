// Fresh certificates and a machine whose clock is behind.
import { untilCertificatesCount } from "../../provider/clocks.ts";
import { convergedMachine, desiredHost, factsOf, freshMachine } from "../support/machine-answer.ts";

const now = 1_790_000_000;
const desired = desiredHost();

async function waitFor(behind: number, values = freshMachine(), validFrom?: string) {
  const facts = factsOf({ ...values, epoch: `${String(now - behind)}\n` });
  const waited: number[] = [];
  const problem = await untilCertificatesCount(
    { facts, endpointProbe: {}, asked: now },
    desired,
    validFrom,
    (seconds) => {
      waited.push(seconds);
      return Promise.resolve();
    },
  );
  return { problem, waited };
}

test.each([[0], [1], [-5], [-3600]])("%i s behind, nothing is waited for", async (behind) => {
  expect(await waitFor(behind)).toEqual({ problem: undefined, waited: [] });
});

test.each([[2], [20], [30]])("%i s behind, they are waited for", async (behind) => {
  expect(await waitFor(behind)).toEqual({ problem: undefined, waited: [behind] });
});

// proves: clock.behind-refused
test("further behind, it is told before anything is touched", async () => {
  expect(await waitFor(31)).toEqual({
    problem: {
      where: "clock",
      what: "is 31 s behind this machine's",
      why: "a certificate is not valid there until that long after it was issued, and every client with a new one would be turned away",
      fix: "set the clock, with `timedatectl set-ntp true` on the machine, and run `pulumi up` again",
    },
    waited: [],
  });
});

test.each([
  ["hours old counts there already", 3600, 7200, []],
  ["issued a minute ago is waited for as long as is left", 80, 60, [20]],
  ["from the future counts as new", 20, -600, [20]],
])("a certificate %s", async (_what, behind, age, waited) => {
  const validFrom = new Date((now - age) * 1000).toISOString();
  expect(await waitFor(behind, freshMachine(), validFrom)).toEqual({ problem: undefined, waited });
});

test.each([["04da6b54-80e4-46f7-96ec-b56ff0331ba9"], [""]])(
  "one of which it is not known counts as new: %j",
  async (validFrom) => {
    expect(await waitFor(20, freshMachine(), validFrom)).toMatchObject({ waited: [20] });
  },
);

test("certificates that the machine has already count there", async () => {
  expect(await waitFor(3600, convergedMachine(desired))).toEqual({
    problem: undefined,
    waited: [],
  });
});

test("a machine that does not say its time is not waited for", async () => {
  const facts = factsOf({ ...freshMachine(), epoch: "soon\n" });
  expect(
    await untilCertificatesCount({ facts, endpointProbe: {}, asked: now }, desired, undefined),
  ).toBeUndefined();
});
