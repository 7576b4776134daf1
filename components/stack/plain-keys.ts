import { createRequire } from "node:module";
import type * as YAML from "yaml";
import { isMap, memberAt } from "../model/json-value.ts";
import type { Problem } from "../model/problem.ts";
import { isPemText } from "./own-authority.ts";

/**
 * A private key in the configuration, or what opens it or makes its user root: the key of the stack's configuration, and
 * the way from there.
 */
interface Place {
  readonly key: "hosts" | "defaults" | "base" | "tls";
  readonly path: readonly string[];
  /** What it is, by the name of the setting. */
  readonly setting: keyof typeof remedies;
}

/**
 * Private keys and passwords in plain text in the stack's configuration: they would be in a file that is committed, and
 * for ever in the history of the state. The engine says only whether some value under a key is a secret, not which one, so
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
    .map(({ key, path, setting }) => {
      const where = [`dockertls:${key}`, ...path].join(".");
      const { why, fix } = remedies[setting];
      const set = `pulumi config set --secret --path '${where}'`;
      return { where, what: "is in clear, not a secret of the stack", why, fix: fix(set) };
    });
}

const reader = "whoever reads the stack's file";

/** By the setting; `set` is the command that sets it. */
const remedies = {
  privateKey: {
    why: `${reader} or the history of its state can log in with it`,
    fix: (set: string) => `make another key, and set that one with \`${set} < KEY\``,
  },
  passphrase: {
    why: `${reader} opens the key with it`,
    fix: (set: string) =>
      `give the key another one with \`ssh-keygen -p\`, and set that with \`${set}\``,
  },
  privateKeyPem: {
    why: `${reader} or the history of its state can sign for every machine and client`,
    fix: (set: string) => `make another authority, and set its key with \`${set} < KEY\``,
  },
  sudoPassword: {
    why: `${reader} becomes root with it`,
    fix: (set: string) => `give the user another one with \`passwd\`, and set that with \`${set}\``,
  },
};

const secrets: readonly Pick<Place, "path" | "setting">[] = [
  { path: ["ssh", "privateKey"], setting: "privateKey" },
  { path: ["ssh", "passphrase"], setting: "passphrase" },
  { path: ["ssh", "bastion", "privateKey"], setting: "privateKey" },
  { path: ["ssh", "bastion", "passphrase"], setting: "passphrase" },
  { path: ["sudoPassword"], setting: "sudoPassword" },
];

const authorities = ["authority", "previousAuthority"] as const;

function placesOf(raw: Readonly<Record<string, unknown>>): Place[] {
  const { hosts } = raw;
  const names = isMap(hosts) ? Object.keys(hosts) : [];
  const setting = "privateKeyPem";
  return [
    ...secrets.flatMap(({ path, setting }): Place[] => [
      ...names.map((name): Place => ({ key: "hosts", path: [name, ...path], setting })),
      { key: "defaults", path, setting },
      { key: "base", path: ["defaults", ...path], setting },
    ]),
    ...authorities.flatMap((one): Place[] => [
      { key: "tls", path: [one, setting], setting },
      { key: "base", path: ["tls", one, setting], setting },
    ]),
  ].filter((place) => {
    const value = memberAt(raw[place.key], place.path);
    // The path of a key's file is no key.
    return place.setting === setting ? isPemText(value) : value !== undefined;
  });
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
