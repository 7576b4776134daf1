// The lab machines of a fleet, and what they see of a tool: all of them share the processors with the
// tool that is measured.
import { cpus } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { benchImage } from "../../lab/machines/image.ts";
import { askedDuring, localSocket } from "../../tests/support/outage.ts";
import { TestMachine } from "../../tests/support/test-machine.ts";
import type { Cost, Sample } from "./results.ts";

const atATime = 4;

export const benchMachines = (count: number): TestMachine[] =>
  Array.from({ length: count }, (_, index) => new TestMachine(`t${index + 1}`, benchImage));

/** A few at a time. */
export async function inGroups<T>(
  machines: readonly TestMachine[],
  work: (machine: TestMachine) => Promise<T>,
): Promise<T[]> {
  const done: T[] = [];
  for (let start = 0; start < machines.length; start += atATime) {
    done.push(...(await Promise.all(machines.slice(start, start + atATime).map(work))));
  }
  return done;
}

/** Puts all of them back to new. */
export async function restore(machines: readonly TestMachine[]): Promise<void> {
  await inGroups(machines, (machine) => machine.pristine());
  await calm();
}

/** Waits until the processors have little to do, but not for ever: others may use this machine. */
async function calm(): Promise<void> {
  for (let tries = 0; tries < 20; tries += 1) {
    const before = busy();
    await sleep(1000);
    const after = busy();
    if ((after.work - before.work) / (after.all - before.all) < 0.2) return;
  }
}

function busy(): { work: number; all: number } {
  const times = cpus().map((cpu) => cpu.times);
  const all = times.flatMap(Object.values<number>).reduce((total, time) => total + time, 0);
  return { all, work: all - times.reduce((total, { idle }) => total + idle, 0) };
}

/**
 * A run of a tool, together with what the machines saw of it.
 * @param asksApi whether one of them is asked all the while whether its API is there.
 */
export async function observed(
  machines: readonly TestMachine[],
  asksApi: boolean,
  run: () => Promise<Cost>,
): Promise<Sample> {
  const marks = await inGroups(machines, (machine) => machine.mark());
  await calm();
  const [asked] = asksApi ? machines : [];
  let cost: Cost | undefined;
  const work = async (): Promise<void> => {
    cost = await run();
  };
  const outage = asked ? await askedDuring(asked, localSocket, work) : await work();
  if (cost === undefined) throw new Error("bench: a run left no figures");
  const markOf = new Map(machines.map((machine, index) => [machine, marks[index] ?? ""]));
  const seen = await inGroups(machines, async (machine) => ({
    logins: (await machine.logins(markOf.get(machine) ?? "")).accepted,
    restarts: await machine.dockerStarts(markOf.get(machine) ?? ""),
  }));
  return {
    ...cost,
    logins: mean(seen.map(({ logins }) => logins)),
    restarts: mean(seen.map(({ restarts }) => restarts)),
    ...(outage ? { outageSeconds: outage.seconds, hungClients: outage.hungClients } : {}),
  };
}

const mean = (values: readonly number[]): number =>
  values.reduce((total, value) => total + value, 0) / values.length;
