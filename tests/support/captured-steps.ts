// What a kill at each step of a script leaves, from one run of it: at every step the machine is put aside
// as it lies there. That a run which is killed there really leaves just this, see expectSameAsKilled.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { everythingOf } from "./machine-condition.ts";
import { MachineFiles } from "./machine-files.ts";
import type { Ran, ScratchMachine } from "./scratch-machine.ts";
import { scratchPlace } from "./scratch-place.ts";

export type Act = (machine: ScratchMachine, inserted: string) => Promise<Ran>;

/** The text that kills the script when it announces its count-th step (from 1). */
const killAt = (count: number): string =>
  `step() { current_step=$1; steps=$((\${steps:-0} + 1)); [ "$steps" != ${count} ] || kill -9 $$; }`;

/** The text that puts the machine aside, in a folder for each step. The script's own umask is a strict one. */
const captureIn = (directory: string): string =>
  `step() {
    current_step=$1 captured=$((\${captured:-0} + 1))
    mkdir '${directory}'/$captured && cp -a "$root" "$MODEL" '${directory}'/$captured || kill -9 $$
    echo "$1" >>'${directory}/steps'
  }`;

export class CapturedSteps {
  /** The steps that the script announces, so a new one is covered without anybody thinking of it. */
  readonly names: readonly string[];
  readonly #directory: string;
  readonly #start: ScratchMachine;
  readonly #act: Act;

  private constructor(directory: string, start: ScratchMachine, act: Act) {
    this.#directory = directory;
    this.#start = start;
    this.#act = act;
    this.names = readFileSync(join(directory, "steps"), "utf8").trim().split("\n");
  }

  static async of(start: ScratchMachine, act: Act): Promise<CapturedSteps> {
    const directory = mkdtempSync(join(scratchPlace, "dockertls-steps-"));
    const machine = start.copy();
    try {
      const { signal } = await act(machine, captureIn(directory));
      if (signal) throw new Error(`a step could not be put aside: ${signal}`);
    } finally {
      machine.destroy();
    }
    return new CapturedSteps(directory, start, act);
  }

  /** The machine as a kill at the count-th step leaves it. */
  at(count: number): MachineFiles {
    return new MachineFiles(join(this.#directory, String(count)));
  }

  /** Kills a run at that step: it leaves what was put aside there, to the last file and call. */
  async expectSameAsKilled(count: number): Promise<void> {
    const killed = this.#start.copy();
    try {
      expect(await this.#act(killed, killAt(count))).toMatchObject({ signal: "SIGKILL" });
      expect(everythingOf(killed)).toBe(everythingOf(this.at(count)));
    } finally {
      killed.destroy();
    }
  }

  destroy(): void {
    rmSync(this.#directory, { recursive: true, force: true });
  }
}
