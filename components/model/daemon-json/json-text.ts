import { parseTree, type Node } from "jsonc-parser";

// JSON as text, where a parser loses something: it rounds numbers past 2^53, and keeps only the last of two
// equal keys.

/** The text of the value at a path; of a key that stands twice, the last. Undefined where there is none. */
export function textAt(text: string, path: readonly string[]): string | undefined {
  const node = path.reduce<Node | undefined>(
    (map, name) => propertiesOf(map).findLast(({ key }) => key === name)?.value,
    parseTree(text),
  );
  return node === undefined ? undefined : text.slice(node.offset, node.offset + node.length);
}

/**
 * One text for all JSON that means the same to dockerd: blanks and the order of keys don't count, of a
 * key that stands twice the last does. Numbers stay as they are written. Undefined for no text.
 */
export function exactValue(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const root = parseTree(text);
  return root === undefined ? text : exactly(root, text);
}

function exactly(node: Node, text: string): string {
  if (node.type === "array") {
    return `[${(node.children ?? []).map((child) => exactly(child, text)).join()}]`;
  }
  if (node.type === "object") {
    const values = new Map(propertiesOf(node).map(({ key, value }) => [key, exactly(value, text)]));
    const sorted = [...values].sort(([a], [b]) => (a < b ? -1 : 1));
    return `{${sorted.map(([key, value]) => `${JSON.stringify(key)}:${value}`).join()}}`;
  }
  if (node.type === "string") return JSON.stringify(node.value);
  return text.slice(node.offset, node.offset + node.length);
}

/** Paths of keys that stand more than once in one object, `log-opts.max-size`, each named once. */
export function repeatedPaths(text: string): string[] {
  const found = (node: Node | undefined, path: string): string[] => {
    if (node?.type === "array") {
      return (node.children ?? []).flatMap((child) => found(child, path));
    }
    const properties = propertiesOf(node);
    const seen = new Set<string>();
    return properties.flatMap(({ key, value }) => {
      const isRepeated = seen.has(key);
      seen.add(key);
      return [...(isRepeated ? [`${path}${key}`] : []), ...found(value, `${path}${key}.`)];
    });
  };
  return [...new Set(found(parseTree(text), ""))].sort();
}

function propertiesOf(node: Node | undefined): { readonly key: string; readonly value: Node }[] {
  if (node?.type !== "object") return [];
  return (node.children ?? []).flatMap(({ children: [key, value] = [] }) =>
    key === undefined || value === undefined ? [] : [{ key: String(key.value), value }],
  );
}

/** Levels of nesting that no daemon.json and no answer of dockerd come near. */
const deepest = 100;

/**
 * Whether a text is nested so deep that what walks it would run out of stack. Told in one pass, whatever
 * the text: a machine that means no good may send any, and all others wait meanwhile.
 */
export function isDeep(text: string): boolean {
  let depth = 0;
  let isQuoted = false;
  for (let at = 0; at < text.length; at += 1) {
    const sign = text[at];
    if (isQuoted) {
      if (sign === "\\") at += 1;
      else if (sign === '"') isQuoted = false;
    } else if (sign === '"') isQuoted = true;
    else if (sign === "[" || sign === "{") depth += 1;
    else if (sign === "]" || sign === "}") depth -= 1;
    if (depth > deepest) return true;
  }
  return false;
}
