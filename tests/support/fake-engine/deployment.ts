// The steps of a run: what is registered is created, updated, replaced or left alone; what is not is deleted.
import { randomBytes } from "node:crypto";
import { parseUrn, urnOfProvider } from "../../../components/identity.ts";
import { equal, isSecret, secret, type Values } from "../../../standins/values.ts";
import type { Display } from "./display.ts";
import type { Plugin, Wanted } from "./plugins.ts";
import type { Recorded } from "./recorded.ts";

/** A resource that the program registers. */
export interface Registered extends Wanted {
  readonly type: string;
  readonly name: string;
  readonly custom: boolean;
  readonly parent: string;
  readonly dependencies: readonly string[];
  /** Reference to a provider that the program has registered; empty: the plugin's own. */
  readonly provider: string;
  readonly secretOutputs: readonly string[];
}

export interface Settings {
  readonly project: string;
  readonly stack: string;
  readonly preview: boolean;
  /** Makes a plugin, by the package's name. */
  readonly makePlugin: (name: string) => Plugin;
}

const providerType = "pulumi:providers:";

export class Deployment {
  /** By URN, in the order in which they were registered; those of the last run first. */
  readonly #olds: Map<string, Recorded>;
  readonly #news = new Map<string, Recorded>();
  readonly #replaced: Recorded[];
  readonly #plugins = new Map<string, Promise<Plugin>>();
  readonly #settings: Settings;
  readonly #display: Display;

  constructor(state: readonly Recorded[], settings: Settings, display: Display) {
    this.#olds = new Map(state.filter((one) => !one.replaced).map((one) => [one.urn, one]));
    this.#replaced = state.filter(({ replaced }) => replaced);
    this.#settings = settings;
    this.#display = display;
  }

