// Puts hosts into the text of a stack's file. What stands there already stays, to the byte: its comments, its layout,
// its anchors.
import { isDeepStrictEqual } from "node:util";
import { isAlias, isMap, isScalar, parseDocument, stringify, type Pair, type YAMLMap } from "yaml";
import type { Problem } from "../../components/model/problem.ts";
import { configurationNamespace } from "../../components/model/configuration/problems.ts";

const hostsKey = `${configurationNamespace}:hosts`;

/** What a file begins with that is made for the first machine. */
export const firstLine = "# yaml-language-server: $schema=docs/dockertls.schema.json\n";

/** Entries of `dockertls:hosts`, by the hosts' names. */
export type Entries = Readonly<Record<string, object>>;

/**
 * The text with these hosts in it; a problem where they can't be put in without changing what others have written.
 * @param file its name, as a person knows it.
 */
export function withHosts(
  file: string,
  text: string,
  entries: Entries,
): { readonly text: string } | { readonly problem: Problem } {
  if (Object.keys(entries).length === 0) return { text };
  const after = withMembers(text, ["config", hostsKey], entries);
  if (after !== undefined && holds(after, text, entries)) return { text: after };
  return {
    problem: {
      where: `${file}: ${hostsKey}`,
      what: "is not a map, or one that is written in a way that nothing can be put into",
      why: "what stands in the file must stay as it is",
      fix: `write the hosts as a block, a line for each, or put the entries in by hand: ${JSON.stringify(entries)}`,
    },
  };
}

/** The text with more members in the map at this place, which is made where it is missing; undefined: it can't be done. */
export function withMembers(
  text: string,
  path: readonly [string, ...string[]],
  members: object,
): string | undefined {
  const document = parseDocument(text, { uniqueKeys: false });
  if (document.errors.length > 0 || /^(---|\.\.\.)\s*$/m.test(afterFirstLines(text))) {
    return undefined;
  }
  const place = new Place(text);
  const { contents } = document;
  if (contents === null || (isScalar(contents) && contents.value === null)) {
    return place.end(
      path.reduceRight<object>((inner, name) => ({ [name]: inner }), members),
      "",
    );
  }
  if (!isMap(contents)) return undefined;
  return below(place, contents, path, members);
}

/** Goes down to the map as far as it is there, and adds what is missing. */
function below(
  place: Place,
  map: YAMLMap,
  [key = "", ...rest]: readonly string[],
  members: object,
): string | undefined {
  if (map.flow) return undefined;
  const wanted = (path: readonly string[]): object =>
    path.reduceRight<object>((inner, name) => ({ [name]: inner }), members);
  const pair = map.items.find((one) => isScalar(one.key) && one.key.value === key);
  if (pair === undefined) return place.after(map, wanted([key, ...rest]));
  const { value } = pair;
  if (isAlias(value)) return undefined;
  if (isMap(value) && value.items.length > 0) {
    if (rest.length > 0) return below(place, value, rest, members);
    return value.flow ? place.inLine(value, members) : place.after(value, members);
  }
  const isEmpty = isMap(value) || value === null || (isScalar(value) && value.value === null);
  return isEmpty ? place.within(map, pair, wanted(rest)) : undefined;
}

/** A text, and where in it something can be put without touching the rest. */
class Place {
  readonly #text: string;
  readonly #newLine: string;

  constructor(text: string) {
    this.#text = text;
    this.#newLine = text.includes("\r\n") ? "\r\n" : "\n";
  }

  /** Below the last member of a block. */
  after(map: YAMLMap, members: object): string {
    const indent = this.#column(keyOf(map.items[0]));
    return this.#at(this.#endOfBlock(endOf(map), indent), members, indent);
  }

  /** Behind the last member of a map that is written in braces. */
  inLine(map: YAMLMap, members: object): string {
    const whole = stringify(members, { collectionStyle: "flow", lineWidth: 0 }).trim();
    const inner = whole.replace(/^\{\s*|\s*\}$/g, "");
    const end = endOf(map);
    return `${this.#text.slice(0, end)}, ${inner}${this.#text.slice(end)}`;
  }

