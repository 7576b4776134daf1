// An inventory in Ansible's INI form: lines of hosts with variables, groups, `[group:vars]`, `[group:children]`. What
// is beyond that (Python's literals, templates) is left to ansible-inventory.
import { expandedHosts, type Group, type Inventory } from "./inventory.ts";

interface Growing {
  readonly variables: Record<string, string>;
  readonly children: string[];
  readonly hosts: Record<string, Record<string, string>>;
}

/** The inventory, or the number of the first line that is none. */
export function inventoryOfIni(text: string): Inventory | { readonly line: number } {
  const groups = new Map<string, Growing>();
  const groupOf = (name: string): Growing => {
    const group = groups.get(name) ?? { variables: {}, children: [], hosts: {} };
    groups.set(name, group);
    return group;
  };
  let name = "all";
  let kind = "hosts";
  for (const [at, raw] of text.split(/\r?\n/).entries()) {
    const words = wordsIn(raw);
    if (words === undefined) return { line: at + 1 };
    const [first] = words;
    if (first === undefined) continue;
    const section = /^\[([^\]:]+)(?::(hosts|vars|children))?\]$/.exec(
      raw.replace(/[#;].*$/, "").trim(),
    );
    if (section !== null) {
      [, name = "", kind = "hosts"] = section;
      groupOf(name);
      continue;
    }
    const group = groupOf(name);
    if (kind === "children") {
      group.children.push(first);
      groupOf(first);
    } else if (kind === "vars") {
      const [, key, value = ""] = /^\s*([\w-]+)\s*=\s*(.*?)\s*$/.exec(raw) ?? [];
      if (key === undefined) return { line: at + 1 };
      group.variables[key] = unquoted(value);
    } else {
      const own = words.slice(1).map((word) => /^([\w-]+)=(.*)$/s.exec(word));
      if (own.includes(null)) return { line: at + 1 };
      const variables = own.map((match): [string, string] => [match?.[1] ?? "", match?.[2] ?? ""]);
      for (const host of expandedHosts(first)) {
        group.hosts[host] = { ...group.hosts[host], ...Object.fromEntries(variables) };
      }
    }
  }
  return Object.fromEntries(groups) satisfies Readonly<Record<string, Group>>;
}

/** Words of a line, as a shell has them; a comment ends it. Undefined where a quote is not closed. */
function wordsIn(line: string): string[] | undefined {
  const words: string[] = [];
  let rest = line.trimStart();
  while (rest !== "" && !/^[#;]/.test(rest)) {
    const [whole = ""] = /^(?:"(?:[^"\\]|\\.)*"|'[^']*'|\\.|[^\s"'\\])+/.exec(rest) ?? [];
    if (whole === "") return undefined;
    words.push(unquoted(whole));
    const after = rest.slice(whole.length);
    if (after !== "" && !/^\s/.test(after)) return undefined;
    rest = after.trimStart();
  }
  return words;
}

const unquoted = (word: string): string =>
  word.replace(/"((?:[^"\\]|\\.)*)"|'([^']*)'|\\(.)/g, (_whole, double, single, escaped) =>
    typeof double === "string"
      ? double.replace(/\\(.)/g, "$1")
      : String((single as string | undefined) ?? escaped),
  );
