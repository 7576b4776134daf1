import { createRequire } from "node:module";
import type * as YAML from "yaml";
import { isMap, memberAt } from "../model/json-value.ts";
import type { Problem } from "../model/problem.ts";

/** A private key or its passphrase in the configuration: the key of the stack's configuration, and the way from there. */
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
      const isKey = path.at(-1) === "privateKey";
      return {
        where,
        what: "is in clear, not a secret of the stack",
        why: isKey
          ? "whoever reads the stack's file or the history of its state can log in with it"
          : "whoever reads the stack's file opens the key with it",
        fix: isKey
          ? `make another key, and set that one with \`pulumi config set --secret --path '${where}' < KEY\``
          : `give the key another one with \`ssh-keygen -p\`, and set that with \`pulumi config set --secret --path '${where}'\``,
      };
    });
}

const secrets = [
  ["privateKey"],
  ["passphrase"],
  ["bastion", "privateKey"],
  ["bastion", "passphrase"],
];

function placesOf(raw: Readonly<Record<string, unknown>>): Place[] {
  const { hosts } = raw;
  const names = isMap(hosts) ? Object.keys(hosts) : [];
  return secrets
    .map((path) => ["ssh", ...path])
    .flatMap((path): Place[] => [
      ...names.map((name): Place => ({ key: "hosts", path: [name, ...path] })),
      { key: "defaults", path },
      { key: "base", path: ["defaults", ...path] },
    ])
    .filter((place) => memberAt(raw[place.key], place.path) !== undefined);
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
