// What a single input may be; the words are the official plugin's.
import { containsUnknown, text, type Value, type Values } from "../values.ts";

/** Of a list each element is judged. */
export interface Rule {
  readonly property: string;
  readonly title: string;
  readonly demand: string;
  readonly accepts: (value: Value) => boolean;
  readonly show: (value: Value) => string;
}

export function oneOf(property: string, values: readonly string[]): Rule {
  return {
    property,
    title: "Invalid Attribute Value Match",
    demand: `value must be one of: [${values.map((value) => `"${value}"`).join(" ")}]`,
    accepts: (value) => values.includes(text(value)),
    show: (value) => JSON.stringify(typeof value === "number" ? String(value) : value),
  };
}

export function atLeast(property: string, minimum: number): Rule {
  return {
    property,
    title: "Invalid Attribute Value",
    demand: `value must be at least ${minimum}`,
    accepts: (value) => Number(value) >= minimum,
    show: (value) => JSON.stringify(value),
  };
}

export function notEmpty(property: string): Rule {
  return {
    property,
    title: "Invalid Attribute Value Length",
    demand: "string length must be at least 1",
    accepts: (value) => text(value) !== "",
    show: (value) => String(text(value).length),
  };
}

/** What is wrong by this rule; `name` is the resource's. */
export function brokenBy(rule: Rule, inputs: Values, name: string): string[] {
  const { property, title, demand, accepts, show } = rule;
  const value = inputs[property];
  if (value === undefined) return [];
  const elements = Array.isArray(value)
    ? value.map((element, index) => [element, `[${index}]`] as const)
    : [[value, ""] as const];
  return elements
    .filter(([element]) => !containsUnknown(element) && !accepts(element))
    .map(([element, index]) => {
      const subject = `Attribute ${attribute(property)}${index} ${demand}`;
      return `${title}. ${subject}, got: ${show(element)}. ${placeOf(name, property, index)}`;
    });
}

/** The name of a property in Terraform, which the official plugin is built upon. */
export function attribute(property: string): string {
  return property.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

export function placeOf(name: string, property: string, index = ""): string {
  return `Examine values at '${name}.${property}${index}'.`;
}
