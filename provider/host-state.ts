import { randomUUID } from "node:crypto";
import type { DesiredHost } from "../components/model/desired/desired-host.ts";
import { sha256 } from "../components/model/digest.ts";
import { drift } from "../components/model/drift/drift.ts";
import type { Observation } from "../components/model/drift/observation.ts";
import { servedDrift } from "../components/model/drift/served-certificate.ts";
import type { MachineFacts } from "../components/model/observed/facts.ts";
import { previousOwnerText } from "../components/model/observed/owner.ts";
import {
  changeImpact,
  combined,
  describeImpact,
  notConverged,
} from "../components/model/plan/impact.ts";
import {
  noRepair,
  readRepair,
  repairImpact,
  type Repair,
} from "../components/model/plan/repair.ts";
import { lookProblem } from "../components/model/preconditions/docker-service.ts";
import { ownershipProblem } from "../components/model/preconditions/ownership.ts";
import { checkPreconditions } from "../components/model/preconditions/preconditions.ts";
import { fewLines, MachineError, type Problem } from "../components/model/problem.ts";
import { untilCertificatesCount } from "./clocks.ts";
import { lookAtHost, problemOfHost } from "./host-look.ts";
import {
  comparedKeys,
  fencingTokenIn,
  hasDrift,
  inputKeys,
  isFollowed,
  isSameAddress,
  laterToken,
  noticed,
  readInputs,
  readRecord,
  recorded,
  settled,
  unreachable,
  wasUnseen,
  writtenBy,
  type Inputs,
  type Observed,
} from "./host-state-record.ts";
import type { ManagedResource, Properties, Tell } from "./provider.ts";
import { lookWhenReady } from "./wait-for.ts";
import { changedKeys, strings, text, unwrap } from "./wire.ts";

/** A look before a change: what was observed, and what is recorded of it. */
interface LookForChange {
  readonly observed: Observed;
  readonly desired: DesiredHost;
  readonly record: Properties;
}

/** Observes the machine and compares it with its desired state; never changes it. */
export class HostStateResource implements ManagedResource {
  // 2: where dockerd listens is one part of `desired`. 3: the fencing token, and what a repair does.
  readonly stateVersion = 3;
  /** Where the stack's hosts are reached, as this run's program says. */
  #hostEndpoints: Readonly<Record<string, string>> | undefined;
  /** From when on the certificates of this run's program are valid, RFC 3339, by host. */
  readonly #certificatesValidFrom = new Map<string, string>();
  /** Seconds that machines are waited for which are still being set up, by host. */
  readonly #waits = new Map<string, number>();

  /**
   * Gives the machine a later fencing token where the address is another than before. What `check` returns
   * is what the program sees in a preview, so the token is known there. What only a look before a change needs
   * stays here: the endpoints of all hosts would make the state grow with the square of their number.
   */
  check(
    olds: Properties,
    { hostEndpoints, certificateValidFrom, waitFor, ...news }: Properties,
  ): Properties {
    this.#hostEndpoints = unwrap(hostEndpoints) as Readonly<Record<string, string>>;
    const validFrom = unwrap(certificateValidFrom);
    if (typeof validFrom === "string") {
      this.#certificatesValidFrom.set(text(news, "host"), validFrom);
    }
    if (typeof waitFor === "number") this.#waits.set(text(news, "host"), waitFor);
    if (olds["connection"] === undefined) return { ...news, claim: laterToken() };
    const last = fencingTokenIn(olds);
    return { ...news, claim: isSameAddress(olds, news) ? last : laterToken(last) };
  }

  /** So that the next preview knows the token that the machine kept. */
  inputsOf(state: Properties): Properties {
    return Object.fromEntries(inputKeys.map((key) => [key, state[key]]));
  }

  /**
   * `takeOver` is not compared: it matters only to a machine that belongs to somebody else, and that one is
   * `blocked`.
   */
  changed(state: Properties, inputs: Properties): boolean {
    return (
      hasDrift(state) || wasUnseen(state) || changedKeys(comparedKeys, state, inputs).length > 0
    );
  }

  /** What the change that is due does to dockerd, as far as it is known before it is made. */
  notices(state: Properties | undefined, inputs: Properties): string[] {
    if (state === undefined) return [`impact: ${describeImpact(notConverged)}`];
    // That is reported, or about to be, and such a look says nothing of the impact.
    if (wasUnseen(state)) return [];
    const before = readRecord(state);
    const { desired } = readInputs(inputs);
    const change = changeImpact(readInputs(state).desired, desired, before);
    const impact = describeImpact(combined([before.impact, change]));
    const both = before.impact.effect !== "nothing" && change.effect !== "nothing";
    // The engine asks after its refresh as well, when only the drift is known.
    return [`impact${both ? " of the drift and of the change" : ""}: ${impact}`];
  }

  unmoved(state: Properties): string {
    return text(state, "host");
  }

  async create(inputs: Properties, tell?: Tell): Promise<Properties> {
    const { observed, desired, record } = await this.#lookForChange(inputs, tell);
    const installation = installationFor(observed.facts, desired, "");
    return { ...inputs, ...record, repair: noRepair, installation };
  }

