// npm run record-release -- VERSION: keeps what this version leaves in a state and on a machine, for
// tests/integration/engine/upgrade.test.ts of every later one. To be run once for each release.
import { releaseLab } from "../lab/machines/labs.ts";
import { downLab } from "../lab/machines/machines.ts";
import { recordRelease, releaseSettings } from "../tests/support/release.ts";
import { closeStacks, StackRun } from "../tests/support/stack-run.ts";
import { TestMachine } from "../tests/support/test-machine.ts";

const [version = ""] = process.argv.slice(2);
if (!/^\d+\.\d+\.\d+$/.test(version)) {
  console.error("usage: npm run record-release -- MAJOR.MINOR.PATCH");
  process.exit(1);
}
const machine = new TestMachine("t1", "trixie", releaseLab.name);
try {
  await machine.pristine();
  const stack = await StackRun.create(releaseSettings(machine));
  await stack.expectSuccess(["up", "--yes", "--skip-preview"]);
  await recordRelease(version, stack, machine);
  console.log(`record-release: wrote tests/releases/${version}.json.gz`);
} finally {
  await closeStacks();
  await downLab(releaseLab.name);
}
