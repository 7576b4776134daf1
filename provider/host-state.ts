import { randomUUID } from "node:crypto";
import { equalJson, managedKeys, unmanagedKeys } from "../components/model/daemon-json.ts";
import type { DesiredHost } from "../components/model/desired.ts";
import { drift, findings } from "../components/model/drift.ts";
import { groundwork, type Groundwork } from "../components/model/groundwork.ts";
import { dialled, isLocalOnly } from "../components/model/listener.ts";
import type { MachineFacts } from "../components/model/machine.ts";
import { reachFindings, servedDrift, type SeenFromHere } from "../components/model/outside.ts";
import { MachineError, oneLine, type Problem } from "../components/model/problem.ts";
import { look } from "./look.ts";
import type { ManagedResource, Properties } from "./provider.ts";
import { seeFromHere } from "./served-certificate.ts";
import type { SshConnection } from "./ssh.ts";
import { openerOf } from "./tunnel.ts";
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
  /** The port of its API as it looks from here. */
  readonly outside: SeenFromHere;
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
      const seen = await lookAt(inputs);
      const ground = groundwork(seen.facts, inputs.desired);
      if ("where" in ground) {
        return { ...state, unreachable: "", blocked: problemOf(inputs, ground).message };
      }
      const differences = differencesOf(seen, ground, inputs);
      if (differences.length === 0) {
        return { ...state, ...recorded(seen, ground, inputs), drift: [] };
      }
      // What a merge starts from is taken anew by the update that follows; a changed digest beside
      // the drift would only be noise to whoever reads the preview.
      return { ...state, ...noticed(seen, inputs), drift: differences };
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
    const seen = await lookAt(inputs);
    const ground = groundwork(seen.facts, inputs.desired);
    if ("where" in ground) throw problemOf(inputs, ground);
    return {
      seen: { ...recorded(seen, ground, inputs), drift: [] },
      differs: differencesOf(seen, ground, inputs).length > 0,
    };
  }
}

/** Only what a converge leaves as it is goes into the state, so that the run after it is a no-op. */
function recorded(look: Look, ground: Groundwork, inputs: Inputs): Properties {
  const { facts } = look;
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
    unmanagedKeys: unmanagedKeys(ground.base, managedKeys(listener, daemon)),
  };
}

function noticed({ facts, outside }: Look, { desired, connection }: Inputs): Properties {
  return {
    findings: [
      ...findings(facts, desired, Date.now() / 1000),
      ...reachFindings(facts, desired, connection.host, outside),
    ],
    unreachable: "",
    blocked: "",
  };
}

function differencesOf(
  { facts, outside }: Look,
  ground: Groundwork,
  { desired }: Inputs,
): string[] {
  return [...drift(facts, desired, ground), ...servedDrift(facts, desired, outside)];
}

/** From the inside and from here at the same time; where it listens on loopback alone, through SSH. */
async function lookAt({ host, connection, sudo, desired }: Inputs): Promise<Look> {
  const { listener, daemon } = desired;
  const dataRoot = daemon["data-root"];
  const args = {
    ...{ host, connection, sudo, listener },
    ...(typeof dataRoot === "string" ? { dataRoot } : {}),
  };
  const endpoint = { host: dialled(listener, connection.host), port: listener.port };
  const overTls = listener.api === "mutual-tls";
  if (!isLocalOnly(listener)) {
    const [facts, outside] = await Promise.all([look(args), seeFromHere(endpoint, overTls)]);
    return { facts, outside };
  }
  let outside: SeenFromHere = {};
  const facts = await look({
    ...args,
    besides: async (client) => {
      outside = await seeFromHere({ ...endpoint, open: openerOf(client, connection) }, overTls);
    },
  });
  return { facts, outside };
}

function problemOf(inputs: Inputs, problem: Problem): MachineError {
  return new MachineError({ ...problem, where: `${inputs.host}: ${problem.where}` });
}
