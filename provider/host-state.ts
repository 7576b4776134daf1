import { randomUUID } from "node:crypto";
import { authorityProblem, type AuthoritiesInput } from "../components/model/authority-change.ts";
import type { DesiredHost } from "../components/model/desired/desired-host.ts";
import { sha256 } from "../components/model/digest.ts";
import { drift } from "../components/model/drift/drift.ts";
import type { Observation } from "../components/model/drift/observation.ts";
import { servedDrift } from "../components/model/drift/served-certificate.ts";
import type { FirewallFacts } from "../components/model/firewall/firewall-facts.ts";
import type { MachineFacts } from "../components/model/observed/facts.ts";
import { previousOwnerText } from "../components/model/observed/owner.ts";
import type { Impact } from "../components/model/plan/impact.ts";
import {
  noRepair,
  readRepair,
  repairImpact,
  type Repair,
} from "../components/model/plan/repair.ts";
import { lookProblem } from "../components/model/preconditions/docker-service.ts";
import { ownershipProblem } from "../components/model/preconditions/ownership.ts";
import { checkPreconditions } from "../components/model/preconditions/preconditions.ts";
import { takenAlongProblem } from "../components/model/preconditions/taken-along.ts";
import { fewLines, MachineError, type Problem } from "../components/model/problem.ts";
import { untilCertificatesCount } from "./clocks.ts";
import type { SshTarget } from "../components/model/ssh-target.ts";
import { tellOfChange } from "./change-notices.ts";
import { fateLine, fateOf, hostAt, movedLine, successionLine, type Fate } from "./fates.ts";
import { problemOfHost, type HostLook } from "./host-look.ts";
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
  recorded,
  settled,
  unreachable,
  wasNeverSeen,
  wasUnseen,
  writtenBy,
  type Inputs,
  type Observed,
} from "./host-state-record.ts";
import { askFirewall } from "./firewall.ts";
import { LookError } from "./look-error.ts";
import { changedPaths, telling, type Detail } from "./details.ts";
import { ShownSettings } from "./shown-settings.ts";
import type { ManagedResource, Properties, Told } from "./provider.ts";
import { RecentLooks } from "./recent-looks.ts";
import { lookWhenReady } from "./wait-for.ts";
import { changedKeys, strings, text, unwrap } from "./wire.ts";

/** A look before a change: what was observed, and what is recorded of it. */
interface LookForChange {
  readonly observed: Observed;
  readonly desired: DesiredHost;
  readonly record: Properties;
}

/** A machine that a refresh looked at, and where its lines go. */
interface Refreshed {
  readonly connection: SshTarget;
  readonly fate: Fate;
  readonly tell: Told;
}

/** An authority that changed within its generation is a slip: nothing is begun, on any machine. */
function refuseOtherAuthority(olds: Properties, news: Properties): void {
  const [before, now] = [olds, news].map(
    (inputs) => unwrap(inputs["authorities"]) as AuthoritiesInput | undefined,
  );
  const problem = now && authorityProblem(before?.keys, now.keys, now.generation);
  if (problem !== undefined) throw new MachineError(problem);
}

/** Observes the machine and compares it with its desired state; never changes it. */
export class HostStateResource implements ManagedResource {
  // 2: where dockerd listens is one part of `desired`. 3: the fencing token, and what a repair does.
  readonly stateVersion = 3;
  readonly inputsAlone = [
    "connection",
    "desired",
    "daemonJson",
    "maintenance",
    "inlineHostKey",
    "authorities",
  ];
  readonly #looks = new RecentLooks();
  readonly #settings = new ShownSettings();
  /** Where the stack's hosts are reached, as this run's program says. */
  #hostEndpoints: Readonly<Record<string, string>> | undefined;
  /** Machines that this run's refresh looked at, by host, until it is known which of them the program wants. */
  readonly #refreshed = new Map<string, Refreshed>();
  readonly #destroys: boolean;
  /** From when on the certificates of this run's program are valid, RFC 3339, by host. */
  readonly #certificatesValidFrom = new Map<string, string>();
  /** Seconds that machines are waited for which are still being set up, by host. */
  readonly #waits = new Map<string, number>();
  /** How hosts were reached in this run. */
  readonly #ways = new Map<string, Inputs>();
  /** Hosts that could not be reached when they were to be changed. */
  readonly #unreached = new Set<string>();

  /** @param destroys whether this run is to destroy the stack. */
  constructor(destroys = false) {
    this.#destroys = destroys;
  }

