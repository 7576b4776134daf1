// Ctrl-C, and what else tells this process to end. The engine hears of it once, and finishes the step under way.
import type { Stop } from "./engine.ts";

export class Interruption implements Stop {
  readonly #inOrder = new AbortController();
  readonly #atOnce = new AbortController();
  readonly #say: (line: string) => void;
  #times = 0;

  constructor(say: (line: string) => void) {
    this.#say = say;
  }

  get inOrder(): AbortSignal {
    return this.#inOrder.signal;
  }

  get atOnce(): AbortSignal {
    return this.#atOnce.signal;
  }

  get happened(): boolean {
    return this.#times > 0;
  }

  /** From now on such signals end a rollout in good order. */
  listen(): void {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
      process.on(signal, () => {
        this.interrupt();
      });
    }
  }

  interrupt(): void {
    this.#times += 1;
    if (this.#times === 1) {
      this.#say(first);
      this.#inOrder.abort();
    } else if (this.#times === 2) {
      this.#say(second);
    } else {
      this.#atOnce.abort();
    }
  }
}

const first = "interrupted: the step under way is finished, and nothing further begun";
const second =
  "still finishing the step under way; a third Ctrl-C ends the engine at once: the stack stays locked until `pulumi cancel`, and a machine may be left in the middle of a change, which the next run completes";
