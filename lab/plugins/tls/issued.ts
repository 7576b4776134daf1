// What the resources of this plugin have in common: whatever they make is made once, so nearly
// every change replaces it. The words of a failed check are the official plugin's.
import type { Difference } from "../difference.ts";
import type { Failure, Operation, Resource } from "../provider.ts";
import { containsUnknown, equal, reveal, revealAll, secret, text, UNKNOWN } from "../values.ts";
import type { Value, Values } from "../values.ts";

export interface Rule {
  readonly property: string;
  /** The name of the property in Terraform, which the official plugin is built upon. */
  readonly attribute: string;
  readonly oneOf?: readonly string[];
  readonly atLeast?: number;
}

export interface Kind {
  readonly required: readonly string[];
  readonly optional: readonly string[];
  readonly rules?: readonly Rule[];
  readonly secrets: readonly string[];
  /** What the state holds for inputs that are left out. */
  readonly defaults?: Values;
  /** Outputs, unknown in the preview of a creation. */
  readonly computed: readonly string[];
  /** Inputs that may change without anything new being made. */
  readonly inPlace?: readonly string[];
  make(inputs: Values, operation: Operation): Promise<{ id: string; outputs: Values }>;
  /** Whether what was made has to be made again, for a reason of its own and not of its inputs. */
  due?(state: Values): boolean;
}

export function issued(kind: Kind): Resource {
  const { required, optional, defaults = {}, inPlace = [], secrets, computed } = kind;

  const complete = (state: Values): Values => {
    const marked = { ...defaults, ...state };
    for (const key of secrets) {
      const value = marked[key];
      if (value !== undefined && !containsUnknown(value)) marked[key] = secret(value);
    }
    return marked;
  };

  return {
    check(news, name) {
      const inputs = revealAll(news);
      const missing = required
        .filter((key) => inputs[key] === undefined)
        .map((key) => ({ property: "", reason: `Missing required property '${key}'` }));
      const wrong = (kind.rules ?? []).flatMap((rule) => broken(rule, inputs, name));
      return { inputs: markedInputs(news, secrets), failures: [...missing, ...wrong] };
    },

    diff(old, news) {
      const changes: Difference["changes"] = new Map();
      const state = revealAll(old.state);
      const planned = { ...defaults, ...revealAll(news) };
      for (const key of [...required, ...optional]) {
        if (equal(state[key], planned[key])) continue;
        changes.set(key, { kind: "update", replace: !inPlace.includes(key) });
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
        const later = Object.fromEntries(["id", ...computed].map((key) => [key, UNKNOWN]));
        return { id: "", state: complete(ready(kind, { ...later, ...defaults, ...inputs })) };
      }
      const { id, outputs } = await kind.make({ ...defaults, ...inputs }, operation);
      const state = { ...defaults, ...inputs, ...outputs, id };
      return { id, state: complete(ready(kind, state)) };
    },

    update(old, inputs) {
      const state = { ...revealAll(old.state), ...revealAll(inputs) };
      return Promise.resolve(complete({ ...state, ...(kind.due && { readyForRenewal: false }) }));
    },

    read(old) {
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
      secrets.includes(key) && !containsUnknown(value) ? secret(value) : value,
    ]),
  );
}

function broken({ property, attribute, oneOf, atLeast }: Rule, inputs: Values, name: string) {
  const value = inputs[property];
  if (value === undefined) return [];
  const listed = Array.isArray(value);
  const elements: Value[] = listed ? value : [value];
  return elements.flatMap((element, index): Failure[] => {
    if (containsUnknown(element)) return [];
    const at = listed ? `[${index}]` : "";
    const [title, demand] =
      atLeast === undefined
        ? ["Invalid Attribute Value Match", `one of: [${oneOf?.map(quoted).join(" ")}]`]
        : ["Invalid Attribute Value", `at least ${atLeast}`];
    const fine =
      atLeast === undefined ? oneOf?.includes(text(element)) : Number(element) >= atLeast;
    const reason =
      `${title}. Attribute ${attribute}${at} value must be ${demand}, ` +
      `got: ${JSON.stringify(reveal(element))}. Examine values at '${name}.${property}${at}'.`;
    return fine ? [] : [{ property: "", reason }];
  });
}

function quoted(text: string): string {
  return `"${text}"`;
}
