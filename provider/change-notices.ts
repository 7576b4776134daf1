// What a person is told of a change before it is made: a preview shows that a resource changes, but not what comes of
// it on the machine.
import {
  isLoopback,
  particularAddresses,
  type Listener,
} from "../components/model/daemon-json/listener.ts";
import { localSocket } from "../components/model/desired/local-socket.ts";
import type { MachineFacts } from "../components/model/observed/facts.ts";
import { describeAdoption } from "../components/model/plan/adoption.ts";
import {
  changeImpact,
  combined,
  describeImpact,
  describeTakenAlong,
  type Impact,
} from "../components/model/plan/impact.ts";
import { repairImpact } from "../components/model/plan/repair.ts";
import { takenAlong } from "../components/model/preconditions/taken-along.ts";
import {
  isSameAddress,
  noticed,
  readInputs,
  readRecord,
  wasUnseen,
  writtenBy,
  type Observed,
} from "./host-state-record.ts";
import type { Properties, Told } from "./provider.ts";
import { strings } from "./wire.ts";

/** By a look that was made for the change. `state` is undefined for a machine that is new. */
export function tellOfChange(
  observed: Observed,
  state: Properties | undefined,
  inputs: Properties,
  tell: Told,
): void {
  const { owner } = observed.facts;
  if (owner !== undefined && owner.id !== readInputs(inputs).desired.owner) {
    tell.info(`owner: ${owner.id} so far; the machine stays converged, and nothing is restored`);
  }
  const { impact, of } = dueImpact(observed, state, inputs);
  const { desired } = readInputs(inputs);
  const { facts, baseline } = observed;
  const taken = impact.effect === "restart" ? takenAlong(facts, desired, baseline) : [];
  const adopted = facts.record === undefined ? describeAdoption(desired, baseline) : "";
  const along = describeTakenAlong(taken, desired);
  tell.info(`impact${of}: ${describeImpact(impact)}${adopted}${along}`);
  if (impact.effect === "restart") tellOfLeftBehind(observed, inputs, tell);
  if (isListenNew(state, inputs)) tellOfBoots(facts, desired.listener, tell);
  const { findings } = noticed(observed, readInputs(inputs));
  for (const line of strings({ findings }, "findings")) tell.warn(`finding: ${line}`);
}

interface DueImpact {
  readonly impact: Impact;
  /** What it comes from, where that needs saying. */
  readonly of: string;
}

function dueImpact(
  observed: Observed,
  state: Properties | undefined,
  inputs: Properties,
): DueImpact {
  const { desired } = readInputs(inputs);
  if (state === undefined || !knowsTheMachine(state, inputs)) {
    const written = state === undefined || !isReadable(state) ? undefined : writtenBy(state);
    return { impact: repairImpact(observed, desired, written), of: "" };
  }
  const before = readRecord(state);
  const change = changeImpact(readInputs(state).desired, desired, before);
  const isBoth = [before.impact, change].every(({ effect }) => effect !== "nothing");
  return {
    impact: combined([before.impact, change]),
    of: isBoth ? " of the drift and of the change" : "",
  };
}

/** Containers that hold a socket which dockerd makes itself: it is another one after every start. */
function tellOfLeftBehind(
  { facts: { socketMounts }, baseline }: Observed,
  inputs: Properties,
  tell: Told,
): void {
  if (socketMounts.length === 0) return;
  const { listener } = readInputs(inputs).desired;
  const isLast = localSocket(listener, baseline).isSystemds;
  tell.warn(
    `containers: ${socketMounts.join(", ")} mounted the local socket, which this restart makes anew` +
      `${isLast ? " for the last time" : ""}; they can't reach dockerd after it; ` +
      `run \`docker restart ${socketMounts.join(" ")}\` on the machine then`,
  );
}

function isListenNew(state: Properties | undefined, inputs: Properties): boolean {
  const addressesOf = (of: Properties): string =>
    readInputs(of).desired.listener.addresses.join(" ");
  return state === undefined || !isReadable(state) || addressesOf(state) !== addressesOf(inputs);
}

/** What `listen` risks at every boot from now on. */
function tellOfBoots({ addresses = [] }: MachineFacts, listener: Listener, tell: Told): void {
  const named = particularAddresses(listener).filter((address) => !isLoopback(address));
  if (named.length === 0) return;
  tell.info(
    `listen: after a boot dockerd starts once the machine has ${named.join(" and ")}; until then local clients wait, too`,
  );
  const assigned = addresses.filter(
    ({ address, isDynamic }) => isDynamic && named.includes(address),
  );
  if (assigned.length === 0) return;
  tell.warn(
    `listen: ${assigned.map(({ address }) => address).join(" and ")} is assigned by DHCP or a router; ` +
      "dockerd does not start where that becomes another one; reserve it there, or listen on 0.0.0.0",
  );
}

/** Whether the state says how the machine is that the inputs lead to. */
function knowsTheMachine(state: Properties, inputs: Properties): boolean {
  return isReadable(state) && !wasUnseen(state) && isSameAddress(state, inputs);
}

/** Versions before the third recorded no impact. */
function isReadable(state: Properties): boolean {
  return (readRecord(state) as { readonly impact?: Impact }).impact !== undefined;
}
