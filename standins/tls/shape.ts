// Whether inputs have the shape that a resource expects; the words are the official plugin's.
import type { Failure } from "../provider.ts";
import type { Properties, Property } from "../schema.ts";
import { containsUnknown, isObject, type Value, type Values } from "../values.ts";
import { attribute, brokenBy, placeOf, type Rule } from "./rules.ts";

interface Demands {
  readonly inputs: Properties;
  readonly computed: Properties;
  readonly required: readonly string[];
  readonly rules?: readonly Rule[];
}

/** Throws for a value of another type; whatever else is wrong comes back. Unknown inputs are fine. */
export function problems(inputs: Values, demands: Demands, name: string): Failure[] {
  const { inputs: properties, computed, required, rules = [] } = demands;
  const given = Object.entries(properties).flatMap(([key, property]) => {
    const value = inputs[key];
    return value === undefined ? [] : [{ key, property, value }];
  });
  for (const { key, property, value } of given) assertType(value, property, key);
  const missing = required
    .filter((key) => inputs[key] === undefined)
    .map((key) => `Missing required property '${key}'`);
  // Any other input without a meaning is left alone.
  const readOnly = Object.keys(inputs)
    .filter((key) => !(key in properties) && (key in computed || key === "readyForRenewal"))
    .map((key) => `Invalid Configuration for Read-Only Attribute. ${placeOf(name, key)}`);
  const fractions = given
    .filter(({ property, value }) => property.type === "integer" && isFraction(value))
    .map(({ key, value }) => {
      const what = `Value ${JSON.stringify(value)} is not an integer`;
      return `Configuration Read Error. ${what}. ${placeOf(name, key)}`;
    });
  const broken = rules.flatMap((rule) => brokenBy(rule, inputs, name));
  return [...missing, ...readOnly, ...fractions, ...broken].map((reason) => ({
    property: "",
    reason,
  }));
}

function isFraction(value: Value): boolean {
  return !containsUnknown(value) && !Number.isInteger(Number(value));
}

function assertType(value: Value, property: Property, key: string): void {
  const expected = EXPECTED[property.type ?? "object"];
  if (containsUnknown(value) || expected.accepts(value)) return;
  throw new Error(
    "cannot encode resource inputs to call ValidateResourceConfig: objectEncoder failed on " +
      `property "${attribute(key)}": Expected ${expected.what}`,
  );
}

interface Expected {
  readonly what: string;
  readonly accepts: (value: Value) => boolean;
}

const isPlain = (value: Value): boolean => typeof value !== "object";

// A number may come as text, and the other way round.
const NUMERIC: Expected = {
  what: "a Number",
  accepts: (value) => isPlain(value) && !Number.isNaN(Number(value)),
};
const EXPECTED: Readonly<Record<NonNullable<Property["type"]>, Expected>> = {
  string: { what: "a string", accepts: isPlain },
  integer: NUMERIC,
  number: NUMERIC,
  boolean: { what: "a Boolean", accepts: (value) => typeof value === "boolean" },
  array: { what: "an Array PropertyValue", accepts: Array.isArray },
  object: { what: "an Object PropertyValue", accepts: isObject },
};
