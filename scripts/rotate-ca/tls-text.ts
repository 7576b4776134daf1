// Which authority a stack has, in the text of its file. What else stands there stays, to the byte.
import { isDeepStrictEqual } from "node:util";
import { isMap, isScalar, parseDocument, type Pair, type YAMLMap } from "yaml";
import type { AuthorityConfiguration } from "../../components/model/configuration/parse.ts";
import { configurationNamespace } from "../../components/model/configuration/problems.ts";
import type { Problem } from "../../components/model/problem.ts";
import { withMembers } from "../add/stack-text.ts";

const tlsKey = `${configurationNamespace}:tls`;

type Wanted = Pick<AuthorityConfiguration, "generation" | "rotation">;

/** What the file is to say of it; undefined: nothing. */
function settingsOf({ generation, rotation }: Wanted): ReadonlyMap<string, number | undefined> {
  const from = rotation?.from;
  return new Map([
    ["generation", generation === 1 ? undefined : generation],
    ["previousGeneration", from === generation - 1 ? undefined : from],
    ["phase", rotation?.phase],
  ]);
}

/**
 * The text with this authority in it; a problem where that can't be done without changing what others have written.
 * @param file its name, as a person knows it.
 */
export function withAuthority(
  file: string,
  text: string,
  wanted: Wanted,
): { readonly text: string } | { readonly problem: Problem } {
  const settings = [...settingsOf(wanted)];
  const after = settings.reduce<string | undefined>(
    (before, [key, value]) =>
      before && (value === undefined ? without : withValue)(before, key, value ?? 0),
    text,
  );
  if (after !== undefined && holds(after, text, settings)) return { text: after };
  const lines = settings.map(
    ([key, value]) => `${key}: ${value === undefined ? "(none)" : String(value)}`,
  );
  return {
    problem: {
      where: `${file}: ${tlsKey}`,
      what: "is written in a way that nothing can be changed in it",
      why: "what stands in the file must stay as it is",
      fix: `write it as a map, a line for each setting, or set by hand: ${lines.join(", ")}`,
    },
  };
}

type Range = readonly number[];
type Node = { readonly range?: Range | null };

interface Found {
  readonly config: YAMLMap;
  readonly tls: YAMLMap | undefined;
}

function find(text: string): Found | undefined {
  const { contents, errors } = parseDocument(text, { uniqueKeys: false });
  const config = isMap(contents) && errors.length === 0 ? contents.get("config", true) : undefined;
  if (!isMap(config)) return undefined;
  const tls: unknown = config.get(tlsKey, true);
  return { config, tls: isMap(tls) ? tls : undefined };
}

const memberOf = (map: YAMLMap | undefined, key: string): number =>
  map?.items.findIndex((pair) => isScalar(pair.key) && pair.key.value === key) ?? -1;

const startOf = (pair: Pair): number => (pair.key as Node).range?.[0] ?? 0;
const endOf = (pair: Pair): number =>
  ((pair.value ?? pair.key) as Node).range?.[1] ?? startOf(pair);

function withValue(text: string, key: string, value: number): string | undefined {
  const tls = find(text)?.tls;
  const pair = tls?.items[memberOf(tls, key)];
  if (pair === undefined) return withMembers(text, ["config", tlsKey], { [key]: value });
  if (!isScalar(pair.value)) return undefined;
  const [start = 0, end = 0] = pair.value.range ?? [];
  return `${text.slice(0, start)}${String(value)}${text.slice(end)}`;
}

function without(text: string, key: string): string | undefined {
  const found = find(text);
  if (found === undefined) return undefined;
  const { config, tls } = found;
  const at = memberOf(tls, key);
  if (tls === undefined || at < 0) return text;
  // Nothing but a comment would be left of the map.
  const isLast = tls.items.length === 1;
  return isLast
    ? withoutMember(text, config, memberOf(config, tlsKey))
    : withoutMember(text, tls, at);
}

function withoutMember(text: string, map: YAMLMap, at: number): string | undefined {
  const [before, pair, after] = [map.items[at - 1], map.items[at], map.items[at + 1]];
  if (pair === undefined) return undefined;
  const cut = (start: number, end: number): string => text.slice(0, start) + text.slice(end);
  if (map.flow === true) {
    if (before !== undefined) return cut(endOf(before), endOf(pair));
    return after === undefined ? undefined : cut(startOf(pair), startOf(after));
  }
  const end = text.indexOf("\n", endOf(pair) - 1);
  return cut(text.lastIndexOf("\n", startOf(pair) - 1) + 1, end === -1 ? text.length : end + 1);
}

/** Whether the settings are so, and all else means what it meant before. */
function holds(
  after: string,
  before: string,
  settings: readonly (readonly [string, number | undefined])[],
): boolean {
  const [was, is] = [before, after].map(contentOf);
  if (was === undefined || is === undefined) return false;
  const tls = new Map(Object.entries(was.config?.[tlsKey] ?? {}));
  for (const [key, value] of settings) {
    if (value === undefined) tls.delete(key);
    else tls.set(key, value);
  }
  const { [tlsKey]: _, ...others } = was.config ?? {};
  const config = tls.size === 0 ? others : { ...others, [tlsKey]: Object.fromEntries(tls) };
  return isDeepStrictEqual({ ...is, config: is.config ?? {} }, { ...was, config });
}

interface Content {
  readonly config?: Readonly<Record<string, object | undefined>> | null;
}

function contentOf(text: string): Content | undefined {
  const document = parseDocument(text, { uniqueKeys: false });
  return document.errors.length > 0 ? undefined : ((document.toJS() ?? {}) as Content);
}
