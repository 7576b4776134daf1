import { randomUUID } from "node:crypto";
import { equalJson, managedKeys, unmanagedKeys } from "../components/model/daemon-json.ts";
import type { DesiredHost } from "../components/model/desired.ts";
import { drift, findings } from "../components/model/drift.ts";
import { groundwork, type Groundwork } from "../components/model/groundwork.ts";
import type { MachineFacts } from "../components/model/machine.ts";
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
}

interface Look {
  readonly facts: MachineFacts;
  readonly ground: Groundwork;
}

/** The machine as it is: looks at it and compares, never changes it. */
export class HostStateResource implements ManagedResource {
  // 2: where dockerd listens is one part of `desired`.
  readonly stateVersion = 2;

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
    const { seen, differs } = await this.#lookForChange(inputs);
    // The refresh before could not look at a machine that was away, so it has seen no drift.
    const wasAway = text(state, "unreachable") !== "";
    const drifted = strings(state, "drift").length > 0 || (wasAway && differs);
    const repair = drifted ? randomUUID() : text(state, "repair");
    return { ...inputs, ...seen, repair };
  }

  async read(state: Properties): Promise<Properties> {
    const inputs = unwrap(state) as Inputs;
    try {
      const facts = await lookAt(inputs);
      const ground = groundwork(facts, inputs.desired);
      if ("where" in ground) {
        return { ...state, unreachable: "", blocked: problemOf(inputs, ground).message };
      }
      const differences = drift(facts, inputs.desired, ground);
      if (differences.length === 0) {
        return { ...state, ...recorded({ facts, ground }, inputs.desired), drift: [] };
      }
      // What a merge starts from is taken anew by the update that follows; a changed digest beside
      // the drift would only be noise to whoever reads the preview.
      return { ...state, ...noticed({ facts, ground }, inputs.desired), drift: differences };
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
  async #lookForChange(properties: Properties): Promise<{ seen: Properties; differs: boolean }> {
    const inputs = unwrap(properties) as Inputs;
    const facts = await lookAt(inputs);
    const ground = groundwork(facts, inputs.desired);
    if ("where" in ground) throw problemOf(inputs, ground);
    return {
      seen: { ...recorded({ facts, ground }, inputs.desired), drift: [] },
      differs: drift(facts, inputs.desired, ground).length > 0,
    };
  }
}

/** Only what a converge leaves as it is goes into the state, so that the run after it is a no-op. */
function recorded({ facts, ground }: Look, desired: DesiredHost): Properties {
  return {
    ...noticed({ facts, ground }, desired),
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

function noticed({ facts, ground }: Look, desired: DesiredHost): Properties {
  const found = findings(facts, desired, Date.now() / 1000, ground.base);
  return { findings: found, unreachable: "", blocked: "" };
}

function lookAt({ host, connection, sudo, desired }: Inputs): Promise<MachineFacts> {
  return look({ host, connection, sudo, listener: desired.listener });
}

function problemOf(inputs: Inputs, problem: Problem): MachineError {
  return new MachineError({ ...problem, where: `${inputs.host}: ${problem.where}` });
}
