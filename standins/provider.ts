// What a stand-in is made of. `serve.ts` speaks the protocol; these are the parts that it calls.
import type { Difference } from "./difference.ts";
import type { FunctionSchema, Properties, ResourceSchema, Types } from "./schema.ts";
import type { Values } from "./values.ts";

export interface Failure {
  readonly property: string;
  readonly reason: string;
}

export interface Checked {
  readonly inputs: Values;
  readonly failures?: readonly Failure[];
}

export interface Operation {
  /** The resource's name, the last part of its URN. */
  readonly name: string;
  readonly preview: boolean;
  /** Shows a line beside the resource for as long as the operation runs. */
  readonly status: (message: string) => void;
  /** Shows a warning, and keeps it in the engine's output. */
  readonly warn: (message: string) => void;
  /** Aborted when the engine cancels: stop waiting, leave alone what runs on the other side. */
  readonly signal: AbortSignal;
}

export interface Existing {
  readonly id: string;
  readonly state: Values;
  /** The inputs that `state` was made from. */
  readonly inputs: Values;
}

export interface Resource {
  readonly schema: ResourceSchema;
  /** `name` is for messages. */
  check(news: Values, name: string): Checked;
  diff(old: Existing, news: Values): Difference;
  create(inputs: Values, operation: Operation): Promise<{ id: string; state: Values }>;
  update(old: Existing, inputs: Values, operation: Operation): Promise<Values>;
  /** The state as it is now; left out, the recorded one is taken for true. */
  read?(old: Existing): Values;
  delete?(old: Existing, operation: Operation): Promise<void>;
}

export interface PluginFunction {
  readonly schema: FunctionSchema;
  call(args: Values): Promise<Values>;
}

export interface Plugin {
  readonly name: string;
  /** The version of the official plugin that this one stands in for. */
  readonly version: string;
  /** Whether secrets reach the plugin marked as such. */
  readonly acceptsSecrets: boolean;
  readonly resources: Readonly<Record<string, Resource>>;
  readonly functions?: Readonly<Record<string, PluginFunction>>;
  readonly types?: Types;
  /** The provider's own inputs. */
  readonly configuration?: Properties;
  checkConfig?(news: Values): Checked;
  diffConfig?(olds: Values, news: Values): Difference;
  configure?(config: Values): void | Promise<void>;
}
