// Reads a plugin's package schema into the lines of the contract.
import type { Line, Lines } from "./contract.ts";

interface Property {
  readonly type?: string;
  readonly items?: Property;
  readonly additionalProperties?: Property;
  readonly $ref?: string;
  readonly secret?: boolean;
  readonly default?: string | number | boolean;
  readonly replaceOnChanges?: boolean;
}

type Properties = Readonly<Record<string, Property>>;

interface ObjectType {
  readonly properties?: Properties;
  readonly required?: readonly string[];
  readonly enum?: readonly { readonly value: string }[];
}

export interface PackageSchema {
  readonly provider: { readonly inputProperties?: Properties };
  readonly types?: Readonly<Record<string, ObjectType>>;
  readonly resources?: Readonly<
    Record<
      string,
      ObjectType & { readonly inputProperties: Properties; readonly requiredInputs?: string[] }
    >
  >;
  readonly functions?: Readonly<
    Record<string, { readonly inputs: ObjectType; readonly outputs: ObjectType }>
  >;
}

export function resourceIn(schema: PackageSchema, token: string) {
  const resource = schema.resources?.[token];
  if (!resource) throw new Error(`${token}: not in the schema`);
  return {
    inputs: lines(resource.inputProperties, resource.requiredInputs),
    outputs: lines(resource.properties, resource.required),
  };
}

export function functionIn(schema: PackageSchema, token: string) {
  const found = schema.functions?.[token];
  if (!found) throw new Error(`${token}: not in the schema`);
  const { inputs, outputs } = found;
  return {
    inputs: lines(inputs.properties, inputs.required),
    outputs: lines(outputs.properties, outputs.required),
  };
}

export function configurationIn({ provider }: PackageSchema): Lines {
  return lines(provider.inputProperties);
}

/** The types with these names, in the module `folder`: `tls:index` of `tls:index/X:X`. */
export function typesIn(schema: PackageSchema, module: string, names: readonly string[]) {
  return Object.fromEntries(
    names.map((name) => {
      const tokens = [`${module}:${name}`, `${module}/${name}:${name}`];
      const type = tokens.map((token) => schema.types?.[token]).find((found) => found);
      const values = type?.enum?.map(({ value }) => value).join(", ");
      return [name, values ?? lines(type?.properties, type?.required)] as const;
    }),
  );
}

function lines(properties: Properties = {}, required: readonly string[] = []): Lines {
  return Object.fromEntries(
    Object.entries(properties)
      .filter(([key]) => !isWriteOnly(key))
      .map(([key, property]) => {
        const needed = required.includes(key) || `${key}Wo` in properties;
        return [key, line(property, needed)];
      }),
  );
}

/** See `WriteOnly` in contract.ts. */
const isWriteOnly = (key: string): boolean => /Wo(Version)?$/.test(key);

function line(property: Property, required: boolean): Line {
  return [
    typeOf(property),
    ...(required ? ["required"] : []),
    ...(property.secret ? ["secret"] : []),
    ...(property.default === undefined ? [] : [`default ${String(property.default)}`]),
    ...(property.replaceOnChanges ? ["replaces"] : []),
  ].join(", ");
}

function typeOf({ type, items, additionalProperties, $ref }: Property): string {
  if ($ref === "pulumi.json#/Any") return "anything";
  if ($ref !== undefined) return $ref.split(/[:/]/).at(-1) ?? $ref;
  if (items) return `list of ${typeOf(items)}`;
  if (additionalProperties) return `map of ${typeOf(additionalProperties)}`;
  return type ?? "anything";
}
