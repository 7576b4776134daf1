import type * as provider from "@pulumi/pulumi/provider/index.js";
import { parseUrn } from "../components/identity.ts";
import type { EngineLog } from "./engine-log.ts";

/** Properties on the wire: plain values, secrets in their wrappers (see wire.ts). */
export type Properties = Readonly<Record<string, unknown>>;

/** Shows a line beside the resource, while its operation runs. */
export type Tell = (line: string) => void;

/** One kind of resource. */
export interface ManagedResource {
  /**
   * Version of what it records, from 1. Higher whenever an earlier state could be misread: such a
   * state is left as it is by a look, and the next update records it anew.
   */
  readonly stateVersion: number;
  /** The program's inputs, completed from its last ones; `olds` are empty at first. */
  check?(olds: Properties, news: Properties): Properties;
  /** The inputs that count as the last ones after a look. */
  inputsOf?(state: Properties): Properties;
  /** Whether `update` has something to do. `state` is what was recorded, `inputs` what is wanted. */
  changed(state: Properties, inputs: Properties): boolean;
  /** Inputs whose change makes another resource, and deletes the previous one. */
  replacedBy?(state: Properties, inputs: Properties): readonly string[];
  create(inputs: Properties, tell?: Tell): Promise<Properties>;
  update(state: Properties, inputs: Properties, tell?: Tell): Promise<Properties>;
  /** Never throws: it records what it can't see. */
  read(state: Properties): Promise<Properties>;
  /** What happens before the engine forgets it. */
  delete?(state: Properties): Promise<void>;
  /**
   * What a person should know of a change before it is made, a line each; `state` is undefined for
   * a resource that does not exist yet. Inputs may hold what the engine does not know in a preview.
   */
  notices(state: Properties | undefined, inputs: Properties): string[];
  /** Name by which a resource is listed when nothing is due. */
  unmoved?(state: Properties): string;
  /** What a person should know of a state, a line each. */
  warnings(state: Properties): string[];
}

/** Passes each request of the engine to the kind of resource that it is about. */
export class HostProvider implements provider.Provider {
  readonly version = "0.1.0";
  readonly #resources: Readonly<Record<string, ManagedResource>>;
  readonly #log: EngineLog;
  readonly #told = new Set<string>();
  readonly #unmoved = new Set<string>();
  #listed = Promise.resolve();
  /** Resources that the program has asked for in this run. */
  readonly #wanted = new Set<string>();

  constructor(resources: Readonly<Record<string, ManagedResource>>, log: EngineLog) {
    this.#resources = resources;
    this.#log = log;
  }

  async check(
    urn: string,
    olds: Properties | undefined,
    news: Properties,
  ): Promise<provider.CheckResult> {
    const resource = this.#resource(urn);
    const isNew = Object.keys(olds ?? {}).length === 0;
    if (isNew) await this.#tell(urn, resource.notices(undefined, news));
    this.#wanted.add(urn);
    return { inputs: resource.check?.(olds ?? {}, news) ?? news };
  }

  async diff(
    _id: string,
    urn: string,
    olds: Properties,
    news: Properties,
  ): Promise<provider.DiffResult> {
    const resource = this.#resource(urn);
    if (isOfAnother(resource, olds)) return { changes: true };
    const changes = resource.changed(olds, news);
    if (changes) await this.#tell(urn, resource.notices(olds, news));
    // After a refresh the engine asks as well, when what the program wants is not known yet.
    else if (this.#wanted.has(urn)) await this.#list(resource.unmoved?.(olds));
    const replaces = resource.replacedBy?.(olds, news) ?? [];
    return { changes, ...(replaces.length > 0 ? { replaces: [...replaces] } : {}) };
  }

  async create(urn: string, inputs: Properties): Promise<provider.CreateResult> {
    const resource = this.#resource(urn);
    const { stateVersion } = resource;
    const tell: Tell = (line) => this.#log.info(urn, line);
    const outs = { ...(await resource.create(inputs, tell)), stateVersion };
    return { id: parseUrn(urn).name, outs };
  }

  async update(
    _id: string,
    urn: string,
    olds: Properties,
    news: Properties,
  ): Promise<provider.UpdateResult> {
    const resource = this.#resource(urn);
    const { stateVersion } = resource;
    const tell: Tell = (line) => this.#log.info(urn, line);
    return { outs: { ...(await resource.update(olds, news, tell)), stateVersion } };
  }

  async delete(_id: string, urn: string, state: Properties): Promise<void> {
    await this.#resource(urn).delete?.(state);
  }

  async read(id: string, urn: string, props: Properties): Promise<provider.ReadResult> {
    const resource = this.#resource(urn);
    if (isOfAnother(resource, props)) return { id, props };
    const state = await resource.read(props);
    // A plain preview shows that a resource changed, but not how: whoever reads it must be told.
    for (const warning of resource.warnings(state)) this.#log.warn(urn, warning);
    await this.#log.delivered();
    const inputs = resource.inputsOf?.(state);
    return { id, props: state, ...(inputs === undefined ? {} : { inputs }) };
  }

  /** A preview shows that a resource changes, but not what comes of it. */
  async #tell(urn: string, lines: readonly string[]): Promise<void> {
    for (const line of lines) {
      const told = `${urn} ${line}`;
      // The engine asks for a difference after its refresh, and again before its update.
      if (!this.#told.has(told)) this.#log.info(urn, line);
      this.#told.add(told);
    }
    await this.#log.delivered();
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

/** Whether another version of this program has recorded a state. */
function isOfAnother({ stateVersion }: ManagedResource, state: Properties): boolean {
  return state["stateVersion"] !== stateVersion;
}