  /**
   * Gives the machine a later fencing token where the address is another than before. What `check` returns
   * is what the program sees in a preview, so the token is known there. What only a look before a change needs
   * stays here: the endpoints of all hosts would make the state grow with the square of their number.
   */
  check(
    olds: Properties,
    { hostEndpoints, certificateValidFrom, waitFor, ...news }: Properties,
  ): Properties {
    refuseOtherAuthority(olds, news);
    this.#hostEndpoints = unwrap(hostEndpoints) as Readonly<Record<string, string>>;
    this.#tellOfThoseLeftOut(this.#hostEndpoints);
    const validFrom = unwrap(certificateValidFrom);
    if (typeof validFrom === "string") {
      this.#certificatesValidFrom.set(text(news, "host"), validFrom);
    }
    if (typeof waitFor === "number") this.#waits.set(text(news, "host"), waitFor);
    const inputs = { ...news, ...this.#settings.wanted(news, olds) };
    if (olds["connection"] === undefined) return { ...inputs, claim: laterToken() };
    const last = fencingTokenIn(olds);
    return { ...inputs, claim: isSameAddress(olds, news) ? last : laterToken(last) };
  }

  /** So that the next preview knows the token that the machine kept, and the daemon.json that lies there. */
  inputsOf(state: Properties, olds: Properties): Properties {
    const kept = inputKeys.filter((key) => state[key] !== undefined);
    const inputs = Object.fromEntries(kept.map((key) => [key, state[key]]));
    return { ...inputs, ...this.#settings.found(readInputs(state), olds) };
  }

  details(state: Properties, olds: Properties, news: Properties): readonly Detail[] {
    const drift: Detail = { path: "drift", kind: "delete", ofInputs: false };
    return telling([...changedPaths(olds, news), ...(hasDrift(state) ? [drift] : [])], (path) =>
      /^(daemonJson|drift|maintenance|sudo|connection|desired\.(owner|listener|unmanaged|allow))/.test(
        path,
      ),
    );
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

  /** All but the fencing token stays unknown, and so does what depends on it: the converge, the proofs. */
  async foresee(
    state: Properties | undefined,
    inputs: Properties,
    tell: Told,
  ): Promise<Properties> {
    try {
      const look = this.#looks.lastEvenFailed(readInputs(inputs));
      const { observed } = await this.#lookForChange(inputs, look, () => Promise.resolve());
      this.#tellOfChange(observed, state, inputs, tell);
      return state === undefined
        ? inputs
        : { ...inputs, claim: tokenAfter(state, inputs, observed.facts) };
    } catch (error) {
      tell.warn(problemOfHost(text(inputs, "host"), error).message);
      return inputs;
    }
  }

  unmoved(state: Properties): string {
    return text(state, "host");
  }

  async create(inputs: Properties, tell: Told): Promise<Properties> {
    const look = this.#lookWhenReady(readInputs(inputs), tell);
    const { observed, desired, record } = await this.#lookForChange(inputs, look);
    this.#tellOfChange(observed, undefined, inputs, tell);
    const installation = installationFor(observed.facts, desired, "");
    return { ...inputs, ...record, repair: noRepair, installation };
  }

  async update(state: Properties, inputs: Properties, tell: Told): Promise<Properties> {
    const look = this.#lookWhenReady(readInputs(inputs), tell);
    const { observed, desired, record } = await this.#lookForChange(inputs, look);
    this.#tellOfChange(observed, state, inputs, tell);
    const { facts } = observed;
    const impact = repairImpact(observed, desired, writtenBy(state));
    if (impact.effect === "restart") {
      const taken = takenAlongProblem(facts, desired, observed.baseline);
      if (taken !== undefined) throw problemOf(readInputs(inputs), taken);
    }
    // The refresh before has compared nothing on a machine that was unreachable or blocked.
    const drifted =
      hasDrift(state) || (wasUnseen(state) && differencesOf(observed, desired).length > 0);
    const repair = drifted ? repairOf(observed, impact) : readRepair(unwrap(state["repair"]));
    const claim = tokenAfter(state, inputs, facts);
    const installation = installationFor(facts, desired, text(state, "installation"));
    return { ...inputs, ...record, claim, repair, installation };
  }

  async read(state: Properties, tell: Told): Promise<Properties> {
    const inputs = readInputs(state);
    const { desired, host, connection } = inputs;
    this.#ways.set(host, inputs);
    let fate: Fate = "unknown";
    try {
      const look = await this.#looks.look(inputs);
      const unseen = lookProblem(look.facts);
      if (unseen !== undefined) return unreachable(state, problemOf(inputs, unseen));
      fate = fateOf(look.facts, desired.owner);
      const baseline =
        lostOwnership(look.facts, desired, state) ?? checkPreconditions(look.facts, desired);
      if ("where" in baseline) {
        return { ...state, unreachable: "", blocked: problemOf(inputs, baseline).message };
      }
      this.#settings.remember(host, look.facts, baseline);
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
      return unreachable(state, problemOfHost(host, error));
    } finally {
      this.#keepFate(host, { connection, fate, tell });
    }
  }

  /** The firewalls of a host that this run has looked at, asked anew. */
  async firewallOf(host: string): Promise<FirewallFacts | undefined> {
    const way = this.#ways.get(host);
    return way === undefined ? undefined : askFirewall(way);
  }

  /** Hosts that could not be reached in this run when they were to be changed: no answer, or no login. */
  unreached(): string[] {
    return [...this.#unreached];
  }

  unlooked(state: Properties, tell: Told): void {
    const { host, connection } = readInputs(state);
    this.#keepFate(host, { connection, fate: "unlooked", tell });
  }

  warnings(state: Properties): string[] {
    const problems = [text(state, "unreachable"), text(state, "blocked")];
    return [
      ...problems.filter((line) => line !== ""),
      ...strings(state, "drift").map((line) => `drift: ${line}`),
      ...strings(state, "findings").map((line) => `finding: ${line}`),
    ];
  }

  /** Told at once where all machines are to be restored; otherwise when it is known which are no host's any more. */
  #keepFate(host: string, refreshed: Refreshed): void {
    if (this.#destroys) refreshed.tell.info(fateLine(refreshed.fate, host));
    else this.#refreshed.set(host, refreshed);
  }

  /** Before anything is done: which of the machines in the state are no host's any more, and what becomes of them. */
  #tellOfThoseLeftOut(hostEndpoints: Readonly<Record<string, string>>): void {
    for (const [host, { connection, fate, tell }] of this.#refreshed) {
      if (Object.hasOwn(hostEndpoints, host)) continue;
      const successor = fate === "restored" ? hostAt(connection, hostEndpoints) : undefined;
      tell.info(successor === undefined ? fateLine(fate, host) : successionLine(successor));
    }
    this.#refreshed.clear();
  }

  /** The look of the refresh will do; where the machine is waited for, others follow. */
  #lookWhenReady(inputs: Inputs, tell: Told): Promise<HostLook> {
    return lookWhenReady(
      inputs,
      this.#waits.get(inputs.host) ?? 0,
      (line) => {
        tell.info(line);
      },
      { look: (args) => this.#looks.lastOrNew(args) },
    );
  }

  #tellOfChange(
    observed: Observed,
    state: Properties | undefined,
    inputs: Properties,
    tell: Told,
  ): void {
    tellOfChange(observed, state, inputs, tell);
    if (state === undefined || wasNeverSeen(state)) return;
    if (isSameMachine(state, inputs, observed.facts)) return;
    // Of whatever version the state is.
    const { connection } = unwrap(state) as Pick<Inputs, "connection">;
    tell.info(movedLine(connection, hostAt(connection, this.#hostEndpoints ?? {})));
  }

  /**
   * What a look shows that must succeed, since a converge follows that clears whatever drift there is.
   * @param wait for a clock that is behind; see clocks.ts.
   */
  async #lookForChange(
    properties: Properties,
    looking: Promise<HostLook>,
    wait?: (seconds: number) => Promise<void>,
  ): Promise<LookForChange> {
    const inputs = readInputs(properties);
    const { desired, takeOver } = inputs;
    this.#ways.set(inputs.host, inputs);
    try {
      const look = await looking;
      const { owner } = look.facts;
      const candidate = { owner: desired.owner, hostEndpoints: this.#hostEndpoints, takeOver };
      const baseline =
        ownershipProblem(owner, candidate) ?? checkPreconditions(look.facts, desired);
      if ("where" in baseline) throw problemOf(inputs, baseline);
      const late = await untilCertificatesCount(
        look,
        desired,
        this.#certificatesValidFrom.get(inputs.host),
        wait,
      );
      if (late !== undefined) throw problemOf(inputs, late);
      const observed = { ...look, baseline };
      const isOurs = owner === undefined || owner.id === desired.owner;
      const former = isOurs ? "" : previousOwnerText(owner);
      return { observed, desired, record: { ...recorded(observed, inputs), ...settled, former } };
    } catch (error) {
      if (error instanceof LookError && error.isUnreached) this.#unreached.add(inputs.host);
      throw problemOfHost(inputs.host, error);
    }
  }
}

/** On the same machine nothing is to be restored, so the token stays. */
function tokenAfter(state: Properties, inputs: Properties, facts: MachineFacts): string {
  return isSameMachine(state, inputs, facts) ? fencingTokenIn(state) : text(inputs, "claim");
}

/** It may be reached at another address. */
function isSameMachine(state: Properties, inputs: Properties, { owner }: MachineFacts): boolean {
  if (isSameAddress(state, inputs)) return true;
  const { desired } = readInputs(inputs);
  return owner?.id === desired.owner && owner.fencingToken === fencingTokenIn(state);
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

function repairOf({ facts }: Observed, { effect }: Impact): Repair {
  const { kind, text: found } = facts.daemonJson;
  return {
    id: randomUUID(),
    effect,
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
