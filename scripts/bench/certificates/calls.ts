// Clients that connect to all machines all the time, while something is done: over mutual TLS with the files of a bundle,
// and with docker's own client by a context. Each call is a connection of its own.
import { setTimeout as sleep } from "node:timers/promises";
import { execa } from "execa";
import { ping, type ClientBundle } from "../../../tests/support/tls-calls.ts";
import type { TestMachine } from "../../../tests/support/test-machine.ts";
import { failuresBeside, restartsIn, type FailedCall } from "./restarts.ts";
import type { Phase } from "./results.ts";

export interface Caller {
  readonly who: string;
  /** Rejects when it is not let in. */
  readonly call: (machine: TestMachine) => Promise<unknown>;
}

/** Milliseconds between two calls of one client on one machine. */
const pause = 50;

/** Long enough for a start of dockerd on a busy machine. */
const patience = 30_000;

export const withBundle = (who: string, bundle: ClientBundle): Caller => ({
  who,
  call: (machine) => ping(machine.address, bundle),
});

/** @param environment docker's, with the configuration that has the contexts. */
export const withContexts = (
  who: string,
  stack: string,
  docker: string,
  environment: NodeJS.ProcessEnv,
): Caller => ({
  who,
  call: async ({ name }) => {
    const args = ["--context", `${stack}-${name}`, "version", "--format", "{{.Server.Version}}"];
    const options = { env: environment, extendEnv: false, timeout: patience, reject: false };
    const run = await execa(docker, args, options);
    if (run.exitCode !== 0) throw new Error(run.stderr || "no answer in time");
  },
});

interface CallsOfOne {
  readonly caller: Caller;
  readonly machine: TestMachine;
  all: number;
  readonly failed: FailedCall[];
}

const clock = (): number => performance.timeOrigin + performance.now();

/** What callers saw while work went on, and what the machines' journals say of it. */
export async function phaseDuring(
  what: string,
  machines: readonly TestMachine[],
  callers: readonly Caller[],
  work: () => Promise<unknown>,
): Promise<Phase> {
  const marks = await Promise.all(machines.map((machine) => machine.mark()));
  const ofAll: CallsOfOne[] = machines.flatMap((machine) =>
    callers.map((caller) => ({ caller, machine, all: 0, failed: [] })),
  );
  let goesOn = true;
  const running = ofAll.map(async (one) => {
    while (goesOn) {
      await callOnce(one);
      await sleep(pause);
    }
  });
  const begun = performance.now();
  try {
    await work();
  } finally {
    goesOn = false;
    await Promise.all(running);
  }
  const seconds = (performance.now() - begun) / 1000;
  const seen = await Promise.all(
    machines.map(async (machine, index) => {
      const mark = marks[index] ?? "";
      const restarts = restartsIn(await unitLines(machine, mark));
      const failed = ofAll.filter((one) => one.machine === machine);
      return {
        starts: await machine.dockerStarts(mark),
        failures: failed.map(({ caller, failed: calls }) => ({
          who: caller.who,
          ...failuresBeside(restarts, calls),
        })),
      };
    }),
  );
  const failures = seen.flatMap((machine) => machine.failures);
  const told = (which: "whileRestarting" | "beyond"): string[] =>
    failures.flatMap(({ who, [which]: calls }) => calls.map(({ why }) => `${who}: ${why}`));
  return {
    what,
    seconds,
    callers: callers.map(({ who }) => who),
    calls: ofAll.reduce((total, { all }) => total + all, 0),
    whileRestarting: told("whileRestarting"),
    beyond: told("beyond"),
    restarts: seen.map(({ starts }) => starts),
  };
}

async function callOnce(one: CallsOfOne): Promise<void> {
  const from = clock();
  one.all += 1;
  await one.caller.call(one.machine).catch((error: unknown) => {
    const why = error instanceof Error ? error.message : String(error);
    const [first = ""] = why.split("\n");
    // One reason, whichever machine it was.
    const general = first.replaceAll(/\d+(\.\d+){3}:\d+/g, "ADDRESS");
    one.failed.push({ from, to: clock(), why: general });
  });
}

const unitLines = (machine: TestMachine, mark: string): Promise<string> =>
  machine.sh(
    `journalctl --sync && journalctl UNIT=docker.service -o short-unix --no-pager --since=@${mark}`,
  );

const refusal = /alert|certificate required|bad certificate|unknown ca/i;

/**
 * Seconds from now until each machine turns a client away that it lets in now, once work has begun.
 * @throws Error where one never does.
 */
export async function secondsToRefusal(
  machines: readonly TestMachine[],
  bundle: ClientBundle,
  work: () => Promise<unknown>,
): Promise<number[]> {
  await Promise.all(machines.map(({ address }) => ping(address, bundle)));
  const begun = performance.now();
  const working = { goesOn: true };
  const watched = Promise.all(
    machines.map(async ({ name, address }) => {
      // One call more after the work has ended.
      for (let isLast = false; ; isLast = !working.goesOn) {
        const why = await ping(address, bundle).then(() => "", String);
        if (refusal.test(why)) return (performance.now() - begun) / 1000;
        if (isLast) throw new Error(`bench: ${name}: still lets a client in that was revoked`);
        await sleep(pause);
      }
    }),
  );
  // Work may fail first.
  watched.catch(() => undefined);
  try {
    await work();
  } finally {
    working.goesOn = false;
  }
  return watched;
}
