// A machine that goes down in the middle of a change, and comes up again: see fault-tests.ts for what
// must hold.
import { FaultLab, stories } from "../../../support/fault-stories.ts";
import { FaultFile, longest, tried } from "../../../support/fault-tests.ts";
import { atStep, sendOverSsh, untilReached, wait, withText } from "../../../support/faults.ts";

const lab = new FaultLab();
const file = new FaultFile(lab, ["toB"]);
const { machine } = lab;
const { restarting } = stories;

test.each([
  ["the power goes", "power cut", { powerCut: true }],
  ["the machine is rebooted", "reboot", { powerCut: false }],
])(
  "%s",
  file.told(async (_what: string, fault: string, how: { readonly powerCut: boolean }) => {
    const steps = await lab.touchingSteps(restarting);
    for (const wanted of tried(["new-place-daemon.json", "new-restart", "record"])) {
      await lab.goTo(restarting);
      const [step, count] = steps.find(([name]) => name === wanted) ?? ["", 0];
      expect(step).toBe(wanted);
      const cut = sendOverSsh(machine, withText(lab.program("toB"), atStep(count, wait)));
      await untilReached(machine);
      await lab.boot(how);
      await cut;
      await lab.recover(restarting, fault, step);
    }
    await lab.goTo(restarting);
    await lab.done(lab.program("toB"));
    await lab.boot(how);
    expect(await lab.serves()).toBe("b");
    await lab.recover(restarting, fault, "after the last");
  }),
  longest,
);

file.testPage("The power goes, or the machine is rebooted, in a change that restarts dockerd");
