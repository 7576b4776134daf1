// A first up, interrupted at every step: see fault-tests.ts for what must hold.
import { FaultLab, stories } from "../../../support/fault-stories.ts";
import {
  FaultFile,
  longest,
  testCutOff,
  testFullDisk,
  tried,
} from "../../../support/fault-tests.ts";
import { StackRun } from "../../../support/stack-run.ts";

const lab = new FaultLab();
const file = new FaultFile(lab, []);
const { theFirst } = stories;

testCutOff(lab, file, theFirst);

testFullDisk(lab, file, theFirst, [
  "/opt",
  "/etc/docker",
  "/etc/systemd/system",
  "/var/lib/dockertls",
]);

describe("machine A's engine is killed", () => {
  const fault = "engine killed";

  test(
    "in the first up: cancel and destroy give the machine back",
    file.told(async () => {
      const stack = await StackRun.create(lab.settings("a"));
      for (const [killed, end] of tried([
        [fault, () => lab.letGo()],
        [`${fault}, and the run on the machine`, () => lab.killRun()],
      ] as const)) {
        await lab.killEngine(stack);
        await end();
        await lab.expectSameContainer();
        const served = await lab.serves();
        await stack.expectSuccess(["cancel", "--yes"]);
        await stack.expectSuccess(["destroy", "--yes", "--skip-preview"]);
        await lab.expectSameContainer();
        await lab.expectGivenBack();
        lab.note(
          theFirst,
          killed,
          "new-restart",
          served,
          "`cancel`, `destroy`: the machine is as it was",
        );
      }
    }),
    longest,
  );
});

file.testPage("The first `up`");
