import { managedSettings, readSettings } from "../daemon-json/merge.ts";
import { daemonJsonPath, dropInPath } from "../machine-paths.ts";
import type { DaemonSettings } from "../daemon-json/keys.ts";
import { type DesiredHost } from "../desired/desired-host.ts";
import { desiredFiles } from "../desired/desired-files.ts";
import {
  clashes,
  flagsOf,
  isListener,
  keyOf,
  saysTheSame,
  type Flag,
} from "../systemd/dockerd-flags.ts";
import type { Baseline } from "../desired/baseline.ts";
import type { MachineFacts } from "../observed/facts.ts";
import type { Problem } from "../problem.ts";
import { environmentOf, type Variable } from "../systemd/environment.ts";
import { unitSettings } from "../systemd/unit-file.ts";
import { foreignCommand } from "../systemd/drop-ins.ts";
import { wordsOf } from "../systemd/words.ts";

/** A word of dockerd's command line as it gets it, and the variable that it came from. */
interface Expanded {
  readonly text: string;
  readonly variable?: Variable & { readonly name: string };
}

/**
 * Why dockerd would not start on, or would ignore, what this program writes, because of the unit, its drop-ins
 * or the variables in them; undefined when nothing conflicts. Values are never shown.
 */
export function unitConflict(
  facts: MachineFacts,
  desired: DesiredHost,
  baseline: Baseline,
): Problem | undefined {
  const late = lateCommand(facts.unitText);
  if (late !== undefined) return late;
  const words = expandedCommand(facts);
  const flags = flagsOf(words.map(({ text }) => text));
  const ours = managedSettings(desired.listener, desired.daemon, []);
  const written = readSettings(desiredFiles(desired, baseline).daemonJson);
  const unit = foreignCommand(facts.unitText)?.file ?? "";
  for (const flag of flags) {
    const variable = words[flag.first]?.variable;
    const place = {
      where: variable?.file ?? unit,
      what:
        variable === undefined
          ? `${flag.written} is on dockerd's command line`
          : `${variable.name} brings ${flag.written}`,
    };
    const there = variable === undefined ? "there" : `of ${variable.name} there`;
    if (flag.name === "config-file" && flag.value !== daemonJsonPath) {
      return {
        ...place,
        why: `dockerd would read that file and not ${daemonJsonPath}`,
        fix: `move what it says to ${daemonJsonPath} and take ${flag.written} out ${there}`,
      };
    }
    if (isListener(flag.name)) {
      if (variable === undefined) continue;
      return {
        ...place,
        why: "this program says where dockerd listens, and dockerd refuses to start with both or would listen there as well",
        fix: `take ${flag.written} out ${there}`,
      };
    }
    if (!clashes(flag, written) || (variable === undefined && isLeftOut(flag, flags, ours))) {
      continue;
    }
    return {
      ...place,
      why: `daemon.json is to set ${keyOf(flag)}, and dockerd refuses to start with both`,
      fix: `take ${flag.written} out ${there}${alternative(keyOf(flag), desired)}`,
    };
  }
  return undefined;
}

/** A drop-in that sorts after ours and overrides its ExecStart. */
function lateCommand(unitText: string): Problem | undefined {
  const late = unitSettings(unitText).find(
    ({ file, key }) =>
      key === "ExecStart" && file.endsWith(".conf") && nameOf(file) > nameOf(dropInPath),
  );
  if (late === undefined) return undefined;
  return {
    where: late.file,
    what: `sets ExecStart after ${nameOf(dropInPath)}`,
    why: "dockerd would start with its command line, and not with that of this program",
    fix: `rename it so that it sorts before, such as 50-${nameOf(late.file)}, or take its ExecStart out`,
  };
}

/** The foreign command line, with variables replaced where they are words of their own. */
function expandedCommand({ unitText, environmentFiles }: MachineFacts): Expanded[] {
  const environment = environmentOf(unitSettings(unitText), environmentFiles);
  return wordsOf(foreignCommand(unitText)?.value ?? "").flatMap(({ text }): Expanded[] => {
    const [, split, whole] = /^\$(?:(\w+)|\{(\w+)\})$/.exec(text) ?? [];
    const name = split ?? whole;
    if (name === undefined) return [{ text }];
    const found = environment.get(name);
    if (found === undefined) return [];
    const variable = { ...found, name };
    const words =
      split === undefined ? [found.value] : wordsOf(found.value).map((word) => word.text);
    return words.map((word) => ({ text: word, variable }));
  });
}

/** Whether our drop-in leaves the flag out, since daemon.json will say the same: see `withoutRepeated`. */
function isLeftOut(flag: Flag, flags: readonly Flag[], ours: DaemonSettings): boolean {
  const key = keyOf(flag);
  return (
    clashes(flag, ours) &&
    saysTheSame(
      flags.filter((one) => keyOf(one) === key),
      ours[key],
    )
  );
}

function alternative(key: string, { listener, daemon }: DesiredHost): string {
  if (Object.hasOwn(daemon, key)) return `, or ${key} out of the configuration`;
  const isOurs = Object.hasOwn(managedSettings(listener, daemon, []), key);
  return isOurs ? "; this program says it in daemon.json" : `, or ${key} out of ${daemonJsonPath}`;
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}
