import type * as provider from "@pulumi/pulumi/provider/index.js";
import type { EngineLog } from "./engine-log.ts";

/** Properties on the wire: plain values, secrets in their wrappers (see wire.ts). */
export type Properties = Readonly<Record<string, unknown>>;

/** One kind of resource. */
export interface ManagedResource {
  /** Whether `update` has something to do. `state` is what was recorded, `inputs` what is wanted. */
  changed(state: Properties, inputs: Properties): boolean;
  create(inputs: Properties): Promise<Properties>;
  update(state: Properties, inputs: Properties): Promise<Properties>;
  /** Never throws: what it can't see, it records. */
  read(state: Properties): Promise<Properties>;
  /** What a person should be told of a state, a line each. */
  warnings(state: Properties): string[];
}

/** Hands what the engine asks for to the kind of resource that it asks about. */
export class HostProvider implements provider.Provider {
  readonly version = "0.1.0";
  readonly #resources: Readonly<Record<string, ManagedResource>>;
  readonly #log: EngineLog;

  constructor(resources: Readonly<Record<string, ManagedResource>>, log: EngineLog) {
    this.#resources = resources;
    this.#log = log;
  }

  check(_urn: string, _olds: unknown, news: Properties): Promise<provider.CheckResult> {
    return Promise.resolve({ inputs: news });
  }

  diff(_id: string, urn: string, olds: Properties, news: Properties): Promise<provider.DiffResult> {
    return Promise.resolve({ changes: this.#resource(urn).changed(olds, news) });
  }

  async create(urn: string, inputs: Properties): Promise<provider.CreateResult> {
    return { id: nameOf(urn), outs: await this.#resource(urn).create(inputs) };
  }

  async update(
    _id: string,
    urn: string,
    olds: Properties,
    news: Properties,
  ): Promise<provider.UpdateResult> {
    return { outs: await this.#resource(urn).update(olds, news) };
  }

  async read(id: string, urn: string, props: Properties): Promise<provider.ReadResult> {
    const resource = this.#resource(urn);
    const state = await resource.read(props);
    // A plain preview shows that a resource changed, but not how: whoever reads it must be told.
    for (const warning of resource.warnings(state)) this.#log.warn(urn, warning);
    await this.#log.delivered();
    return { id, props: state };
  }

  #resource(urn: string): ManagedResource {
    const type = urn.split("::")[2]?.split("$").at(-1) ?? "";
    const resource = this.#resources[type];
    if (resource === undefined) throw new Error(`${type}: no resource of this plugin`);
    return resource;
  }
}

function nameOf(urn: string): string {
  return urn.split("::").at(-1) ?? urn;
}
