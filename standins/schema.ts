// What a plugin says of its own resources: the part of Pulumi's package schema that is needed here.
// `check` works by it, and `GetSchema` answers with it.

export interface Property {
  readonly type?: "string" | "integer" | "number" | "boolean" | "array" | "object";
  readonly items?: Property;
  /** Of an object with any keys. */
  readonly additionalProperties?: Property;
  /** `#/types/TOKEN`, of an object or an enumeration with a name. */
  readonly $ref?: string;
  readonly secret?: true;
  readonly default?: string | number;
  readonly replaceOnChanges?: true;
}

export type Properties = Readonly<Record<string, Property>>;

export interface ObjectType {
  readonly type: "object";
  readonly properties: Properties;
  readonly required?: readonly string[];
}

export interface Enumeration {
  readonly type: "string";
  readonly enum: readonly { readonly value: string }[];
}

export type Types = Readonly<Record<string, ObjectType | Enumeration>>;

export interface ResourceSchema {
  readonly inputProperties: Properties;
  readonly requiredInputs: readonly string[];
  readonly properties: Properties;
  readonly required: readonly string[];
}

export interface FunctionSchema {
  readonly inputs: ObjectType;
  readonly outputs: ObjectType;
}

export const STRING = { type: "string" } as const;
export const INTEGER = { type: "integer" } as const;
export const NUMBER = { type: "number" } as const;
export const BOOLEAN = { type: "boolean" } as const;
export const SECRET = { type: "string", secret: true } as const;
export const STRINGS = { type: "array", items: STRING } as const;
export const STRING_MAP = { type: "object", additionalProperties: STRING } as const;
export const ANY = { $ref: "pulumi.json#/Any" } as const;

export function reference(token: string): { readonly $ref: string } {
  return { $ref: `#/types/${token}` };
}

/** The type that a property refers to, by its token. */
export function referred({ $ref }: Property): string | undefined {
  return /^#\/types\/(.+)$/.exec($ref ?? "")?.[1];
}
