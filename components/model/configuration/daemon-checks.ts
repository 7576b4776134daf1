import { configurationNamespace } from "./problems.ts";
import { daemonSchema } from "./host-schema.ts";
import { crossKeyProblems } from "../daemon-json/cross-key-checks.ts";
import { daemonProblems } from "../daemon-json/key-checks.ts";
import { type DaemonSettings, unknownKeys } from "../daemon-json/keys.ts";
import { patchOfBoth, writtenSettings } from "../daemon-json/members.ts";
import { isMap } from "../json-value.ts";
import type { Problem } from "../problem.ts";

type Raw = Readonly<Record<string, unknown>>;

/** Everything that is wrong with daemon keys, of all machines and of each, wherever they can be read. */
export function daemonSettingsProblems(raw: Raw): Problem[] {
  const place = `${configurationNamespace}:daemon`;
  const shared = settingsIn(raw);
  const forAll = allows(raw) ?? false;
  const atAll = crossKeyProblems("", writtenSettings(shared));
  return [
    ...daemonProblems(place, shared, forAll),
    ...atAll.map((problem) => ({ ...problem, where: `${place}${problem.where}` })),
    ...Object.entries(isMap(raw["hosts"]) ? raw["hosts"] : {}).flatMap(([name, value]) => {
      const host = isMap(value) ? value : {};
      const where = `${configurationNamespace}:hosts.${name}`;
      const own = settingsIn(host);
      // What contradicts itself for all machines has been said once.
      const together = crossKeyProblems("", writtenSettings(patchOfBoth(shared, own))).filter(
        (problem) => !atAll.some((other) => sameProblem(other, problem)),
      );
      return [
        ...(forAll && allows(host) === false ? disallowedKeys(where, shared) : []),
        ...daemonProblems(`${where}.daemon`, own, allows(host) ?? forAll),
        ...together.map((one) => ({ ...one, where: `${where}.daemon${one.where}` })),
      ];
    }),
  ];
}

/** Keys for all machines that this one does not allow. */
function disallowedKeys(where: string, shared: DaemonSettings): Problem[] {
  return unknownKeys(shared).map((key) => ({
    where: `${where}.allowUnknownKeys`,
    what: `is false, but ${configurationNamespace}:daemon.${key} is not a known key`,
    why: "it would reach this machine as well",
    fix: "move the key to the machines that know it",
  }));
}

function sameProblem(one: Problem, other: Problem): boolean {
  return one.where === other.where && one.what === other.what;
}

function settingsIn(raw: Raw): DaemonSettings {
  return daemonSchema.safeParse(raw["daemon"]).data ?? {};
}

function allows(raw: Raw): boolean | undefined {
  return typeof raw["allowUnknownKeys"] === "boolean" ? raw["allowUnknownKeys"] : undefined;
}
