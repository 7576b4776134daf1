// Whether two machines are in the same condition: what decides what a later run makes of them.
import { treeOf } from "./file-tree.ts";
import type { MachineFiles } from "./machine-files.ts";

const uuid = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;
const time = /(?<!\d)\d{10}(?:\.\d{9})?(?!\d)/g;
const home = /(?:\/[\w.+-]+)*\/dockertls-b-\w{6}/g;

/**
 * Every file of the machine and of the model's memory, as one text. The names of runs, the time and the
 * machine's own folder differ from one machine to the next; they stand in it by a number or a word.
 */
export function everythingOf(machine: MachineFiles): string {
  return textOf({
    ...treeOf(machine.root, [""]),
    ...prefixed("model", treeOf(machine.model, [""])),
  });
}

/**
 * What of it a later run, or dockerd, can see: not the logs of the stubs, nor the number of a process,
 * nor when an earlier reload was.
 */
export function conditionOf(machine: MachineFiles): string {
  return textOf({ ...treeOf(machine.root, [""]), ...prefixed("model", seenOfModel(machine)) });
}

/** What of it docker.service starts from: our own state is none of its business. */
export function conditionOfDocker(machine: MachineFiles): string {
  const files = Object.entries(treeOf(machine.root, [""])).filter(
    ([path]) => !path.startsWith("/var/lib/dockertls"),
  );
  return textOf({ ...Object.fromEntries(files), ...prefixed("model", seenOfModel(machine)) });
}

const unseen = ["/argv", "/syslog", "/pid", "/reloads"];

function seenOfModel(machine: MachineFiles): Record<string, string> {
  const model = Object.entries(treeOf(machine.model, [""]));
  return Object.fromEntries(model.filter(([path]) => !unseen.includes(path)));
}

function prefixed(prefix: string, tree: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(tree).map(([path, what]) => [prefix + path, what]));
}

function textOf(tree: Record<string, string>): string {
  const lines = Object.entries(tree).map(([path, what]) => `${path} ${what}`);
  const names = namesOfRuns(lines);
  const named = lines.map((line) => line.replace(uuid, (run) => names.get(run) ?? run));
  return withoutChance(named.sort().join("\n"));
}

/** Once the runs have names: their own may look like a time. */
const withoutChance = (text: string): string =>
  text.replace(time, "<time>").replace(home, "<home>");

/** Numbers in an order that follows from what is said of each run: alike on every machine in this condition. */
function namesOfRuns(lines: readonly string[]): Map<string, string> {
  const runs = new Set(lines.flatMap((line) => line.match(uuid) ?? []));
  const said = [...runs].map((run) => {
    const itsLines = lines.filter((line) => line.includes(run));
    const seen = itsLines.map((line) =>
      withoutChance(line.replaceAll(run, "<this run>").replace(uuid, "<a run>")),
    );
    return { run, text: seen.sort().join("\n") };
  });
  said.sort((one, other) => (one.text < other.text ? -1 : 1));
  return new Map(said.map(({ run }, index) => [run, `<run ${index + 1}>`]));
}
