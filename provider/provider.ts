import { parseUrn } from "../components/identity.ts";
import type { Detail } from "./details.ts";
import type { EngineLog } from "./engine-log.ts";

/** Properties on the wire: plain values, secrets in their wrappers (see wire.ts). */
export type Properties = Readonly<Record<string, unknown>>;

/** Tells a person something beside a resource, each line once. */
export interface Told {
  info(line: string): void;
  warn(line: string): void;
}

/** One kind of resource. */
export interface ManagedResource {
  /**
   * Version of what it records, from 1. Higher whenever an earlier state could be misread: such a
   * state is left as it is by a look, and the next update records it anew.
   */
  readonly stateVersion: number;
  /** Inputs that no program reads back: the state holds them as inputs alone, and not as outputs as well. */
  readonly inputsAlone: readonly string[];
  /** The program's inputs, completed from its last ones; `olds` are empty at first. */
  check?(olds: Properties, news: Properties): Properties;
  /** The inputs that count as the last ones after a look; `olds` did before it. */
  inputsOf?(state: Properties, olds: Properties): Properties;
  /** What `--diff` shows of a change. `olds` are the last inputs. */
  details?(state: Properties, olds: Properties, news: Properties): readonly Detail[];
  /** Whether `update` has something to do. `state` is what was recorded, `inputs` what is wanted. */
  changed(state: Properties, inputs: Properties): boolean;
  /** Inputs whose change makes another resource, and deletes the previous one. */
  replacedBy?(state: Properties, inputs: Properties): readonly string[];
  /**
   * Says in a preview what `create` or, with a state, `update` would meet and do; changes and records nothing, and
   * never throws. Inputs may hold what the engine does not know yet.
   * @returns outputs that are known already, with the inputs among them.
   */
  foresee?(state: Properties | undefined, inputs: Properties, tell: Told): Promise<Properties>;
  create(inputs: Properties, tell: Told): Promise<Properties>;
  update(state: Properties, inputs: Properties, tell: Told): Promise<Properties>;
  /** Never throws: it records what it can't see. */
  read(state: Properties, tell: Told): Promise<Properties>;
  /** What happens before the engine forgets it. */
  delete?(state: Properties): Promise<void>;
  /** What a person should know of a machine that is not looked at, since it is in maintenance. */
  unlooked?(state: Properties, tell: Told): void;
  /** Name by which a resource is listed when nothing is due. */
  unmoved?(state: Properties): string;
  /** What a person should know of a state, a line each. */
  warnings(state: Properties): string[];
}

const maintenance = { maintenance: true };

/** Whether they are inputs of a machine in maintenance: nobody dials it, and what is recorded of it stays. */
export function isInMaintenance(inputs: Properties): boolean {
  return inputs["maintenance"] === maintenance.maintenance;
}

/** A function of the plugin that the program calls. */
export type PluginFunction = (args: Properties) => Promise<Properties>;

export interface Difference {
  readonly changes: boolean;
  /** Inputs whose change makes another resource. */
  readonly replaces: readonly string[];
  /** What a diff shows; undefined: what the engine makes of it. */
  readonly details?: readonly Detail[];
}

/** Passes each request of the engine to the kind of resource that it is about. */
export class HostProvider {
  readonly #resources: Readonly<Record<string, ManagedResource>>;
  readonly #functions: Readonly<Record<string, PluginFunction>>;
  readonly #log: EngineLog;
  readonly #told = new Set<string>();
  readonly #unmoved = new Set<string>();
  #listed = Promise.resolve();
  /** Resources that the program has asked for in this run. */
  readonly #wanted = new Set<string>();

  constructor(
    resources: Readonly<Record<string, ManagedResource>>,
    functions: Readonly<Record<string, PluginFunction>>,
    log: EngineLog,
  ) {
    this.#resources = resources;
    this.#functions = functions;
    this.#log = log;
  }

  /** `olds` are empty for a resource that is new. */
  check(urn: string, olds: Properties, news: Properties): Properties {
    this.#wanted.add(urn);
    const inputs = this.#resource(urn).check?.(olds, news) ?? news;
    const isNew = Object.keys(olds).length === 0;
    // What is wanted of it counts again when the maintenance is over.
    return isInMaintenance(news) && !isNew ? { ...olds, ...maintenance } : inputs;
  }

