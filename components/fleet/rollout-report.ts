// How far a run came that has failed, machine by machine.
import { writeSync } from "node:fs";
import * as pulumi from "@pulumi/pulumi";
import type { ConvergedHost } from "./converge-host.ts";
import { known } from "./known.ts";

const fates = {
  "not begun": "its wave's turn did not come; it is as it was",
  refused: "not touched; its own line says why, or that it can't be reached",
  failed: "its own line says why, and whether it was rolled back",
  done: "converged and proven",
} as const;
type Fate = keyof typeof fates;

export class RolloutReport {
  readonly #names: readonly string[];
  readonly #fates = new Map<string, Fate>();

  constructor(names: readonly string[]) {
    this.#names = names;
    if (names.length < 2 || pulumi.runtime.isDryRun()) return;
    // Written at once: nothing is sent any more by then.
    process.once("exit", () => writeSync(1, this.lines().join("")));
  }

  follow(name: string, turn: Promise<void>, { machine, endpoint }: ConvergedHost): void {
    this.#fates.set(name, "refused");
    const looked = known(machine.findings);
    void looked.then(() => this.#fates.set(name, "not begun"));
    void Promise.all([looked, turn]).then(
      () => this.#fates.set(name, "failed"),
      () => undefined,
    );
    void known(endpoint).then(() => this.#fates.set(name, "done"));
  }

  /** A line for each fate, worst first; none where all is done. */
  lines(): string[] {
    const order = ["failed", "refused", "not begun", "done"] as const;
    const all = this.#names;
    if (all.every((name) => this.#fates.get(name) === "done")) return [];
    return order.flatMap((fate) => {
      const names = all.filter((name) => this.#fates.get(name) === fate);
      return names.length === 0 ? [] : [`rollout: ${fate}: ${names.join(", ")} (${fates[fate]})\n`];
    });
  }
}
