import { bracketed } from "./certificates.ts";
import type { Problem } from "./problem.ts";

/** Whom a machine belongs to, as it says itself (see remote/ownership.sh). */
export interface Holder {
  /** `project/stack/host`. */
  readonly owner: string;
  /** Where it was reached when that host was converged; "" in records of earlier versions. */
  readonly place: string;
  /** By which of that host's claims: a number, "0" in records of earlier versions. */
  readonly claim: string;
}

/** Who wants to converge a machine. */
export interface Claimant {
  /** `project/stack/host`. */
  readonly owner: string;
  /** Every host of the stack by its name, with the place where it is reached; undefined: not known here. */
  readonly places: Readonly<Record<string, string>> | undefined;
  /** Whether the machine may be taken from whomever it belongs to. */
  readonly takeOver: boolean;
}

/** Where a machine is reached over SSH: `address:port`. */
export function placeOf(host: string, port: number): string {
  return `${bracketed(host)}:${String(port)}`;
}

/** A holder as remote/apply.sh is told of the one that it may follow. */
export function holderText({ owner, place }: Holder): string {
  return `${owner} at ${place}`;
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
