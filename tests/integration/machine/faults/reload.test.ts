// A change that reloads dockerd, interrupted at every step: see fault-tests.ts for what must hold.
import { FaultLab, stories } from "../../../support/fault-stories.ts";
import { FaultFile, testCutOff, testRefused } from "../../../support/fault-tests.ts";

const lab = new FaultLab();
const file = new FaultFile(lab, ["toC", "refusedByReload"]);

testCutOff(lab, file, stories.reloading);

testRefused(lab, file, stories.reloading, {
  program: "refusedByReload",
  fault: "dockerd refuses the reload",
  step: "new-reload",
});

file.testPage("A change that reloads dockerd");
