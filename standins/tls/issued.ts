// What the resources of this plugin have in common: whatever they make is made once, so nearly
// every change replaces it.
import type { Difference } from "../difference.ts";
import { BOOLEAN, type Properties, type ResourceSchema } from "../schema.ts";
import type { Operation, Resource } from "../provider.ts";
import { containsUnknown, equal, revealAll, secret, UNKNOWN, type Values } from "../values.ts";
import type { Rule } from "./rules.ts";
import { problems } from "./shape.ts";

export interface Kind {
  readonly inputs: Properties;
  readonly required: readonly string[];
  readonly rules?: readonly Rule[];
  /** What the state holds for inputs that are left out. */
  readonly defaults?: Values;
  /** Outputs, unknown in the preview of a creation. */
  readonly computed: Properties;
  /** Whether a change shows all of them as changed. */
  readonly showsComputed?: true;
  /** Inputs that may change without anything new being made. */
  readonly inPlace?: readonly string[];
  make(inputs: Values, operation: Operation): Promise<{ id: string; outputs: Values }>;
  /** Whether what was made has to be made again, for a reason of its own and not of its inputs. */
  due?(state: Values): boolean;
}

export function issued(kind: Kind): Resource {
  const { inputs: properties, defaults = {}, inPlace = [], computed } = kind;
  const secrets = Object.entries({ ...properties, ...computed })
    .filter(([, property]) => property.secret)
    .map(([key]) => key);

  const complete = (state: Values): Values => {
    const marked = { ...defaults, ...state };
    for (const key of secrets) {
      const value = marked[key];
      if (value !== undefined && !containsUnknown(value)) marked[key] = secret(value);
    }
    return marked;
  };

  return {
    schema: schemaOf(kind),

    check(news, name) {
      return {
        inputs: markedInputs(news, secrets),
        failures: problems(revealAll(news), kind, name),
      };
    },

    diff(old, news) {
      const changes: Difference["changes"] = new Map();
      const state = revealAll(old.state);
      const planned = { ...defaults, ...revealAll(news) };
      for (const key of Object.keys(properties)) {
        if (equal(state[key], planned[key])) continue;
        changes.set(key, { kind: "update", replace: !inPlace.includes(key) });
      }
      if (kind.showsComputed && changes.size > 0) {
        for (const key of ["id", ...Object.keys(computed)]) {
          changes.set(key, { kind: "update", replace: false });
        }
      }
      const renewed = { ...state, ...planned };
      if (kind.due?.(renewed)) {
        changes.set("readyForRenewal", { kind: "update", replace: true });
      } else if (kind.due && state["readyForRenewal"] === true) {
        changes.set("readyForRenewal", { kind: "update", replace: false });
      }
      return { changes, detailed: false };
    },

    async create(news, operation) {
      const inputs = revealAll(news);
      if (operation.preview) {
        const later = Object.fromEntries(
          ["id", ...Object.keys(computed)].map((key) => [key, UNKNOWN]),
        );
        return { id: "", state: complete(ready(kind, { ...later, ...defaults, ...inputs })) };
      }
      const { id, outputs } = await kind.make({ ...defaults, ...inputs }, operation);
      const state = { ...defaults, ...inputs, ...outputs, id };
      return { id, state: complete(ready(kind, state)) };
    },

    update(old, inputs) {
      // The defaults too: an input that is no longer given goes back to its own.
      const state = { ...revealAll(old.state), ...defaults, ...revealAll(inputs) };
      return Promise.resolve(complete({ ...state, ...(kind.due && { readyForRenewal: false }) }));
    },

    read(old) {
      if (Object.keys(old.state).length === 0) {
        throw new Error("Resource Import Not Implemented: This resource does not support import.");
      }
      return complete(ready(kind, revealAll(old.state)));
    },
  };
}

function ready(kind: Kind, state: Values): Values {
  return kind.due?.(state) ? { ...state, readyForRenewal: true } : state;
}

function markedInputs(inputs: Values, secrets: readonly string[]): Values {
  return Object.fromEntries(
    Object.entries(inputs).map(([key, value]) => [
      key,
      secrets.includes(key) ? secret(value) : value,
    ]),
  );
}

function schemaOf(kind: Kind): ResourceSchema {
  const { inputs, required, computed, defaults = {} } = kind;
  const own = { ...computed, ...(kind.due && { readyForRenewal: BOOLEAN }) };
  return {
    inputProperties: inputs,
    requiredInputs: required,
    properties: { ...inputs, ...own },
    required: [...new Set([...required, ...Object.keys(own), ...Object.keys(defaults)])],
  };
}
