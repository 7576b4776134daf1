import type { Problem } from "../problem.ts";
import type { MachineOwner } from "../observed/owner.ts";

/** Who wants to converge a machine. */
export interface Candidate {
  /** `project/stack/host`. */
  readonly owner: string;
  /** Where each host of the stack is reached, `address:port`, by its name; undefined: not known here. */
  readonly hostEndpoints: Readonly<Record<string, string>> | undefined;
  /** Whether the machine may be taken over from any owner. */
  readonly takeOver: boolean;
}

/**
 * Why a host may not take a machine over from its present owner; undefined when it may. A host of the same
 * stack leaves its machine to another once it is no longer configured (it was renamed) or is reached at another
 * address (it moved, or two hosts swapped their machines).
 */
export function ownershipProblem(
  present: MachineOwner | undefined,
  { owner, hostEndpoints, takeOver }: Candidate,
): Problem | undefined {
  if (present === undefined || present.id === owner || takeOver) return undefined;
  const where = "owner";
  const [stack, name] = split(present.id);
  if (stack !== split(owner)[0]) {
    return {
      where,
      what: `this machine belongs to ${present.id}`,
      why: "two stacks would undo each other's work",
      fix: "destroy it there first, or set `takeOver: true` for this host to take it as it is",
    };
  }
  const known = hostEndpoints ?? { [name]: present.endpoint };
  const endpoint = Object.hasOwn(known, name) ? known[name] : undefined;
  const hasMoved = present.endpoint !== "" && endpoint !== present.endpoint;
  if (endpoint === undefined || hasMoved) return undefined;
  return {
    where,
    what: `this machine belongs to ${present.id}, which is reached at ${endpoint}`,
    why: "two entries would undo each other's work on one machine",
    fix: "take one of the two out of the configuration, or set `takeOver: true` for the one that is to have it",
  };
}

/** `project/stack` and the host's name, which holds no slash. */
function split(owner: string): [stack: string, name: string] {
  const at = owner.lastIndexOf("/");
  return [owner.slice(0, at), owner.slice(at + 1)];
}