  async update(state: Properties, inputs: Properties, tell?: Tell): Promise<Properties> {
    const { observed, desired, record } = await this.#lookForChange(inputs, tell);
    const { facts } = observed;
    // The refresh before has compared nothing on a machine that was unreachable or blocked.
    const drifted =
      hasDrift(state) || (wasUnseen(state) && differencesOf(observed, desired).length > 0);
    const repair = drifted
      ? repairOf(observed, desired, state)
      : readRepair(unwrap(state["repair"]));
    // The same machine at another address: nothing is to be restored, so the token stays.
    const isStillOwned =
      facts.owner?.id === desired.owner && facts.owner.fencingToken === fencingTokenIn(state);
    const claim =
      isSameAddress(state, inputs) || isStillOwned ? fencingTokenIn(state) : text(inputs, "claim");
    const installation = installationFor(facts, desired, text(state, "installation"));
    return { ...inputs, ...record, claim, repair, installation };
  }

  async read(state: Properties): Promise<Properties> {
    const inputs = readInputs(state);
    const { desired } = inputs;
    try {
      const look = await lookAtHost(inputs);
      const unseen = lookProblem(look.facts);
      if (unseen !== undefined) return unreachable(state, problemOf(inputs, unseen));
      const baseline =
        lostOwnership(look.facts, desired, state) ?? checkPreconditions(look.facts, desired);
      if ("where" in baseline) {
        return { ...state, unreachable: "", blocked: problemOf(inputs, baseline).message };
      }
      const observed = { ...look, baseline };
      const differences = differencesOf(observed, desired);
      if (differences.length === 0) return { ...state, ...recorded(observed, inputs), ...settled };
      // The update that follows records the baseline anew; a changed digest beside the drift would only be
      // noise to whoever reads the preview.
      return {
        ...state,
        ...noticed(observed, inputs),
        drift: differences,
        impact: repairImpact(observed, desired, writtenBy(state)),
      };
    } catch (error) {
      return unreachable(state, problemOfHost(inputs.host, error));
    }
  }

  warnings(state: Properties): string[] {
    const problems = [text(state, "unreachable"), text(state, "blocked")];
    return [
      ...problems.filter((line) => line !== ""),
      ...strings(state, "drift").map((line) => `drift: ${line}`),
      ...strings(state, "findings").map((line) => `finding: ${line}`),
    ];
  }

  /** A look that must succeed, since a converge follows that clears whatever drift there is. */
  async #lookForChange(properties: Properties, tell?: Tell): Promise<LookForChange> {
    const inputs = readInputs(properties);
    const { desired, takeOver } = inputs;
    try {
      const look = await lookWhenReady(inputs, this.#waits.get(inputs.host) ?? 0, tell);
      const { owner } = look.facts;
      const candidate = { owner: desired.owner, hostEndpoints: this.#hostEndpoints, takeOver };
      const baseline =
        ownershipProblem(owner, candidate) ?? checkPreconditions(look.facts, desired);
      if ("where" in baseline) throw problemOf(inputs, baseline);
      const late = await untilCertificatesCount(
        look,
        desired,
        this.#certificatesValidFrom.get(inputs.host),
      );
      if (late !== undefined) throw problemOf(inputs, late);
      const observed = { ...look, baseline };
      const isOurs = owner === undefined || owner.id === desired.owner;
      const former = isOurs ? "" : previousOwnerText(owner);
      return { observed, desired, record: { ...recorded(observed, inputs), ...settled, former } };
    } catch (error) {
      throw problemOfHost(inputs.host, error);
    }
  }
}

function differencesOf(
  { facts, endpointProbe, baseline }: Observation,
  desired: DesiredHost,
): string[] {
  return fewLines([
    ...drift(facts, desired, baseline),
    ...servedDrift(facts, desired, endpointProbe),
  ]);
}

function repairOf(observed: Observed, desired: DesiredHost, state: Properties): Repair {
  const { kind, text: found } = observed.facts.daemonJson;
  return {
    id: randomUUID(),
    effect: repairImpact(observed, desired, writtenBy(state)).effect,
    from: kind === "absent" ? "absent" : sha256(found),
  };
}

/** Only an update takes over, or follows an owner: a look may have found one who came since. */
function lostOwnership(
  { owner }: MachineFacts,
  desired: DesiredHost,
  state: Properties,
): Problem | undefined {
  const hostEndpoints = isFollowed(owner, state) ? {} : undefined;
  return ownershipProblem(owner, { owner: desired.owner, hostEndpoints, takeOver: false });
}

/** Another where the machine's script is missing: the HostScript that depends on it puts it there. */
function installationFor(facts: MachineFacts, { script = "" }: DesiredHost, last: string): string {
  return facts.scripts.includes(script) ? last : randomUUID();
}

function problemOf(inputs: Inputs, problem: Problem): MachineError {
  return problemOfHost(inputs.host, new MachineError(problem));
}
