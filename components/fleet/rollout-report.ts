// How far a run came that has failed, machine by machine.
import { writeSync } from "node:fs";
import * as pulumi from "@pulumi/pulumi";
import { pluginFunctions } from "../identity.ts";
import type { ConvergedHost } from "./converge-host.ts";
import { known } from "./known.ts";

const fates = {
  "not begun": "its wave's turn did not come; it is as it was",
  unreachable: "not touched; its own line says why",
  refused: "not touched; its own line says why",
  failed: "its own line says why, and whether it was rolled back",
  done: "converged and proven",
} as const;
type Fate = keyof typeof fates;

export class RolloutReport {
  readonly #names: readonly string[];
  readonly #leftOut: readonly string[];
  readonly #fates = new Map<string, Fate>();

  /** @param leftOut those in maintenance. */
  constructor(names: readonly string[], leftOut: readonly string[] = []) {
    this.#names = names;
    this.#leftOut = leftOut;
    if (names.length < 2 || pulumi.runtime.isDryRun()) return;
    // Written at once: nothing is sent any more by then.
    process.once("exit", () => writeSync(1, this.lines().join("")));
  }

  follow(name: string, turn: Promise<void>, { machine, endpoint }: ConvergedHost): void {
    this.#fates.set(name, "refused");
    pulumi.recover(machine.findings, async () => {
      if ((await unreached()).includes(name)) this.#fates.set(name, "unreachable");
      return [];
    });
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
    const order = ["failed", "unreachable", "refused", "not begun", "done"] as const;
    const all = this.#names;
    if (all.every((name) => this.#fates.get(name) === "done")) return [];
    return [
      ...order.flatMap((fate) =>
        line(
          fate,
          all.filter((name) => this.#fates.get(name) === fate),
          fates[fate],
        ),
      ),
      ...line("in maintenance", this.#leftOut, "left out; it is as it was"),
    ];
  }
}

function line(fate: string, names: readonly string[], means: string): string[] {
  return names.length === 0 ? [] : [`rollout: ${fate}: ${names.join(", ")} (${means})\n`];
}

/** The engine tells the program that a look failed, and not why; the plugin that looked knows. */
async function unreached(): Promise<readonly string[]> {
  // Without an answer it counts as refused, and its own line says what it was.
  const { hosts } = await askPlugin().catch(() => ({ hosts: [] }));
  return hosts;
}

function askPlugin(): Promise<{ readonly hosts: readonly string[] }> {
  return pulumi.runtime.invoke(pluginFunctions.unreached, {});
}
