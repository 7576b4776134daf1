// Runs that are killed at a step. The steps are those that the script itself announces, so a new
// one is covered without anybody thinking of it.
import { ScratchMachine } from "./scratch-machine.ts";
import type { Ran } from "./scratch-machine.ts";

export const containers = "web 4711";
export const originalDaemonJson = '{"debug": false}\n';

/** A machine with a daemon.json and a mode of its own, and a running container. */
export function usedMachine(): ScratchMachine {
  const machine = new ScratchMachine();
  machine.write("/etc/docker/daemon.json", originalDaemonJson, 0o600);
  return machine;
}

const logged = (machine: ScratchMachine): string =>
  `step() { current_step=$1; echo "$1" >>'${machine.model}/steps'; }`;

export async function stepsOf(
  machine: ScratchMachine,
  act: (machine: ScratchMachine, inserted: string) => Promise<Ran>,
): Promise<string[]> {
  machine.unset("steps");
  await act(machine, logged(machine));
  return machine.get("steps").split("\n");
}

/** The text that kills the script when it announces a step for the count-th time (from 1). */
export const killAt = (count: number): string =>
  `step() { current_step=$1; steps=$((\${steps:-0} + 1)); [ "$steps" != ${count} ] || kill -9 $$; }`;

/** The same, for a script whose connection, user or clock did something else at that step. */
export const doAt = (name: string, command: string): string =>
  `step() { current_step=$1; if [ "$1" = ${name} ]; then ${command}; fi; }`;

export function expectContainersRun(machine: ScratchMachine): void {
  expect(machine.get("containers")).toBe(containers);
}

export function leftovers(machine: ScratchMachine): string[] {
  return Object.keys(machine.snapshot()).filter((path) => /\.dockertls-|\.new$/.test(path));
}

export function expectConverged(machine: ScratchMachine, ran: Ran): void {
  expect(ran).toMatchObject({ stdout: expect.stringMatching(/^(changed|nothing)/), code: 0 });
  expectContainersRun(machine);
  expect(machine.get("active")).toBe("active");
  expect(machine.get("effective")).toBe(machine.read("/etc/docker/daemon.json").trim());
  expect(leftovers(machine)).toEqual([]);
  const state = Object.keys(machine.snapshot()).filter((path) =>
    /^\/var\/lib\/dockertls\/[^/]*$/.test(path),
  );
  expect(state.map((path) => path.replace(/.*\/(run-)?.*?([a-z]*)$/, "$1$2")).length).toBe(3);
  expect(machine.exists("/var/lib/dockertls/pending")).toBe(false);
}

export function expectGivenBack(
  machine: ScratchMachine,
  ran: Ran,
  before: Record<string, string>,
): void {
  expect(ran).toMatchObject({ code: 0, stderr: "" });
  expect(machine.snapshot()).toEqual(before);
  expectContainersRun(machine);
  expect(machine.get("active")).toBe("active");
}
