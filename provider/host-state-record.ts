// What the state of a HostState resource holds, and how it is read and written. Its names are in states for
// good: `claim` is a fencing token, `former` a previous owner (components/model/observed/owner.ts).
import { hostEndpoint } from "../components/model/address.ts";
import { pathName } from "../components/model/daemon-json/members.ts";
import type { Baseline } from "../components/model/desired/baseline.ts";
import { desiredFiles } from "../components/model/desired/desired-files.ts";
import { foreignPaths } from "../components/model/desired/desired-host.ts";
import { readRecordedHost, type RecordedHost } from "../components/model/desired/recorded-host.ts";
import { findings, reachFindings } from "../components/model/drift/findings.ts";
import type { Observation } from "../components/model/drift/observation.ts";
import { previousOwnerText, type MachineOwner } from "../components/model/observed/owner.ts";
import type { Impact } from "../components/model/plan/impact.ts";
import { fewLines, type MachineError } from "../components/model/problem.ts";
import type { HostLook, HostLookArgs } from "./host-look.ts";
import { isInMaintenance, type Properties } from "./provider.ts";
import { secret, strings, text, unwrap } from "./wire.ts";

/** What the program hands over; see components/host/host-state.ts. */
export interface Inputs extends HostLookArgs {
  readonly takeOver: boolean;
}

type RecordedInputs = Omit<Inputs, "desired"> & { readonly desired: RecordedHost };

/** Names of the inputs that the state keeps. */
export const inputKeys = [
  "host",
  "connection",
  "sudo",
  "desired",
  "takeOver",
  "claim",
  "inlineHostKey",
  "authorities",
] as const;

/** Inputs of which a change is one of the machine or of the way to it. */
export const comparedKeys = ["host", "connection", "sudo", "desired"] as const;

export function readInputs(properties: Properties): Inputs {
  const { desired, ...inputs } = unwrap(properties) as RecordedInputs;
  return { ...inputs, desired: readRecordedHost(desired) };
}

/** The baseline that was recorded, and what a repair of the drift does that a look has found since. */
export function readRecord(state: Properties): Baseline & { readonly impact: Impact } {
  const record = unwrap(state) as Omit<Baseline, "systemdSocket"> & { readonly impact: Impact };
  // States of 0.1.0 do not say it: there, dockerd made the socket itself.
  return { ...record, systemdSocket: text(state, "systemdSocket") };
}

/** An observation, and when it was made. */
export type Observed = Observation & Pick<HostLook, "asked">;

/** What is recorded when a converge follows, or none is needed. */
export const settled = { drift: [], impact: { effect: "nothing" } satisfies Impact };

/** Only what a converge does not change goes into the state, so that the run after it has nothing to do. */
export function recorded(observed: Observed, inputs: Inputs): Properties {
  const { facts, baseline } = observed;
  return {
    ...noticed(observed, inputs),
    operatingSystem: facts.operatingSystem,
    dockerdVersion: facts.dockerdVersion,
    execStart: secret(baseline.execStart),
    systemdSocket: baseline.systemdSocket,
    base: secret(baseline.base),
    baseSha: baseline.baseSha,
    current: secret(baseline.current),
    edited: baseline.edited,
    unmanagedKeys: fewLines(foreignPaths(inputs.desired, baseline.base).map(pathName)),
  };
}

export function noticed(observed: Observed, { desired, connection }: Inputs): Properties {
  const { facts, baseline, asked } = observed;
  return {
    findings: fewLines([
      ...findings(facts, desired, asked, baseline.base),
      ...reachFindings(observed, desired, connection.host),
    ]),
    unreachable: "",
    blocked: "",
  };
}

/** A machine that can't be seen keeps what was known of it; whether it can be converged is not known. */
export function unreachable(state: Properties, { message }: MachineError): Properties {
  return { ...state, unreachable: message, blocked: "" };
}

/** Whether the last run did not get to compare the machine with its desired state. */
export function wasUnseen(state: Properties): boolean {
  return (
    isInMaintenance(state) || text(state, "unreachable") !== "" || text(state, "blocked") !== ""
  );
}

/** Whether a machine came into the stack in its maintenance, which is over now: no run has ever looked at it. */
export function wasNeverSeen(state: Properties): boolean {
  return isInMaintenance(state) && state["baseSha"] === undefined;
}

export function hasDrift(state: Properties): boolean {
  return strings(state, "drift").length > 0;
}

/** The daemon.json that the converge of a state wrote, if its last one went through. */
export function writtenBy(state: Properties): string | undefined {
  const baseline = readRecord(state);
  if (typeof baseline.base !== "string") return undefined;
  return desiredFiles(readInputs(state).desired, baseline).daemonJson;
}

/** The token of states that were written before there were any. */
const firstToken = "0";

export const fencingTokenIn = (properties: Properties): string =>
  text(properties, "claim") || firstToken;

/** Tokens are times, so that they grow whatever state is lost. */
export function laterToken(token = firstToken): string {
  return String(Math.max(Date.now(), Number(token) + 1));
}

export function isSameAddress(one: Properties, other: Properties): boolean {
  const [before, now] = [one, other].map((properties) => {
    const { host, port } = (unwrap(properties) as RecordedInputs).connection;
    return hostEndpoint(host, port);
  });
  return before === now;
}

/** Whether the last update has found reason to take the machine over from this owner. */
export function isFollowed(owner: MachineOwner | undefined, state: Properties): boolean {
  return owner !== undefined && previousOwnerText(owner) === text(state, "former");
}
