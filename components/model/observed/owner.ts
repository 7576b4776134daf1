/** Whom a machine belongs to, as it says itself (remote/ownership.sh). */
export interface MachineOwner {
  /** `project/stack/host`. */
  readonly id: string;
  /** Where that host was reached when it was converged, `address:port`; "" in records of earlier versions. */
  readonly endpoint: string;
  /**
   * A number that grows whenever the host's address comes to lead to another machine; "0" in records of earlier
   * versions. By it a late undo leaves a machine alone that is in use again. Called `claim` on machines and in
   * states.
   */
  readonly fencingToken: string;
}

/** How remote/apply.sh is told of the owner that it may follow: its setting `former`. */
export function previousOwnerText({ id, endpoint }: MachineOwner): string {
  return `${id} at ${endpoint}`;
}
