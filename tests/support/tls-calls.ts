// Clients that call a Docker API over mutual TLS all the while, each call on a connection of its own.
import { request } from "node:https";
import { setTimeout } from "node:timers/promises";

export interface ClientBundle {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

export interface Calls {
  readonly all: number;
  /** Those that dockerd had begun to answer when it was stopped. */
  readonly cutOff: number;
  /** Why others failed. */
  readonly failures: readonly string[];
  /** Milliseconds that the longest took. */
  readonly longest: number;
}

export const clients = 3;

/** Longer than a restart of dockerd on a busy machine takes. */
const patience = 30_000;

/** Milliseconds between two calls of one client. */
const usualPause = 10;

/** How they fare while work runs. */
export async function callsDuring(
  address: string,
  bundle: ClientBundle,
  work: () => Promise<unknown>,
  pause = usualPause,
): Promise<Calls> {
  const failed: string[] = [];
  let all = 0;
  let longest = 0;
  let goesOn = true;
  const client = async (): Promise<void> => {
    while (goesOn) {
      const begun = performance.now();
      await ping(address, bundle).catch((error: unknown) => failed.push(String(error)));
      all += 1;
      longest = Math.max(longest, performance.now() - begun);
      await setTimeout(pause);
    }
  };
  const running = Array.from({ length: clients }, client);
  try {
    await work();
  } finally {
    goesOn = false;
    await Promise.all(running);
  }
  const failures = failed.filter((why) => !/ECONNRESET|socket hang up/.test(why));
  return { all, cutOff: failed.length - failures.length, failures, longest };
}

/** The same for several bundles at once, none of whose calls may fail; systemd holds the port meanwhile. */
export async function nobodyCutOff(
  address: string,
  bundles: readonly ClientBundle[],
  change: () => Promise<unknown>,
  pause = usualPause,
): Promise<void> {
  const all: (readonly string[])[] = [];
  let cut = 0;
  const during = async ([bundle, ...rest]: readonly ClientBundle[]): Promise<void> => {
    if (bundle === undefined) {
      await change();
      return;
    }
    const calls = await callsDuring(address, bundle, () => during(rest), pause);
    all.push(calls.failures);
    cut += calls.cutOff;
    expect(calls.all).toBeGreaterThan(10);
  };
  await during(bundles);
  expect(all).toEqual(bundles.map(() => []));
  // On a busy machine a stop finds dockerd in the middle of an answer.
  expect(cut).toBeLessThanOrEqual(clients * all.length);
}

/** One call; it fails where the answer is not the one of an API that lets the client in. */
export function ping(address: string, bundle: ClientBundle): Promise<void> {
  return new Promise((resolve, reject) => {
    const options = { ...bundle, host: address, port: 2376, path: "/_ping", agent: false };
    const call = request({ ...options, timeout: patience }, (answer) => {
      answer.resume();
      answer.on("error", reject);
      answer.on("end", () => {
        if (answer.statusCode === 200) resolve();
        else reject(new Error(`status ${String(answer.statusCode)}`));
      });
    });
    call.on("timeout", () => call.destroy(new Error("no answer in time")));
    call.on("error", reject);
    call.end();
  });
}
