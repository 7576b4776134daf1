import { randomUUID } from "node:crypto";
import { managedKeys, unmanagedKeys } from "../components/model/daemon-json/merge.ts";
import { equalJson } from "../components/model/json-value.ts";
import { type DesiredHost } from "../components/model/desired/desired-host.ts";
import { desiredFiles } from "../components/model/desired/desired-files.ts";
import { sha256 } from "../components/model/digest.ts";
import { drift } from "../components/model/drift/drift.ts";
import { findings, reachFindings } from "../components/model/drift/findings.ts";
import { lookProblem } from "../components/model/preconditions/docker-service.ts";
import { groundwork } from "../components/model/preconditions/preconditions.ts";
import type { Groundwork } from "../components/model/desired/baseline.ts";
import {
  changeImpact,
  combined,
  describeImpact,
  notConverged,
  type Impact,
} from "../components/model/plan/impact.ts";
import type { MachineFacts } from "../components/model/observed/facts.ts";
import { servedDrift } from "../components/model/drift/served-certificate.ts";
import { claimProblem } from "../components/model/preconditions/ownership.ts";
import { holderText } from "../components/model/observed/owner.ts";
import { placeOf } from "../components/model/address.ts";
import { fewLines, MachineError, type Problem } from "../components/model/problem.ts";
import { noRepair, readRepair, repairImpact } from "../components/model/plan/repair.ts";
import type { Sight } from "../components/model/drift/observation.ts";
import { untilCertificatesCount } from "./clocks.ts";
import { lookAtHost, problemOfHost, type HostLook, type HostLookArgs } from "./host-look.ts";
import type { ManagedResource, Properties } from "./provider.ts";
import { secret, strings, text, unwrap } from "./wire.ts";

/** What the program hands over; see components/host/host-state.ts. */
interface Inputs extends HostLookArgs {
  readonly takeOver: boolean;
  /** A new one where the host is reached at another address than before; see `check`. */
  readonly claim: string;
}

/** What was recorded, as far as this file reads it. */
interface Recorded extends Inputs, Groundwork {
  readonly impact: Impact;
}

type Seen = Sight & Pick<HostLook, "asked">;

/** What a converge leaves, and so what is recorded when one follows or is not needed. */
const settled = { drift: [], impact: { effect: "nothing" } satisfies Impact };

/** The machine as it is: looks at it and compares, never changes it. */
export class HostStateResource implements ManagedResource {
  // 2: where dockerd listens is one part of `desired`. 3: by which claim the machine is held, and what
  // a repair takes.
  readonly stateVersion = 3;
  /** Where the stack's hosts are reached, as this run's program says. */
  #places: Readonly<Record<string, string>> | undefined;

  /**
   * Claims a machine by the time of it, which grows, where the address is another than before. Known in
   * a preview already, since what `check` returns is what the program sees there. The places of all hosts
   * stay here: in each host's part of the state they would make it grow with the square of their number.
   */
  check(olds: Properties, { places, ...news }: Properties): Properties {
    this.#places = unwrap(places) as Readonly<Record<string, string>>;
    if (olds["connection"] === undefined) return { ...news, claim: String(Date.now()) };
    const last = text(olds, "claim") || firstClaim;
    return { ...news, claim: isSameAddress(olds, news) ? last : laterThan(last) };
  }

  /** So that the claim that the machine kept is the one that the next preview knows. */
  inputsOf(state: Properties): Properties {
    const keys = ["host", "connection", "sudo", "desired", "takeOver", "claim"];
    return Object.fromEntries(keys.map((key) => [key, state[key]]));
  }

  /**
   * Whether a machine may be taken over matters to one that can't be had: that one is `blocked`. To all
   * others a change of it is none.
   */
  changed(state: Properties, inputs: Properties): boolean {
    const wanted = ["host", "connection", "sudo", "desired"];
    return (
      strings(state, "drift").length > 0 ||
      text(state, "unreachable") !== "" ||
      text(state, "blocked") !== "" ||
      wanted.some((key) => !equalJson(unwrap(state[key]), unwrap(inputs[key])))
    );
  }

