import { canonical } from "../components/model/json-value.ts";
import { lookAtHost, type HostLook, type HostLookArgs } from "./host-look.ts";

/** Seconds for which a look counts as one at the machine as it is. */
const recentSeconds = 60;

/**
 * Looks at machines, and remembers each for the one who asks next: a run looks at a machine when it refreshes, and
 * again before it changes it, seconds later.
 */
export class RecentLooks {
  readonly #looks = new Map<string, { readonly at: number; readonly look: Promise<HostLook> }>();

  /** A new look, which is remembered. */
  look(args: HostLookArgs): Promise<HostLook> {
    const look = lookAtHost(args);
    this.#looks.set(keyOf(args), { at: Date.now(), look });
    return look;
  }

  /**
   * The last look, if it is a recent one of the same things, or a new one; nobody gets it twice. One that failed may
   * go better at the second try.
   */
  lastOrNew(args: HostLookArgs): Promise<HostLook> {
    return this.#last(args)?.catch(() => lookAtHost(args)) ?? lookAtHost(args);
  }

  /** The same, but a machine that was away a moment ago, or let nobody in, is not dialled again. */
  lastEvenFailed(args: HostLookArgs): Promise<HostLook> {
    return this.#last(args) ?? lookAtHost(args);
  }

  #last(args: HostLookArgs): Promise<HostLook> | undefined {
    const key = keyOf(args);
    const last = this.#looks.get(key);
    this.#looks.delete(key);
    return last === undefined || Date.now() - last.at > recentSeconds * 1000
      ? undefined
      : last.look;
  }
}

/** What a look depends on. */
function keyOf({ host, connection, sudo, desired }: HostLookArgs): string {
  const { listener, daemon } = desired;
  return canonical([host, connection, sudo, listener, daemon["data-root"] ?? null]);
}
