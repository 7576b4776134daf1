// What becomes of a machine whose host is taken out of the stack: the engine shows that resources are deleted, and not
// what that does.
import { hostEndpoint } from "../components/model/address.ts";
import type { MachineFacts } from "../components/model/observed/facts.ts";
import type { SshTarget } from "../components/model/ssh-target.ts";

/** A machine as the last look found it, by what deleting its undo does there. */
export type Fate =
  /** It is restored. */
  | "restored"
  /** It was never converged, so nothing is to be restored. */
  | "untouched"
  /** It belongs to somebody else by now, and is left alone. */
  | "left"
  /** It was not seen. */
  | "unknown"
  /** It was not looked at, since it is in maintenance. */
  | "unlooked";

export function fateOf({ owner }: MachineFacts, host: string): Fate {
  if (owner === undefined) return "untouched";
  return owner.id === host ? "restored" : "left";
}

const impacts: Readonly<Record<Fate, string>> = {
  restored:
    "impact: restart: the machine is restored as it was before its first `pulumi up`, and no longer serves this stack",
  untouched: "impact: nothing: the machine was never converged",
  left: "impact: nothing: the machine belongs to somebody else by now, and stays as it is",
  unlooked:
    "impact: restart: the machine, in maintenance so far, is restored as it was before its first `pulumi up`, if it was converged and still belongs to this host",
  unknown: "impact: the machine is to be restored, and can't be as long as it can't be looked at",
};

/** The line for a machine that is no longer any host's. */
export function fateLine(fate: Fate, host: string): string {
  const isGone =
    fate === "unknown" ? `; if it is gone for good, \`npm run forget -- ${host}\`` : "";
  return `${impacts[fate]}${isGone}`;
}

/** The line for a machine that another host of the stack has now. */
export const successionLine = (host: string): string =>
  `impact: nothing is restored: the machine stays converged, as ${host}`;

/** The line for the machine that a host had at another address. */
export function movedLine(before: SshTarget, successor: string | undefined): string {
  const place = hostEndpoint(before.host, before.port);
  return successor === undefined
    ? `impact at ${place}: restart: the machine there is restored as it was before its first \`pulumi up\``
    : `impact at ${place}: nothing is restored: the machine there stays converged, as ${successor}`;
}

/** The host that is reached at an address. */
export function hostAt(
  { host, port }: SshTarget,
  hostEndpoints: Readonly<Record<string, string>>,
): string | undefined {
  const place = hostEndpoint(host, port);
  return Object.entries(hostEndpoints).find(([, endpoint]) => endpoint === place)?.[0];
}
