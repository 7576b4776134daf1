// What tests start from: a machine on which something was applied. Several tests of a file start alike.
import { MachineRuns } from "./machine-runs.ts";
import type { Wanted } from "./remote-script.ts";
import type { Ran, ScratchMachine } from "./scratch-machine.ts";

const runs = new MachineRuns();
afterAll(() => runs.destroy());

/**
 * As `machine.apply` does, with the usual tools; done once for all machines of a file that are in the same
 * condition. For what a test begins with, not for the run that it is about.
 */
export async function prepare(machine: ScratchMachine, wanted: Wanted = {}): Promise<Ran> {
  const { ran, machine: prepared } = await runs.apply(machine, wanted);
  machine.become(prepared);
  return ran;
}
