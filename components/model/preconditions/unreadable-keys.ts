// What no dockerd reads of a machine's own keys. It is down over them already, or would be after its next start.
import { daemonProblems } from "../daemon-json/key-checks.ts";
import { daemonKey, type DaemonSettings, unknownKeys } from "../daemon-json/keys.ts";
import { pathsBeside, type Path } from "../daemon-json/members.ts";
import { isMap } from "../json-value.ts";
import { daemonJsonPath } from "../machine-paths.ts";
import { oneLine, type Problem } from "../problem.ts";
import { probablyMeant } from "../spelling.ts";
import { daemonKeys } from "../daemon-json/key-table.ts";

export const keepOut =
  "or set `unmanaged: remove` for this host, which takes out what the stack does not name";

/** The newest dockerd of which all keys are known here. */
const newestKnown = 29;

/** JSON of another type than the one that dockerd reads; a value of a wrong form may be right for some version. */
const otherType = /^is a (list|map|string|number|boolean)$/;

/** @param managed where the stack says something, which was checked with the configuration. */
export function unreadableKeys(
  written: DaemonSettings,
  managed: readonly Path[],
  version: string,
): Problem[] {
  if (Number.parseInt(version, 10) > newestKnown) return [];
  const foreign = Object.fromEntries(
    pathsBeside(written, managed).flatMap(([key = ""]) =>
      written[key] === undefined || written[key] === null ? [] : [[key, written[key]]],
    ),
  );
  const fixed = (fix: string): string => `${fix} on the machine, ${keepOut}`;
  return [
    // dockerd looks into a map of an unknown name for keys that it knows.
    ...unknownKeys(foreign)
      .filter((key) => !isMap(foreign[key]))
      .map((key) => {
        const meant = key.length > 4 ? probablyMeant(key, Object.keys(daemonKeys), 2) : undefined;
        return {
          where: daemonJsonPath,
          what: `has ${oneLine(key, 40)}, which is no key of daemon.json`,
          why: "dockerd refuses to start over a key that it does not know",
          fix: fixed(
            meant === undefined ? "take it out" : `write ${meant} in its place, or take it out,`,
          ),
        };
      }),
    ...daemonProblems("", known(foreign), true)
      .filter(({ what }) => otherType.test(what))
      .map(({ where, what, why }) => ({
        where: daemonJsonPath,
        what: `has ${where.slice(1)}, which ${what}`,
        why: `${why}, and does not start`,
        fix: fixed("correct it"),
      })),
  ];
}

const known = (settings: DaemonSettings): DaemonSettings =>
  Object.fromEntries(Object.entries(settings).filter(([key]) => daemonKey(key) !== undefined));