  /** All that there is now. */
  get state(): Recorded[] {
    const kept = [...this.#olds.values()].filter(({ urn }) => !this.#news.has(urn));
    return [...kept, ...this.#news.values(), ...this.#replaced];
  }

  /** Has every plugin look at what it has made. */
  async refresh(): Promise<void> {
    const all = [...this.#olds.values()].filter(({ custom, type }) => custom && !isProvider(type));
    await Promise.all(
      all.map((old) =>
        this.#display.step(old.urn, async () => {
          const plugin = await this.#pluginOf(packageOf(old.type));
          const now = await plugin.read(old);
          const changed = Object.keys(now.inputs).filter(
            (key) => !equal(old.inputs[key], now.inputs[key]),
          );
          if (changed.length > 0) this.#display.refreshed(old.urn, changed);
          this.#olds.set(old.urn, now);
        }),
      ),
    );
  }

  async register(asked: Registered): Promise<Recorded> {
    const { type, name, custom, parent, dependencies, provider } = asked;
    const urn = this.#urnOf(asked);
    const old = this.#olds.get(urn);
    const needs = [...new Set([parent, ...dependencies, urnOfProvider(provider)])];
    const base = { urn, type, name, custom, needs: needs.filter(Boolean), replaced: false };
    const made = await this.#display.step(urn, async () => {
      if (!custom) {
        this.#display.count(old === undefined ? "created" : "unchanged", urn);
        return { id: "", inputs: asked.inputs, outputs: old?.outputs ?? {} };
      }
      return isProvider(type)
        ? this.#registerProvider(urn, asked, old)
        : this.#change(urn, asked, old);
    });
    const outputs = Object.fromEntries(
      Object.entries(made.outputs).map(([key, value]) => [
        key,
        asked.secretOutputs.includes(key) && !isSecret(value) ? secret(value) : value,
      ]),
    );
    const recorded = { ...base, ...made, outputs };
    this.#news.set(urn, recorded);
    return recorded;
  }

  setOutputs(urn: string, outputs: Values): void {
    const recorded = this.#news.get(urn);
    if (recorded !== undefined) this.#news.set(urn, { ...recorded, outputs });
  }

  async invoke(token: string, args: Values, provider: string): Promise<Values> {
    const plugin = await this.#pluginOf(packageOf(token), provider);
    return plugin.invoke(token, args);
  }

  /** Deletes what nobody has registered, each after all that need it. */
  async deleteRest(): Promise<void> {
    const unregistered = [...this.#olds.values()].filter(({ urn }) => !this.#news.has(urn));
    const rest = new Set([...this.#replaced, ...unregistered]);
    const deletions = new Map<Recorded, Promise<void>>();
    const deletionOf = (one: Recorded): Promise<void> => {
      const begun = deletions.get(one) ?? deletion(one);
      deletions.set(one, begun);
      return begun;
    };
    const deletion = async (one: Recorded): Promise<void> => {
      // Of a replaced one those that were replaced with it: its place is taken, for whoever needs it now.
      const users = [...rest].filter(
        (other) => other.needs.includes(one.urn) && (other.replaced || !one.replaced),
      );
      await Promise.all(users.map(deletionOf));
      await this.#delete(one);
    };
    const ended = await Promise.allSettled([...rest].map(deletionOf));
    const failed = ended.find((end) => end.status === "rejected");
    if (failed !== undefined) throw failed.reason;
  }

  async #delete(one: Recorded): Promise<void> {
    await this.#display.step(one.urn, async () => {
      if (!this.#settings.preview && one.custom && !isProvider(one.type)) {
        const plugin = await this.#pluginOf(packageOf(one.type));
        await plugin.delete(one);
      }
      this.#display.count("deleted", one.urn);
    });
    if (one.replaced) this.#replaced.splice(this.#replaced.indexOf(one), 1);
    else this.#olds.delete(one.urn);
  }

  async #change(
    urn: string,
    asked: Registered,
    old: Recorded | undefined,
  ): Promise<Pick<Recorded, "id" | "inputs" | "outputs">> {
    const { preview } = this.#settings;
    const plugin = await this.#pluginOf(packageOf(asked.type), asked.provider);
    const news = old === undefined ? asked.inputs : withIgnored(asked, old);
    const inputs = await plugin.check(urn, old?.inputs ?? {}, news);
    if (old === undefined) {
      const created = await plugin.create(urn, inputs, preview);
      this.#display.count("created", urn);
      return { ...created, inputs };
    }
    const change = await plugin.diff(old, { ...asked, inputs });
    if (change === "same") {
      this.#display.count("unchanged", urn);
      return { id: old.id, inputs, outputs: old.outputs };
    }
    if (change === "update") {
      const outputs = await plugin.update(old, inputs, preview);
      this.#display.count("updated", urn);
      return { id: old.id, inputs, outputs };
    }
    const created = await plugin.create(urn, inputs, preview);
    this.#display.count("replaced", urn);
    this.#replaced.push({ ...old, replaced: true });
    return { ...created, inputs };
  }

  #registerProvider(
    urn: string,
    { type, inputs }: Registered,
    old: Recorded | undefined,
  ): Pick<Recorded, "id" | "inputs" | "outputs"> {
    const isSame = old !== undefined && equal(old.inputs, inputs);
    this.#display.count(old === undefined ? "created" : isSame ? "unchanged" : "updated", urn);
    const plugin = this.#settings.makePlugin(packageOf(type));
    const configured = plugin.configure(inputs).then(() => plugin);
    // It is told to who first uses it.
    configured.catch(() => undefined);
    this.#plugins.set(urn, configured);
    return { id: old?.id ?? randomBytes(8).toString("hex"), inputs, outputs: inputs };
  }

  #pluginOf(name: string, provider = ""): Promise<Plugin> {
    const key = provider === "" ? name : urnOfProvider(provider);
    const known = this.#plugins.get(key);
    if (known !== undefined) return known;
    const plugin = this.#settings.makePlugin(name);
    const configured = plugin.configure({}).then(() => plugin);
    this.#plugins.set(key, configured);
    return configured;
  }

  #urnOf({ type, name, parent }: Registered): string {
    const { project, stack } = this.#settings;
    const [, , types = ""] = parent.split("::");
    const above =
      parent === "" || parseUrn(parent).type === "pulumi:pulumi:Stack" ? "" : `${types}$`;
    return `urn:pulumi:${stack}::${project}::${above}${type}::${name}`;
  }
}

/** The inputs wanted, those that are to be ignored as they were. */
function withIgnored({ inputs, ignoreChanges }: Wanted, old: Recorded): Values {
  if (ignoreChanges.includes("*")) return old.inputs;
  const kept = Object.entries(old.inputs).filter(([key]) => ignoreChanges.includes(key));
  return { ...inputs, ...Object.fromEntries(kept) };
}

const isProvider = (type: string): boolean => type.startsWith(providerType);

function packageOf(token: string): string {
  return isProvider(token) ? token.slice(providerType.length) : (token.split(":")[0] ?? "");
}
