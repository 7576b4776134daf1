// Reads an inventory of Ansible's: by Ansible itself where it is installed, which knows all of its forms.
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { parseDocument } from "yaml";
import { isMap } from "../../components/model/json-value.ts";
import { oneLine, type Problem } from "../../components/model/problem.ts";
import { codeOf } from "../../components/stack/files.ts";
import { inventoryOfIni } from "./inventory-ini.ts";
import { inventoryOfJson, inventoryOfYaml, type Inventory } from "./inventory.ts";

export interface ReadInventory {
  readonly inventory: Inventory;
}

export function readInventory(path: string): ReadInventory | { readonly problem: Problem } {
  const { status, stdout, stderr, error } = spawnSync(
    "ansible-inventory",
    ["--inventory", path, "--list"],
    { encoding: "utf8", timeout: 120_000, maxBuffer: 64 * 1024 * 1024 },
  );
  if (error !== undefined && codeOf(error) === "ENOENT") return readOurselves(path);
  const listed = status === 0 ? parsedJson(stdout) : undefined;
  if (listed !== undefined) return { inventory: inventoryOfJson(listed) };
  const reason = error?.message ?? stderr.trim().split("\n").at(-1) ?? "";
  return wrong(path, `ansible-inventory can't read it (${oneLine(reason, 200)})`);
}

/** Without Ansible: one file, in YAML or in INI, and no folder of variables beside it. */
export function readOurselves(path: string): ReadInventory | { readonly problem: Problem } {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    return wrong(path, `can't be read (${codeOf(error)})`);
  }
  return inventoryIn(path, text);
}

export function inventoryIn(
  path: string,
  text: string,
): ReadInventory | { readonly problem: Problem } {
  const isYaml = /\.(ya?ml|json)$/.test(path);
  if (isYaml) {
    const document = parseDocument(text);
    const content: unknown = document.errors.length > 0 ? undefined : document.toJS();
    if (isMap(content)) return { inventory: inventoryOfYaml(content) };
    return wrong(path, "is not YAML that holds groups");
  }
  const inventory = inventoryOfIni(text);
  return typeof inventory["line"] === "number"
    ? wrong(path, `line ${String(inventory["line"])} can't be read`)
    : { inventory: inventory as Inventory };
}

function wrong(path: string, what: string): { readonly problem: Problem } {
  return {
    problem: {
      where: `inventory ${oneLine(path, 200)}`,
      what,
      why: "nothing is known of its machines",
      fix: "see what `ansible-inventory --list -i FILE` says of it; where that is installed it is asked",
    },
  };
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
