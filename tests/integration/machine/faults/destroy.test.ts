// A destroy, interrupted at every step: see fault-tests.ts for what must hold.
import { FaultLab, stories } from "../../../support/fault-stories.ts";
import { FaultFile, testCutOff } from "../../../support/fault-tests.ts";

const lab = new FaultLab();
const file = new FaultFile(lab, []);

testCutOff(lab, file, stories.removing);

file.testPage("`destroy`");
