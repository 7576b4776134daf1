// Runs on machines that kills have left. What a run makes of a machine follows from the condition that
// the machine is in: where two are in the same, it is done once, and both are judged by it.
import { createHash } from "node:crypto";
import { conditionOf, conditionOfDocker } from "./machine-condition.ts";
import type { MachineFiles } from "./machine-files.ts";
import type { Wanted } from "./remote-script.ts";
import { ScratchMachine, type Ran } from "./scratch-machine.ts";

export interface Outcome {
  readonly ran: Ran;
  /** To be looked at only: others are judged by it as well. */
  readonly machine: MachineFiles;
}

export class MachineRuns {
  readonly #machines: ScratchMachine[] = [];
  readonly #outcomes = new Map<string, Promise<Outcome>>();
  readonly #starts = new Map<string, number | null>();

  apply(machine: MachineFiles, wanted: Wanted): Promise<Outcome> {
    return this.#run(machine, `apply ${JSON.stringify(wanted)}`, (copy) => copy.apply(wanted));
  }

  remove(machine: MachineFiles, owner?: string): Promise<Outcome> {
    return this.#run(machine, `remove ${owner ?? ""}`, (copy) => copy.remove(owner));
  }

  /** The status with which docker.service starts, after a boot of the machine or without one. */
  start(machine: MachineFiles, boots: boolean): number | null {
    const key = keyOf(String(boots), conditionOfDocker(machine));
    let status = this.#starts.get(key);
    if (status === undefined) {
      const copy = this.#copyOf(machine);
      if (boots) copy.systemctl("daemon-reload");
      copy.systemctl("reset-failed", "docker.service");
      status = copy.systemctl("restart", "docker.service");
      this.#starts.set(key, status);
    }
    return status;
  }

  destroy(): void {
    for (const machine of this.#machines.splice(0)) machine.destroy();
  }

  #run(
    machine: MachineFiles,
    what: string,
    run: (copy: ScratchMachine) => Promise<Ran>,
  ): Promise<Outcome> {
    const key = keyOf(what, conditionOf(machine));
    const known = this.#outcomes.get(key);
    if (known) return known;
    const copy = this.#copyOf(machine);
    const outcome = run(copy).then((ran) => ({ ran, machine: copy }));
    this.#outcomes.set(key, outcome);
    return outcome;
  }

  #copyOf(machine: MachineFiles): ScratchMachine {
    const copy = new ScratchMachine({}, machine);
    this.#machines.push(copy);
    return copy;
  }
}

const keyOf = (what: string, condition: string): string =>
  createHash("sha256").update(`${what}\n${condition}`).digest("hex");
