// The settings of a stack as JSON Schema, as zod tells them: what both generated documents are made of.
import * as z from "zod";
import { stackSchema } from "../../components/model/configuration/schema.ts";

export type Schema = z.core.JSONSchema.BaseSchema;

/** JSON Schema (draft 7, which editors know best) of what may be written for `type`. */
export function schemaOf(type: z.ZodType): Schema {
  const {
    $schema: _,
    definitions: __,
    ...schema
  } = z.toJSONSchema(type, {
    ...{ target: "draft-7", io: "input", unrepresentable: "any" },
    override: ({ zodSchema, jsonSchema }) => {
      const { def } = zodSchema._zod;
      // What is made into something else before it is looked at: a list may be its only entry, a map may be false.
      const isMadeAnew = def.type === "pipe" && def.in._zod.def.type === "transform";
      if (isMadeAnew && jsonSchema.type === "object") {
        Object.assign(jsonSchema, { type: ["object", "boolean"], not: { const: true } });
      }
      if (isMadeAnew && isSchema(jsonSchema.items)) {
        const { description, ...list } = { ...jsonSchema };
        const entry = jsonSchema.items;
        for (const key of Object.keys(jsonSchema)) Reflect.deleteProperty(jsonSchema, key);
        Object.assign(jsonSchema, description === undefined ? {} : { description }, {
          anyOf: [list, entry],
        });
      }
      // zod leaves the default of such a value out.
      if (def.type === "default") jsonSchema.default ??= def.defaultValue;
      delete jsonSchema["wanted"];
      if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
      if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
    },
  });
  return schema;
}

/** The stack's keys, each without its namespace. */
export function stackSettings(): Schema {
  return schemaOf(stackSchema);
}

export function isSchema(value: unknown): value is Schema {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The settings of a map with fixed names; none where a schema is of another kind. */
export function propertiesOf(schema: Schema): [string, Schema][] {
  return Object.entries(schema.properties ?? {}).filter((entry): entry is [string, Schema] =>
    isSchema(entry[1]),
  );
}