  /** What the change that is due does to dockerd, as far as it is known before it is made. */
  notices(state: Properties | undefined, inputs: Properties): string[] {
    const { desired } = unwrap(inputs) as Inputs;
    if (state === undefined) return [`impact: ${describeImpact(notConverged)}`];
    // That much is told, or about to be: such a look says nothing of what comes of it.
    if (text(state, "unreachable") !== "" || text(state, "blocked") !== "") return [];
    const before = unwrap(state) as Recorded;
    const change = changeImpact(before.desired, desired, before);
    const impact = describeImpact(combined([before.impact, change]));
    const both = before.impact.effect !== "nothing" && change.effect !== "nothing";
    // The engine asks after its refresh as well, when only the drift is known.
    return [`impact${both ? " of the drift and of the change" : ""}: ${impact}`];
  }

  unmoved(state: Properties): string {
    return text(state, "host");
  }

  async create(inputs: Properties): Promise<Properties> {
    const { seen, look, desired } = await this.#lookForChange(inputs);
    return {
      ...inputs,
      ...seen,
      repair: noRepair,
      installation: installationFor(look, desired, ""),
    };
  }

  async update(state: Properties, inputs: Properties): Promise<Properties> {
    const { seen, look, desired } = await this.#lookForChange(inputs);
    const { facts } = look;
    const isStillHeld =
      facts.holder?.owner === desired.owner && facts.holder.claim === heldBy(state);
    // The refresh before has seen no drift of a machine that was away, or was not to be had.
    const wasUnseen = text(state, "unreachable") !== "" || text(state, "blocked") !== "";
    const drifted =
      strings(state, "drift").length > 0 || (wasUnseen && differencesOf(look, desired).length > 0);
    const repair = drifted
      ? {
          id: randomUUID(),
          effect: repairImpact(look, desired, writtenBy(state)).effect,
          from: facts.daemonJson.kind === "absent" ? "absent" : sha256(facts.daemonJson.text),
        }
      : readRepair(unwrap(state["repair"]));
    // The machine that was held is the same wherever it is reached now: nothing is to be given back.
    const claim =
      isSameAddress(state, inputs) || isStillHeld ? heldBy(state) : text(inputs, "claim");
    const installation = installationFor(look, desired, text(state, "installation"));
    return { ...inputs, ...seen, claim, repair, installation };
  }

  async read(state: Properties): Promise<Properties> {
    const inputs = unwrap(state) as Inputs;
    const { desired } = inputs;
    try {
      const seen = await lookAtHost(inputs);
      const unseen = lookProblem(seen.facts);
      if (unseen !== undefined) return away(state, problemOf(inputs, unseen));
      const ground = lostTo(seen.facts, state) ?? groundwork(seen.facts, desired);
      if ("where" in ground) {
        return { ...state, unreachable: "", blocked: problemOf(inputs, ground).message };
      }
      const look = { ...seen, ground };
      const differences = differencesOf(look, desired);
      if (differences.length === 0) return { ...state, ...recorded(look, inputs), ...settled };
      // What a merge starts from is taken anew by the update that follows; a changed digest beside
      // the drift would only be noise to whoever reads the preview.
      return {
        ...state,
        ...noticed(look, inputs),
        drift: differences,
        impact: repairImpact(look, desired, writtenBy(state)),
      };
    } catch (error) {
      return away(state, problemOfHost(inputs.host, error));
    }
  }

  warnings(state: Properties): string[] {
    const told = [text(state, "unreachable"), text(state, "blocked")];
    return [
      ...told.filter((line) => line !== ""),
      ...strings(state, "drift").map((line) => `drift: ${line}`),
      ...strings(state, "findings").map((line) => `finding: ${line}`),
    ];
  }

