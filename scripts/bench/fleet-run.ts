// One tool on one fleet: from machines that are new through all of its phases.
import type { Reports } from "../../lab/engine/report.ts";
import type { TestMachine } from "../../tests/support/test-machine.ts";
import { checkEndState } from "./end-state.ts";
import { benchMachines, observed, restore } from "./machines.ts";
import { measured } from "./measure.ts";
import { medianOf } from "./results.ts";
import type { Found, PhaseName, Sample } from "./results.ts";
import type { Fleet, Tool } from "./tools.ts";

/** Phases that are run again and again; each of the others needs machines in a state of its own. */
const repeated: readonly PhaseName[] = ["unchanged", "reload"];

/** Where somebody could notice that the API is away. */
const disturbing: readonly PhaseName[] = ["first", "reload"];

/** Fills the caches of files and compiled programs, which no later run would find empty. */
export async function warmUp(tool: Tool): Promise<void> {
  const machines = benchMachines(1);
  await restore(machines);
  const fleet = await tool.fleet(machines);
  try {
    fleet.configure(0);
    await measured(tool.title, fleet.command("first"));
  } finally {
    await fleet.close();
  }
}

/** @param found gets every figure as soon as it is there. */
export async function measureTool(
  tool: Tool,
  count: number,
  rounds: number,
  { say, progress }: Reports,
  found: (more: Partial<Found>) => void,
  phases: readonly PhaseName[] = tool.phases,
): Promise<void> {
  const machines = benchMachines(count);
  const what = `${tool.name} on ${count}`;
  progress(`${what}: putting the machines back to new`);
  await restore(machines);
  const fleet = await tool.fleet(machines);
  try {
    for (const phase of phases) {
      progress(`${what}: ${phase}`);
      const times = repeated.includes(phase) ? rounds : 1;
      const sample = medianOf(await samplesOf(fleet, machines, phase, times));
      found({ results: [{ tool: tool.name, machines: count, phase, rounds: times, ...sample }] });
      say(`${what}: ${phase} ${sample.wallSeconds.toFixed(1)} s`);
      if (phase === "first") await checkEndState(machines);
      if (phase === "unchanged" && fleet.stateSize) found({ states: [await fleet.stateSize()] });
    }
  } finally {
    await fleet.close();
  }
}

async function samplesOf(
  fleet: Fleet,
  machines: readonly TestMachine[],
  phase: PhaseName,
  rounds: number,
): Promise<Sample[]> {
  const samples: Sample[] = [];
  for (let round = 1; round <= rounds; round += 1) {
    if (phase !== "destroy") fleet.configure(phase === "reload" ? round : 0);
    const run = () => measured(phase, fleet.command(phase));
    samples.push(await observed(machines, disturbing.includes(phase), run));
  }
  return samples;
}
