// Whether inputs have the shape that the resource expects; the words are the official plugin's.
import { isObject, isSecret, isUnknown, type Value, type Values } from "../values.ts";
import type { Failure } from "../provider.ts";

export interface Field {
  readonly type: "string" | "number" | "boolean" | "array" | "object";
  readonly required?: boolean;
  /** What an object may hold, and what its type is called in an error; left out: anything. */
  readonly fields?: Fields;
  readonly named?: string;
}

export type Fields = Readonly<Record<string, Field>>;

// The official plugin is written in Go, and names the types of Go.
const GO_TYPES = { string: "string", number: "float64", boolean: "bool", array: "[]any" };

export function problems(inputs: Values, fields: Fields, named: string): Failure[] {
  const missing = Object.entries(fields)
    .filter(([key, field]) => field.required && inputs[key] === undefined)
    .map(([key]) => ({ property: key, reason: `Missing required field '${key}' on '${named}'` }));
  const wrong = Object.entries(inputs).flatMap(([key, value]): Failure[] => {
    const field = fields[key];
    const reason = field
      ? problem(value, field, key, named)
      : `Unrecognized field '${key}' on '${named}'`;
    return reason === undefined ? [] : [{ property: key, reason }];
  });
  return [...missing, ...wrong];
}

function problem(marked: Value, field: Field, key: string, named: string): string | undefined {
  const value = isSecret(marked) ? marked.value : marked;
  if (isUnknown(value)) return undefined;
  if (typeOf(value) !== field.type) {
    const types = GO_TYPES as Readonly<Record<string, string>>;
    const [expected, got] = [field.type, typeOf(value)].map((type) => types[type] ?? "object");
    return `Field '${key}' on '${named}' must be a '${expected}'; got '${got}' instead`;
  }
  if (!field.fields || !field.named || !isObject(value)) return undefined;
  const inner = problems(value, field.fields, field.named);
  if (inner.length === 0) return undefined;
  const list = inner.map(({ property, reason }) => `\t${property}: ${reason}`).join("\n");
  const owner = named.replace(/^remote\./, "");
  return `An error occurred decoding '${owner}.${key}': ${inner.length} failures decoding:\n${list}`;
}

function typeOf(value: Value): string {
  return Array.isArray(value) ? "array" : typeof value;
}