  /** A look that must succeed, since a converge follows that clears whatever drift there is. */
  async #lookForChange(
    properties: Properties,
  ): Promise<{ look: Seen; seen: Properties; desired: DesiredHost }> {
    const inputs = unwrap(properties) as Inputs;
    const { desired } = inputs;
    try {
      const inside = await lookAtHost(inputs);
      const { takeOver } = inputs;
      const claimant = { owner: desired.owner, places: this.#places, takeOver };
      const ground =
        claimProblem(inside.facts.holder, claimant) ?? groundwork(inside.facts, desired);
      if ("where" in ground) throw problemOf(inputs, ground);
      const late = await untilCertificatesCount(inside, desired);
      if (late !== undefined) throw problemOf(inputs, late);
      const look = { ...inside, ground };
      const { holder } = inside.facts;
      const isOurs = holder === undefined || holder.owner === desired.owner;
      const former = isOurs ? "" : holderText(holder);
      return { look, desired, seen: { ...recorded(look, inputs), ...settled, former } };
    } catch (error) {
      throw problemOfHost(inputs.host, error);
    }
  }
}

/** What was known of a machine is kept while it can't be seen; whether it can be converged is not known. */
function away(state: Properties, { message }: MachineError): Properties {
  return { ...state, unreachable: message, blocked: "" };
}

/** Only what a converge leaves as it is goes into the state, so that the run after it is a no-op. */
function recorded(look: Seen, inputs: Inputs): Properties {
  const { facts, ground } = look;
  const { listener, daemon } = inputs.desired;
  return {
    ...noticed(look, inputs),
    operatingSystem: facts.operatingSystem,
    dockerdVersion: facts.dockerdVersion,
    execStart: secret(ground.execStart),
    base: secret(ground.base),
    baseSha: ground.baseSha,
    current: secret(ground.current),
    edited: ground.edited,
    unmanagedKeys: fewLines(unmanagedKeys(ground.base, managedKeys(listener, daemon))),
  };
}

/** The daemon.json that the converge of a state wrote, if its last one went through. */
function writtenBy(state: Properties): string | undefined {
  const { desired, ...ground } = unwrap(state) as Recorded;
  return typeof ground.base === "string" ? desiredFiles(desired, ground).daemonJson : undefined;
}

function noticed(
  { facts, outside, ground, asked }: Seen,
  { desired, connection }: Inputs,
): Properties {
  return {
    findings: fewLines([
      ...findings(facts, desired, asked, ground.base),
      ...reachFindings(facts, desired, connection.host, outside),
    ]),
    unreachable: "",
    blocked: "",
  };
}

function differencesOf({ facts, outside, ground }: Sight, desired: DesiredHost): string[] {
  return fewLines([...drift(facts, desired, ground), ...servedDrift(facts, desired, outside)]);
}

/** Of the states of before there were claims. */
const firstClaim = "0";

const heldBy = (state: Properties): string => text(state, "claim") || firstClaim;

function laterThan(claim: string): string {
  return String(Math.max(Date.now(), Number(claim) + 1));
}

function isSameAddress(one: Properties, other: Properties): boolean {
  const [before, now] = [one, other].map((properties) => {
    const { host, port } = (unwrap(properties) as Inputs).connection;
    return placeOf(host, port);
  });
  return before === now;
}

/** Only an update takes over, or follows: what a look finds in its place may be somebody who came since. */
function lostTo({ holder }: MachineFacts, state: Properties): Problem | undefined {
  const { owner } = (unwrap(state) as Inputs).desired;
  const isFollowed = holder !== undefined && holderText(holder) === text(state, "former");
  return claimProblem(holder, { owner, places: isFollowed ? {} : undefined, takeOver: false });
}

/** Another where the machine's script is not there: the HostScript that depends on it brings it. */
function installationFor({ facts }: Seen, { script = "" }: DesiredHost, last: string): string {
  return facts.scripts.includes(script) ? last : randomUUID();
}

function problemOf(inputs: Inputs, problem: Problem): MachineError {
  return problemOfHost(inputs.host, new MachineError(problem));
}