  /** As the value of a key that has none, or `{}`. */
  within(map: YAMLMap, pair: Pair, members: object): string {
    const indent = this.#column(keyOf(map.items[0]));
    const value = pair.value as { readonly range?: readonly number[] | null } | null;
    const [start = 0, end = 0] = value?.range ?? [];
    const without = this.#text.slice(0, start).replace(/ +$/, "") + this.#text.slice(end);
    const place = new Place(start === end ? this.#text : without);
    const at = place.#endOfLine(keyOf(pair)?.range?.[1] ?? 0);
    return place.#at(at, members, `${indent}${this.#step()}`);
  }

  /** At the end of the file. */
  end(members: object, indent: string): string {
    return this.#at(this.#text.length, members, indent);
  }

  #at(offset: number, members: object, indent: string): string {
    const before = this.#text.slice(0, offset);
    const gap = before === "" || before.endsWith("\n") ? "" : this.#newLine;
    const lines = stringify(members, { indent: this.#step().length, lineWidth: 0 })
      .trimEnd()
      .split("\n")
      .map((line) => `${indent}${line}${this.#newLine}`);
    return `${before}${gap}${lines.join("")}${this.#text.slice(offset)}`;
  }

  /** Past the line of an offset, and past the comments that belong to what ends there. */
  #endOfBlock(offset: number, indent: string): number {
    let end = this.#text[offset - 1] === "\n" ? offset : this.#endOfLine(offset);
    for (;;) {
      const [line] =
        new RegExp(`^${indent}[ ]+#[^\\n]*(?:\\n|$)`).exec(this.#text.slice(end)) ?? [];
      if (line === undefined || line === "") return end;
      end += line.length;
    }
  }

  #endOfLine(offset: number): number {
    const at = this.#text.indexOf("\n", offset);
    return at === -1 ? this.#text.length : at + 1;
  }

  #column(key: { readonly range?: readonly number[] | null } | undefined): string {
    const start = key?.range?.[0] ?? 0;
    return this.#text.slice(this.#text.lastIndexOf("\n", start - 1) + 1, start).replace(/\S/g, " ");
  }

  /** How far the file goes in. */
  #step(): string {
    return /^( +)[^\s#-]/m.exec(this.#text)?.[1] ?? "  ";
  }
}

type Node = { readonly range?: readonly number[] | null };

const keyOf = (pair: unknown): Node | undefined => (pair as Pair<Node> | undefined)?.key;

/** Where the last value of a map ends, the comments after it not counted. */
function endOf(map: YAMLMap): number {
  const last = map.items.at(-1) as Pair<Node, Node | null> | undefined;
  const { key, value } = last ?? {};
  if (isMap(value) && !value.flow && value.items.length > 0) return endOf(value);
  return value?.range?.[1] ?? key?.range?.[1] ?? 0;
}

/** Without what may stand before a single document. */
const afterFirstLines = (text: string): string =>
  text.replace(/^(?:\s*(?:#[^\n]*)?\n)*---\s*\n/, "");

/** Whether the hosts are there, and all else means what it meant before. */
function holds(after: string, before: string, entries: Entries): boolean {
  const [was, is] = [before, after].map((text) => {
    const document = parseDocument(text, { uniqueKeys: false });
    return document.errors.length > 0 ? undefined : ((document.toJS() ?? {}) as Content);
  });
  if (was === undefined || is === undefined) return false;
  const config = was.config ?? {};
  const present = config[hostsKey] ?? {};
  if (Object.keys(entries).some((name) => Object.hasOwn(present, name))) return false;
  const hosts = { ...present, ...entries };
  return isDeepStrictEqual(is, { ...was, config: { ...config, [hostsKey]: hosts } });
}

interface Content {
  readonly config?: Readonly<Record<string, object | undefined>> | null;
}