  async diff(
    urn: string,
    recorded: Properties,
    olds: Properties,
    inputs: Properties,
  ): Promise<Difference> {
    const resource = this.#resource(urn);
    if (isInMaintenance(inputs)) return { changes: false, replaces: [] };
    if (isOfAnother(resource, recorded)) return { changes: true, replaces: [] };
    const state = whole(recorded, olds);
    const changes = resource.changed(state, inputs);
    const difference = { changes, replaces: resource.replacedBy?.(state, inputs) ?? [] };
    // After a refresh the engine asks as well, when what the program wants is not known yet.
    if (!this.#wanted.has(urn)) return difference;
    if (!changes) await this.#list(resource.unmoved?.(state));
    const details = changes ? (resource.details?.(state, olds, inputs) ?? []) : [];
    return details.length === 0 ? difference : { ...difference, details };
  }

  async create(
    urn: string,
    inputs: Properties,
    preview: boolean,
  ): Promise<{ readonly id: string; readonly state: Properties }> {
    const resource = this.#resource(urn);
    return this.#telling(urn, async (tell) => {
      if (isInMaintenance(inputs)) {
        return { id: preview ? "" : parseUrn(urn).name, state: outputsOf(resource, inputs) };
      }
      if (preview) {
        return { id: "", state: (await resource.foresee?.(undefined, inputs, tell)) ?? inputs };
      }
      const state = outputsOf(resource, await resource.create(inputs, tell));
      return { id: parseUrn(urn).name, state };
    });
  }

  async update(
    urn: string,
    recorded: Properties,
    olds: Properties,
    inputs: Properties,
    preview: boolean,
  ): Promise<Properties> {
    const resource = this.#resource(urn);
    const state = whole(recorded, olds);
    return this.#telling(urn, async (tell) => {
      if (preview) {
        const before = isOfAnother(resource, state) ? undefined : state;
        return (await resource.foresee?.(before, inputs, tell)) ?? inputs;
      }
      return outputsOf(resource, await resource.update(state, inputs, tell));
    });
  }

  async delete(urn: string, recorded: Properties, olds: Properties): Promise<void> {
    await this.#resource(urn).delete?.(whole(recorded, olds));
  }

  /** What a look finds, and the inputs that count as the last ones where they are others now. */
  async read(
    urn: string,
    recorded: Properties,
    olds: Properties,
  ): Promise<{ readonly state: Properties; readonly inputs?: Properties }> {
    const resource = this.#resource(urn);
    if (isOfAnother(resource, recorded)) return { state: recorded };
    return this.#telling(urn, async (tell) => {
      if (isInMaintenance(olds)) {
        resource.unlooked?.(whole(recorded, olds), tell);
        return { state: recorded };
      }
      const state = await resource.read(whole(recorded, olds), tell);
      // A plain preview shows that a resource changed, but not how: whoever reads it must be told.
      for (const warning of resource.warnings(state)) tell.warn(warning);
      const inputs = resource.inputsOf?.(state, olds);
      const outputs = { state: outputsOf(resource, state) };
      return inputs === undefined ? outputs : { ...outputs, inputs };
    });
  }

  async call(name: string, args: Properties): Promise<Properties> {
    const called = this.#functions[name];
    if (called === undefined) throw new Error(`${name}: no function of this plugin`);
    return called(args);
  }

  /** Ends when all lines have arrived. */
  async #telling<T>(urn: string, work: (tell: Told) => Promise<T>): Promise<T> {
    // What a look has found is found again by the change that follows it.
    const once = (line: string, send: () => void): void => {
      const told = `${urn} ${line}`;
      if (!this.#told.has(told)) send();
      this.#told.add(told);
    };
    try {
      return await work({
        info: (line) => once(line, () => this.#log.info(urn, line)),
        warn: (line) => once(line, () => this.#log.warn(urn, line)),
      });
    } finally {
      await this.#log.delivered();
    }
  }

  /** All in one line: a hundred lines about no change would hide the one about a change. */
  async #list(name: string | undefined): Promise<void> {
    if (name === undefined || this.#unmoved.has(name)) return;
    const text = this.#unmoved.size === 0 ? `impact: nothing on ${name}` : `, ${name}`;
    this.#unmoved.add(name);
    // One after the other: the engine takes two that are sent at once in any order.
    this.#listed = this.#listed.then(() => {
      this.#log.add(text);
      return this.#log.delivered();
    });
    await this.#listed;
  }

  #resource(urn: string): ManagedResource {
    const { type } = parseUrn(urn);
    const resource = this.#resources[type];
    if (resource === undefined) throw new Error(`${type}: no resource of this plugin`);
    return resource;
  }
}

/** What was recorded, with the inputs that it was made from. */
function whole(recorded: Properties, olds: Properties): Properties {
  return { ...olds, ...recorded };
}

function outputsOf({ inputsAlone, stateVersion }: ManagedResource, state: Properties): Properties {
  const outputs = Object.entries(state).filter(([key]) => !inputsAlone.includes(key));
  return { ...Object.fromEntries(outputs), stateVersion };
}

/** Whether another version of this program has recorded a state. */
function isOfAnother({ stateVersion }: ManagedResource, state: Properties): boolean {
  return state["stateVersion"] !== stateVersion;
}
