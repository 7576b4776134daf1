// Reads a stack's configuration from its file, without the engine. A secret of the stack (`secure: …`) stays
// sealed.
import { parseDocument } from "yaml";
import {
  configurationNamespace,
  unreadableKey,
} from "../components/model/configuration/problems.ts";
import { withDefaults } from "../components/model/configuration/defaults.ts";
import { isMap } from "../components/model/json-value.ts";
import type { Problem } from "../components/model/problem.ts";

/** Values under the keys of the stack, without their namespace. */
export type Values = Readonly<Record<string, unknown>>;

/** Stands in place of a secret of the stack. */
export const sealed = Symbol("a secret of the stack");

export interface StackFile {
  readonly values: Values;
  readonly problems: readonly Problem[];
}

/** @param file its name, as a person knows it. */
export function readStackFile(file: string, text: string): StackFile {
  const yaml = readYaml(file, text);
  if ("problem" in yaml) return { values: {}, problems: [yaml.problem] };
  const { config } = yaml.content;
  const problems: Problem[] = [];
  const prefix = `${configurationNamespace}:`;
  const entries = Object.entries(isMap(config) ? config : {})
    .filter(([key]) => key.startsWith(prefix))
    .map(([key, value]): [string, unknown] => {
      const name = key.slice(prefix.length);
      const read = unsealed(typeof value === "string" ? parsedJson(value) : value);
      if (read === undefined) problems.push(unreadableKey(name));
      return [name, read];
    });
  return { values: Object.fromEntries(entries), problems };
}

/** The map in a YAML file, or why there is none. The text is never shown, since it may hold secrets. */
export function readYaml(
  file: string,
  text: string,
): { readonly content: Values } | { readonly problem: Problem } {
  const document = parseDocument(text);
  const [error] = document.errors;
  const content: unknown = error === undefined ? document.toJS() : undefined;
  if (error === undefined && (content === null || isMap(content))) {
    return { content: content ?? {} };
  }
  const [at] = error?.linePos ?? [];
  const place = at === undefined ? "" : `, line ${String(at.line)}, column ${String(at.col)}`;
  const code = error?.code.toLowerCase().replaceAll("_", " ");
  return {
    problem: {
      where: `${file}${place}`,
      what: code === undefined ? "is not a map" : `is not YAML (${code})`,
      why: "nothing in it can be read",
      fix: "correct the file",
    },
  };
}

/** Values that a schema can check, and the hosts that can't be checked because a secret is missing. */
export interface Opened {
  readonly values: Values;
  readonly sealedHosts: readonly string[];
  /** Whether the hosts as a whole are a secret. */
  readonly hostsAreSealed: boolean;
}

/** Takes out what is sealed. The checks of a host need no keys of daemon.json. */
export function withoutSealed(values: Values): Opened {
  const { defaults, hosts } = values;
  const whole = withDefaults(hosts, defaults);
  const names = Object.keys(isMap(hosts) ? hosts : {});
  const closed = names.filter((name) => {
    const host = isMap(whole) ? whole[name] : undefined;
    return needsSecret(host) || (isMap(host) && areSealed(defaults));
  });
  const open = Object.entries(isMap(hosts) ? hosts : {}).filter(([name]) => !closed.includes(name));
  return {
    values: {
      ...Object.fromEntries(Object.entries(values).map(([key, value]) => [key, pruned(value)])),
      hosts: isMap(hosts)
        ? Object.fromEntries(open.map(([name, host]) => [name, pruned(host)]))
        : pruned(hosts),
    },
    sealedHosts: closed,
    hostsAreSealed: hosts === sealed,
  };
}

export function holdsSealed(value: unknown): boolean {
  if (value === sealed) return true;
  if (Array.isArray(value)) return value.some(holdsSealed);
  return isMap(value) && Object.values(value).some(holdsSealed);
}

function needsSecret(host: unknown): boolean {
  if (!isMap(host)) return host === sealed;
  return Object.entries(host).some(([key, value]) => key !== "daemon" && holdsSealed(value));
}

/** Whether the defaults are a secret as a whole, so that nobody knows what a host takes from them. */
function areSealed(defaults: unknown): boolean {
  return defaults === sealed || (isMap(defaults) && defaults["ssh"] === sealed);
}

function pruned(value: unknown): unknown {
  if (value === sealed) return undefined;
  if (Array.isArray(value)) return value.filter((one) => !holdsSealed(one));
  if (!isMap(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, inner]) => inner !== sealed)
      .map(([key, inner]) => [key, pruned(inner)]),
  );
}

/** `{ secure: … }`, which is how the engine writes a secret, becomes the mark for one. */
function unsealed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(unsealed);
  if (!isMap(value)) return value;
  const keys = Object.keys(value);
  if (keys.length === 1 && keys[0] === "secure" && typeof value["secure"] === "string")
    return sealed;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, unsealed(inner)]));
}

/** `pulumi config set` without --path writes a map as a string of JSON. */
function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
