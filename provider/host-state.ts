import { randomUUID } from "node:crypto";
import { equalJson, managedKeys, unmanagedKeys } from "../components/model/daemon-json.ts";
import type { DesiredHost } from "../components/model/desired.ts";
import { drift, findings } from "../components/model/drift.ts";
import { groundwork, type Groundwork } from "../components/model/groundwork.ts";
import type { MachineFacts } from "../components/model/machine.ts";
import { claimProblem, holderText } from "../components/model/ownership.ts";
import { MachineError, oneLine, type Problem } from "../components/model/problem.ts";
import { look } from "./look.ts";
import type { ManagedResource, Properties } from "./provider.ts";
import type { SshConnection } from "./ssh.ts";
import { secret, strings, text, unwrap } from "./wire.ts";

/** What the program hands over; see components/host/host-state.ts. */
interface Inputs {
  readonly host: string;
  readonly connection: SshConnection;
  readonly sudo: boolean;
  readonly desired: DesiredHost;
  readonly places: Readonly<Record<string, string>>;
  readonly takeOver: boolean;
  /** A new one where the host is reached at another address than before; see `check`. */
  readonly claim: string;
}

interface Look {
  readonly facts: MachineFacts;
  readonly ground: Groundwork;
}

/** The machine as it is: looks at it and compares, never changes it. */
export class HostStateResource implements ManagedResource {
  // 3: by which claim the machine is held.
  readonly stateVersion = 3;

  /**
   * Claims a machine by the time of it, which grows, where the address is another than before. Known in
   * a preview already, since what `check` returns is what the program sees there.
   */
  check(olds: Properties, news: Properties): Properties {
    if (olds["connection"] === undefined) return { ...news, claim: String(Date.now()) };
    const last = text(olds, "claim") || firstClaim;
    return { ...news, claim: isSameAddress(olds, news) ? last : laterThan(last) };
  }

  /** So that the claim that the machine kept is the one that the next preview knows. */
  inputsOf(state: Properties): Properties {
    const keys = ["host", "connection", "sudo", "desired", "places", "takeOver", "claim"];
    return Object.fromEntries(keys.map((key) => [key, state[key]]));
  }

  /**
   * Who else is in the stack, and whether a machine may be taken over, matter to a machine that can't be
   * had: that one is `blocked`. To all others a change of them is none.
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

  async create(inputs: Properties): Promise<Properties> {
    const { seen } = await this.#lookForChange(inputs);
    return { ...inputs, ...seen, repair: "" };
  }

  async update(state: Properties, inputs: Properties): Promise<Properties> {
    const { seen, differs, facts } = await this.#lookForChange(inputs);
    const { owner } = (unwrap(inputs) as Inputs).desired;
    const isStillHeld = facts.holder?.owner === owner && facts.holder.claim === heldBy(state);
    // The refresh before could not look at a machine that was away, so it has seen no drift.
    const wasAway = text(state, "unreachable") !== "";
    const drifted = strings(state, "drift").length > 0 || (wasAway && differs);
    const repair = drifted ? randomUUID() : text(state, "repair");
    // The machine that was held is the same wherever it is reached now: nothing is to be given back.
    const claim =
      isSameAddress(state, inputs) || isStillHeld ? heldBy(state) : text(inputs, "claim");
    return { ...inputs, ...seen, claim, repair };
  }

  async read(state: Properties): Promise<Properties> {
    const inputs = unwrap(state) as Inputs;
    try {
      const facts = await lookAt(inputs);
      // Only an update takes over: what a preview sees may be somebody who took it over since.
      const ground =
        ownership(facts, { ...inputs, takeOver: false }) ?? groundwork(facts, inputs.desired);
      if ("where" in ground) {
        return { ...state, unreachable: "", blocked: problemOf(inputs, ground).message };
      }
      const differences = drift(facts, inputs.desired, ground);
      if (differences.length === 0) {
        return { ...state, ...recorded({ facts, ground }, inputs.desired), drift: [] };
      }
      // What a merge starts from is taken anew by the update that follows; a changed digest beside
      // the drift would only be noise to whoever reads the preview.
      return { ...state, ...noticed(facts, inputs.desired), drift: differences };
    } catch (error) {
      return { ...state, unreachable: oneLine(error instanceof Error ? error.message : "unknown") };
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
  ): Promise<{ seen: Properties; differs: boolean; facts: MachineFacts }> {
    const inputs = unwrap(properties) as Inputs;
    const facts = await lookAt(inputs);
    const ground = ownership(facts, inputs) ?? groundwork(facts, inputs.desired);
    if ("where" in ground) throw problemOf(inputs, ground);
    const { holder } = facts;
    const former =
      holder === undefined || holder.owner === inputs.desired.owner ? "" : holderText(holder);
    return {
      facts,
      seen: { ...recorded({ facts, ground }, inputs.desired), drift: [], former },
      differs: drift(facts, inputs.desired, ground).length > 0,
    };
  }
}

/** Only what a converge leaves as it is goes into the state, so that the run after it is a no-op. */
function recorded({ facts, ground }: Look, desired: DesiredHost): Properties {
  return {
    ...noticed(facts, desired),
    operatingSystem: facts.operatingSystem,
    dockerdVersion: facts.dockerdVersion,
    execStart: secret(ground.execStart),
    base: secret(ground.base),
    baseSha: ground.baseSha,
    current: secret(ground.current),
    edited: ground.edited,
    unmanagedKeys: unmanagedKeys(ground.base, managedKeys(desired.listener, desired.daemon)),
  };
}

function noticed(facts: MachineFacts, desired: DesiredHost): Properties {
  return { findings: findings(facts, desired, Date.now() / 1000), unreachable: "", blocked: "" };
}

/** Of the states of before there were claims. */
const firstClaim = "0";

const heldBy = (state: Properties): string => text(state, "claim") || firstClaim;

function laterThan(claim: string): string {
  return String(Math.max(Date.now(), Number(claim) + 1));
}

function isSameAddress(one: Properties, other: Properties): boolean {
  const [before, now] = [one, other].map(
    (properties) => (unwrap(properties) as Inputs).connection.host,
  );
  return before === now;
}

function ownership(facts: MachineFacts, inputs: Inputs): Problem | undefined {
  const { places, takeOver, desired } = inputs;
  return claimProblem(facts.holder, { owner: desired.owner, places, takeOver });
}

function lookAt({ host, connection, sudo, desired }: Inputs): Promise<MachineFacts> {
  return look({ host, connection, sudo, listener: desired.listener });
}

function problemOf(inputs: Inputs, problem: Problem): MachineError {
  return new MachineError({ ...problem, where: `${inputs.host}: ${problem.where}` });
}
