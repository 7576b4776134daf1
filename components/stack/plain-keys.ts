import { createRequire } from "node:module";
import type * as YAML from "yaml";
import { isMap, memberAt } from "../model/json-value.ts";
import type { Problem } from "../model/problem.ts";

/** A private key in the configuration: the key of the stack's configuration, and the way from there. */
interface Place {
  readonly key: "hosts" | "defaults" | "base";
  readonly path: readonly string[];
}

/**
 * Private keys in plain text in the stack's configuration: they would be in a file that is committed, and for ever
 * in the history of the state. The engine says only whether some value under a key is a secret, not which one, so
 * the stack's file is read as well.
 * @param stackFile gives its text; undefined where there is none.
 */
export function plainKeyProblems(
  raw: Readonly<Record<string, unknown>>,
  isSecret: (key: Place["key"]) => boolean,
  stackFile: () => string | undefined,
): Problem[] {
  const places = placesOf(raw);
  if (places.length === 0) return [];
  const text = stackFile();
  const written = text === undefined ? undefined : valuesOf(text);
  return places
    .filter(({ key, path }) => {
      const inFile = memberAt(isMap(written) ? written[`dockertls:${key}`] : undefined, path);
      return !isSecret(key) || typeof inFile === "string";
    })
    .map(({ key, path }) => {
      const where = [`dockertls:${key}`, ...path].join(".");
      return {
        where,
        what: "is in clear, not a secret of the stack",
        why: "whoever reads the stack's file or the history of its state can log in with it",
        fix: `make another key, and set that one with \`pulumi config set --secret --path '${where}' < KEY\``,
      };
    });
}

function placesOf(raw: Readonly<Record<string, unknown>>): Place[] {
  const path = ["ssh", "privateKey"];
  const { hosts } = raw;
  const names = isMap(hosts) ? Object.keys(hosts) : [];
  return [
    ...names.map((name): Place => ({ key: "hosts", path: [name, ...path] })),
    { key: "defaults" as const, path },
    { key: "base" as const, path: ["defaults", ...path] },
  ].filter((place) => memberAt(raw[place.key], place.path) !== undefined);
}

function valuesOf(text: string): unknown {
  // Loaded here: every run would pay for it, and few have a key in their configuration.
  const { parse } = createRequire(import.meta.url)("yaml") as typeof YAML;
  try {
    const content: unknown = parse(text);
    return isMap(content) ? content["config"] : undefined;
  } catch {
    // The engine reads it, too, and says what is wrong with it.
    return undefined;
  }
}
