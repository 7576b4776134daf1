// Whether inputs have the shape that the resource expects; the words are the official plugin's, which
// is written in Go and names the types of Go.
import { referred, type ObjectType, type Property } from "../schema.ts";
import type { Failure } from "../provider.ts";
import { isObject, isSecret, isUnknown, type Value, type Values } from "../values.ts";
import { TYPES } from "./schema.ts";

export type Shape = Pick<ObjectType, "properties" | "required">;

/** `named` is what the official plugin calls the object. */
export function problems(inputs: Values, shape: Shape, named: string): Failure[] {
  const { properties, required = [] } = shape;
  const known = Object.entries(properties).flatMap(([key, property]): Failure[] => {
    const value = inputs[key];
    if (value !== undefined) return problem(value, property, key, named);
    if (!required.includes(key)) return [];
    return [{ property: key, reason: `Missing required field '${key}' on '${named}'` }];
  });
  const unrecognized = Object.keys(inputs)
    .filter((key) => !Object.hasOwn(properties, key))
    .map((key) => ({ property: key, reason: `Unrecognized field '${key}' on '${named}'` }));
  return [...known, ...unrecognized];
}

function problem(marked: Value, property: Property, key: string, named: string): Failure[] {
  const value = isSecret(marked) ? marked.value : marked;
  if (isUnknown(value)) return [];
  const type = TYPES[referred(property) ?? ""];
  const expected = type?.type ?? property.type;
  if (expected !== undefined && !fits(value, expected)) {
    const reason = `Field '${key}' on '${named}' must be a '${goName(property)}'; got '${goNameOf(value)}' instead`;
    return [{ property: key, reason }];
  }
  if (!isObject(value)) return [];
  const { additionalProperties } = property;
  if (additionalProperties) {
    return Object.entries(value).flatMap(([name, element]) =>
      problem(element, additionalProperties, `${key}[${name}] value`, named),
    );
  }
  return type?.type === "object" ? within(value, type, property, key, named) : [];
}

function within(
  value: Values,
  type: ObjectType,
  property: Property,
  key: string,
  named: string,
): Failure[] {
  const inner = problems(value, type, goName(property));
  if (inner.length === 0) return [];
  const list = inner.map((failure) => `\t${failure.property}: ${failure.reason}`).join("\n");
  const owner = named.replace(/^remote\./, "");
  const count = `${inner.length} failures decoding`;
  return [
    {
      property: key,
      reason: `An error occurred decoding '${owner}.${key}': ${count}:\n${list}`,
    },
  ];
}

function fits(value: Value, expected: string): boolean {
  if (expected === "array") return Array.isArray(value);
  if (expected === "object") return isObject(value);
  return typeof value === (expected === "integer" ? "number" : expected);
}

function goName(property: Property): string {
  const named = /:(\w+):(\w+)$/.exec(referred(property) ?? "");
  if (named) return named.slice(1).join(".");
  const names = { string: "string", integer: "int", number: "float64", boolean: "bool" } as const;
  if (property.type === "array") return "[]interface {}";
  if (property.type === "object") return "map[string]string";
  return property.type === undefined ? "interface {}" : names[property.type];
}

function goNameOf(value: Value): string {
  if (Array.isArray(value)) return "[]interface {}";
  if (typeof value === "number") return "float64";
  return typeof value === "boolean" ? "bool" : typeof value;
}
