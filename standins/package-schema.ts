// What a stand-in says of itself as a whole, and whether it is asked for something that it has.
import type { Plugin, PluginFunction } from "./provider.ts";
import type { Values } from "./values.ts";

/** Why a function can't be called like this; the words are the official plugins'. */
export function wrongArguments({ schema }: PluginFunction, args: Values): string[] {
  const { properties, required = [] } = schema.inputs;
  const missing = required
    .filter((key) => args[key] === undefined)
    .map(
      (key) =>
        `[${key}] Missing required argument: The argument "${key}" is required, but no definition was found.`,
    );
  const unknown = Object.keys(args)
    .filter((key) => !Object.hasOwn(properties, key))
    .map((key) => `[${key}] Invalid or unknown key`);
  return [...missing, ...unknown];
}

/** The answer to `GetSchema`. */
export function schemaOf({ name, version, resources, functions = {}, ...others }: Plugin): string {
  const schemas = <T>(described: Readonly<Record<string, { readonly schema: T }>>) =>
    Object.fromEntries(Object.entries(described).map(([token, { schema }]) => [token, schema]));
  const { types = {}, configuration = {} } = others;
  return JSON.stringify({
    name,
    version,
    provider: { inputProperties: configuration },
    types,
    resources: schemas(resources),
    functions: schemas(functions),
  });
}
