// Whether two machines are in the same condition: what decides what a later run makes of them.
import { existsSync, readFileSync } from "node:fs";
import { treeOf } from "./file-tree.ts";
import type { MachineFiles } from "./machine-files.ts";

const uuid = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;
const time = /(?<!\d)\d{10}(?:\.\d{9})?(?!\d)/g;
const home = /(?:\/[\w.+-]+)*\/dockertls-b-\w{6}/g;

/**
 * Every file of the machine and of the model's memory, as one text. The names of runs, the time and the
 * machine's own folder differ from one machine to the next; they stand in it by their order alone.
 */
export function everythingOf(machine: MachineFiles): string {
  return textOf(machine, {
    ...treeOf(machine.root, [""]),
    ...prefixed("model", treeOf(machine.model, [""])),
  });
}

/**
 * What of it a later run, or dockerd, can see: not the logs of the stubs, nor the number of a process,
 * nor when an earlier reload was.
 */
export function conditionOf(machine: MachineFiles): string {
  const found = treeOf(machine.root, [""]);
  const model = treeOf(machine.model, [""]);
  for (const unseen of ["/argv", "/syslog", "/pid", "/reloads"]) delete model[unseen];
  return textOf(machine, { ...found, ...prefixed("model", model) });
}

/** What of it docker.service starts from: our state below /var/lib is none of its business. */
export function conditionOfDocker(machine: MachineFiles): string {
  const top = ["/etc", "/opt", "/srv", "/usr"].filter((folder) => machine.exists(folder));
  return textOf(machine, {
    ...treeOf(machine.root, top),
    ...prefixed("model", treeOf(machine.model, [""])),
  });
}

function prefixed(prefix: string, tree: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(tree).map(([path, what]) => [prefix + path, what]));
}

function textOf(machine: MachineFiles, tree: Record<string, string>): string {
  const names = new Map<string, string>();
  const named = (text: string): string =>
    text.replace(uuid, (name) => {
      if (!names.has(name)) names.set(name, `<run ${names.size + 1}>`);
      return names.get(name) ?? name;
    });
  // Those that matter have their order from where they are named, not from their folders.
  for (const file of ["record", "pending"]) {
    const path = machine.path(`/var/lib/dockertls/${file}`);
    if (existsSync(path)) named(readFileSync(path, "utf8"));
  }
  const lines = Object.keys(tree)
    .sort()
    .map((path) => named(`${path} ${tree[path] ?? ""}`));
  return lines.sort().join("\n").replace(time, "<time>").replace(home, "<home>");
}
