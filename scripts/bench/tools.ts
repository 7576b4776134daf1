// The tools that are compared, as the benchmark drives them: one after the other, on the same machines.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkout } from "../../lab/paths.ts";
import { StackRun } from "../../tests/support/stack-run.ts";
import type { TestMachine } from "../../tests/support/test-machine.ts";
import type { Command } from "./measure.ts";
import type { PhaseName, StateSize, ToolName } from "./results.ts";
import { stateSize } from "./state-size.ts";

/** A setting that dockerd takes in by a reload. Another one each time, so that there is a change. */
export const labelsOf = (turn: number): string[] => (turn === 0 ? [] : [`turn=${turn}`]);

export const mirrors = ["https://mirror.gcr.io"];

/** A tool and what it keeps on machine A of one fleet. */
export interface Fleet {
  /** Makes ready what a user would edit: the settings, with the labels of a turn. */
  configure(turn: number): void;
  /** What a user would call for any phase: but for destroy it is the same command. */
  command(phase: PhaseName): Command;
  /** Only of a tool that has a state. */
  stateSize?(): Promise<StateSize>;
  /** The folder that is its backend; only of a tool that has a state. */
  readonly backend?: string;
  close(): Promise<void>;
}

export interface Tool {
  readonly name: ToolName;
  /** With its version, as a reader knows it. */
  readonly title: string;
  readonly phases: readonly PhaseName[];
  fleet(machines: readonly TestMachine[]): Promise<Fleet>;
}

/** This program, by the engine as a person calls it. */
export const dockertls = (title: string): Tool => ({
  name: "dockertls",
  title,
  phases: ["first", "unchanged", "reload", "destroy"],
  async fleet(machines) {
    const settings = (turn: number): Record<string, unknown> => ({
      daemon: {
        "registry-mirrors": mirrors,
        ...(turn === 0 ? {} : { labels: labelsOf(turn) }),
      },
      // All at once, as the others work.
      rollout: { waves: ["100%"] },
      hosts: Object.fromEntries(machines.map((machine) => [machine.name, machine.host()])),
    });
    const stack = await StackRun.create(settings(0));
    const args = ["--yes", "--skip-preview", "--non-interactive", "--color=never"];
    return {
      backend: join(stack.directory, "state"),
      configure: (turn) => stack.configure(settings(turn)),
      command: (phase) => ({
        file: "pulumi",
        args: [phase === "destroy" ? "destroy" : "up", ...args],
        directory: checkout,
        environment: stack.environment,
      }),
      stateSize: () => stateSize(stack, machines.length),
      close: () => stack.close(),
    };
  },
});

/** A folder of a fleet that goes with it. */
export function fleetFolder(tool: ToolName): {
  readonly directory: string;
  readonly close: () => Promise<void>;
} {
  // Below it lie sockets, whose paths must be short.
  const directory = mkdtempSync(join(tmpdir(), `bench-${tool}-`));
  return {
    directory,
    close: () => Promise.resolve(rmSync(directory, { recursive: true, force: true })),
  };
}
