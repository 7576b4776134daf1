import { applyEdits, findNodeAtLocation, modify, parseTree, type Node } from "jsonc-parser";
import type { Path } from "./members.ts";

// Edits of daemon.json's text that leave every byte of others alone.

/** The text that edits start from: an empty file holds no settings. */
export function startingText(text: string): string {
  return text.trim() === "" ? "{}\n" : text;
}

/** One value set to a text as it is, or taken out when that is undefined. Its map must be there. */
export function setText(text: string, path: Path, value: string | undefined): string {
  return edit(text, path, value === undefined ? undefined : () => value);
}

/** One value of ours, laid out after the file's style. */
export function setValue(text: string, path: Path, value: unknown): string {
  return edit(text, path, ({ eol, unit, indent, oneLine }) =>
    JSON.stringify(value, undefined, oneLine ? undefined : unit).replaceAll(
      "\n",
      `${eol}${indent}`,
    ),
  );
}

/** How a map is laid out: what its members begin with, and what one level within them adds. */
interface Style {
  readonly eol: string;
  readonly unit: string;
  readonly indent: string;
  readonly oneLine: boolean;
}

/** The library's own formatting would rewrite foreign text on the lines that it touches. */
function edit(text: string, path: Path, written: ((style: Style) => string) | undefined): string {
  const once = withoutRepeated(text, path);
  const map = mapAt(once, path.slice(0, -1));
  if (map === undefined) return once;
  const style = styleOf(once, map, path.length === 1);
  const { eol, indent, oneLine } = style;
  const edits = modify(once, [...path], written === undefined ? undefined : null, {}).map((one) => {
    if (written === undefined) {
      const first = once[one.offset + one.length] === '"';
      const lead = first ? (/^\s*/.exec(once.slice(one.offset))?.[0] ?? "") : "";
      return { ...one, content: lead };
    }
    if (one.length > 0) return { ...one, content: written(style) };
    const before = one.content.startsWith(",") ? "," : "";
    const after = once[one.offset] === "}" && !oneLine && before === "" ? eol : "";
    const lead = oneLine ? " " : `${eol}${indent}`;
    const property = `${lead}${JSON.stringify(path.at(-1))}: ${written(style)}`;
    return { ...one, content: `${before}${property}${after}` };
  });
  return applyEdits(once, edits);
}

/** dockerd takes the last of a key that stands twice, an edit the first: only one may stay, on the whole way. */
function withoutRepeated(text: string, path: Path): string {
  return path.reduce((once, name, at) => {
    const way = path.slice(0, at);
    let rest = once;
    while (namesIn(mapAt(rest, way)).filter((one) => one === name).length > 1) {
      rest = applyEdits(rest, modify(rest, [...way, name], undefined, {}));
    }
    return rest;
  }, text);
}

function mapAt(text: string, path: Path): Node | undefined {
  const root = parseTree(text);
  const node = root === undefined ? undefined : findNodeAtLocation(root, [...path]);
  return node?.type === "object" ? node : undefined;
}

function namesIn(map: Node | undefined): string[] {
  return (map?.children ?? []).map(({ children }) => String(children?.[0]?.value));
}

function styleOf(text: string, map: Node, isWhole: boolean): Style {
  const eol = text.includes("\r\n") ? "\r\n" : "\n";
  const unit = /^([ \t]+)"/m.exec(text)?.[1] ?? "  ";
  if (isWhole) {
    const oneLine = namesIn(map).length > 0 && !text.trim().includes("\n");
    return { eol, unit, indent: unit, oneLine };
  }
  const first = map.children?.[0]?.offset ?? map.offset + 1;
  const indent = /\n([ \t]*)$/.exec(text.slice(map.offset, first))?.[1];
  return { eol, unit, indent: indent ?? "", oneLine: indent === undefined };
}
