import type { Problem } from "../problem.ts";
import type { Holder } from "../observed/owner.ts";

/** Who wants to converge a machine. */
export interface Claimant {
  /** `project/stack/host`. */
  readonly owner: string;
  /** Every host of the stack by its name, with the place where it is reached; undefined: not known here. */
  readonly places: Readonly<Record<string, string>> | undefined;
  /** Whether the machine may be taken from whomever it belongs to. */
  readonly takeOver: boolean;
}

/**
 * Why a machine can't be had from its holder; undefined when it can. A host of the same stack leaves it
 * to another when it is gone from the configuration (it was renamed) or is reached elsewhere by now (it
 * moved, or two swapped their machines).
 */
export function claimProblem(
  holder: Holder | undefined,
  { owner, places, takeOver }: Claimant,
): Problem | undefined {
  if (holder === undefined || holder.owner === owner || takeOver) return undefined;
  const where = "owner";
  const [stack, name] = split(holder.owner);
  if (stack !== split(owner)[0]) {
    return {
      where,
      what: `this machine belongs to ${holder.owner}`,
      why: "two stacks would undo each other's work",
      fix: "destroy it there first, or set `takeOver: true` for this host to take it as it is",
    };
  }
  const known = places ?? { [name]: holder.place };
  const place = Object.hasOwn(known, name) ? known[name] : undefined;
  if (place === undefined || (holder.place !== "" && place !== holder.place)) return undefined;
  return {
    where,
    what: `this machine belongs to ${holder.owner}, which is reached at ${place}`,
    why: "two entries would undo each other's work on one machine",
    fix: "take one of the two out of the configuration, or set `takeOver: true` for the one that shall have it",
  };
}

/** `project/stack` and the host's name, which holds no slash. */
function split(owner: string): [stack: string, name: string] {
  const at = owner.lastIndexOf("/");
  return [owner.slice(0, at), owner.slice(at + 1)];
}
