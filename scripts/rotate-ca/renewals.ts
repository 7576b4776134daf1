// When the certificates of all machines are due for renewal, so that a phase that restarts them costs nothing more.
import { hostNames, leafInGeneration } from "../../components/identity.ts";
import { renewBefore, type Lifetime } from "../../components/model/certificates.ts";
import type { Certificate } from "../expiry/certificates.ts";

interface Moment {
  readonly host: string;
  readonly at: Date;
}

/** From the first renewal on, `pulumi up` restarts that machine for it alone; at the last all are due. */
export interface RenewalWindow {
  readonly first: Moment;
  readonly last: Moment;
  /** Why it can't be waited for; undefined: it can. */
  readonly tooLate: string | undefined;
}

type Renewal = Pick<Certificate, "owner" | "renewsFrom" | "endsAt">;

/** @param machines those that are restarted. */
export function renewalWindow(
  certificates: readonly (Renewal & Pick<Certificate, "kind">)[],
  machines: readonly string[],
): RenewalWindow | undefined {
  return windowOf(
    certificates.filter(({ kind, owner }) => kind === "machine" && machines.includes(owner)),
  );
}

/** The one after that: by then each has a new certificate, issued on that day. */
export function nextWindow(
  machines: readonly string[],
  { from, generation, lifetime }: { from: Date; generation: number; lifetime: Lifetime },
): RenewalWindow | undefined {
  const endsAt = new Date(from.getTime() + lifetime.hours * hour);
  return windowOf(
    machines.map((owner) => {
      const early = renewBefore(leafInGeneration(hostNames.server(owner), generation), lifetime);
      return { owner, endsAt, renewsFrom: new Date(endsAt.getTime() - early * hour) };
    }),
  );
}

const hour = 3_600_000;

function windowOf(certificates: readonly Renewal[]): RenewalWindow | undefined {
  const byRenewal = certificates.toSorted(
    (a, b) => a.renewsFrom.getTime() - b.renewsFrom.getTime(),
  );
  const [first, last] = [byRenewal[0], byRenewal.at(-1)];
  const [ends] = certificates.toSorted((a, b) => a.endsAt.getTime() - b.endsAt.getTime());
  if (first === undefined || last === undefined || ends === undefined) return undefined;
  const day = (date: Date): string => date.toISOString().slice(0, 10);
  return {
    first: { host: first.owner, at: first.renewsFrom },
    last: { host: last.owner, at: last.renewsFrom },
    tooLate:
      ends.endsAt <= last.renewsFrom
        ? `they are too far apart: ${ends.owner}'s certificate ends on ${day(ends.endsAt)}, before ${last.owner}'s is due on ${day(last.renewsFrom)}`
        : undefined,
  };
}
