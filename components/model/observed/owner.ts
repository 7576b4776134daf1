/** Whom a machine belongs to, as it says itself (see remote/ownership.sh). */
export interface Holder {
  /** `project/stack/host`. */
  readonly owner: string;
  /** Where it was reached when that host was converged; "" in records of earlier versions. */
  readonly place: string;
  /** By which of that host's claims: a number, "0" in records of earlier versions. */
  readonly claim: string;
}

/** A holder as remote/apply.sh is told of the one that it may follow. */
export function holderText({ owner, place }: Holder): string {
  return `${owner} at ${place}`;
}
