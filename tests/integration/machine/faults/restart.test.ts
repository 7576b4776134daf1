// A change that restarts dockerd, interrupted at every step: see fault-tests.ts for what must hold.
import { FaultLab, stories } from "../../../support/fault-stories.ts";
import {
  FaultFile,
  longest,
  testCutOff,
  testFullDisk,
  testRefused,
} from "../../../support/fault-tests.ts";
import { send, withText } from "../../../support/faults.ts";
import { StackRun } from "../../../support/stack-run.ts";

const lab = new FaultLab();
const file = new FaultFile(lab, ["toB", "hiding", "refusedByStart"]);
const { machine } = lab;
const { restarting } = stories;

testCutOff(lab, file, restarting);

testFullDisk(lab, file, restarting, ["/etc/docker", "/etc/systemd/system", "/var/lib/dockertls"]);

testRefused(lab, file, restarting, {
  program: "refusedByStart",
  fault: "dockerd does not start",
  step: "new-restart",
});

// proves: containers.found-again
test(
  "a container that dockerd does not see any more, which showed in nothing before",
  file.told(async () => {
    await lab.goTo(restarting);
    const blind = "check_storage_moved() { allow_container_restart=false; }";
    const hidden = await send(machine, withText(lab.program("hiding"), blind));
    expect(hidden).toMatchObject({
      exitCode: 30,
      stderr: expect.stringMatching(
        /dockerd would lose track of the running containers, .*; rolled back/,
      ),
    });
    await lab.expectSameContainer();
    expect(await lab.serves()).toBe("a");
    await lab.recover(restarting, "containers out of dockerd's sight", "new-assert");
  }),
  longest,
);

describe("machine A's engine is killed", () => {
  test(
    "in a change: cancel and up complete it",
    file.told(async () => {
      const stack = await StackRun.create(lab.settings("a"));
      expect((await stack.up()).exitCode).toBe(0);
      stack.configure(lab.settings("b"));
      await lab.killEngine(stack);
      await lab.letGo();
      const served = await lab.serves();
      const mark = await machine.mark();
      await stack.expectSuccess(["cancel", "--yes"]);
      expect((await stack.up()).exitCode).toBe(0);
      expect(await machine.dockerStarts(mark)).toBe(0);
      expect((await stack.preview("--expect-no-changes")).exitCode).toBe(0);
      lab.note(
        restarting,
        "engine killed",
        "new-restart",
        served,
        "`cancel`, `up`: nothing was left to restart",
      );
      expect((await stack.destroy()).exitCode).toBe(0);
      await lab.expectSameContainer();
      await lab.expectGivenBack();
    }),
    longest,
  );
});

file.testPage("A change that restarts dockerd");
