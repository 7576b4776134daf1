// What a person reads of a rollout.
import { hanging, painted, plain, type Colour, type Terminal } from "../../doctor/terminal.ts";
import { isDue, type HostChange, type StackChanges } from "./changes.ts";
import { isGreen, type RolloutReport, type StackResult } from "./report.ts";

/** Above so many machines of a stack, those that stay as they are get one line. */
const shownOneByOne = 5;

/** The summary of a preview. */
export function changeLines(
  stack: string,
  changes: StackChanges,
  terminal: Terminal = plain,
): string[] {
  const { hosts } = changes;
  const calm = hosts.filter(isCalm);
  const isMany = hosts.length > shownOneByOne && calm.length > 1;
  const rows = hosts
    .filter((host) => !(isMany && isCalm(host)))
    .flatMap((host) => rowsOf(host).map((row) => [host.host, ...row] as const));
  const names = [...rows.map(([host]) => host), isMany ? `${String(calm.length)} others` : ""];
  const width = Math.max(...names.map(({ length }) => length));
  const cell = Math.max(...rows.map(([, what]) => what.length), "nothing".length);
  const line = (host: string, what: string, text: string): string[] =>
    hanging(`  ${host.padEnd(width)}  ${what.padEnd(cell)}  `, text, terminal);
  return [
    ...hanging(`${stack}: `, headline(changes), terminal),
    ...rows.flatMap(([host, what, text]) => line(host, what, text)),
    ...(isMany ? line(`${String(calm.length)} others`, "nothing", "") : []),
    ...changes.policies.flatMap((text) => hanging("  policy  ", text, terminal)),
  ];
}

function isCalm({ state, impact, effect, drift, problems, findings }: HostChange): boolean {
  const isQuiet = [drift, problems, findings].every(({ length }) => length === 0);
  return state === "in sync" && effect === "nothing" && impact.length === 0 && isQuiet;
}

function rowsOf({
  state,
  effect,
  impact,
  drift,
  problems,
  findings,
}: HostChange): [string, string][] {
  const word = state === "new" ? "new" : state === "removed" ? "leaves" : "";
  const first: [string, string][] =
    impact.length > 0
      ? impact.map((line) => [word === "" ? effect : word, line])
      : [[word === "" ? effect : word, ""]];
  const isHeld = ["unreachable", "blocked", "unproven", "in maintenance"].includes(state);
  return [
    ...(isHeld && impact.length === 0 ? [] : first),
    ...drift.map((line): [string, string] => ["drift", line]),
    ...problems.map((line): [string, string] => [isHeld ? state : "unproven", line]),
    ...findings.map((line): [string, string] => ["finding", line]),
  ];
}

const verbs: readonly (readonly [RegExp, string])[] = [
  [/^create$/, "created"],
  [/^update$/, "updated"],
  [/^replace$/, "replaced"],
  [/^delete$/, "deleted"],
];

/** `2 machines, dockerd restarts on 1; 3 resources updated, 1 replaced (web-1-server)`. */
function headline(changes: StackChanges): string {
  const { hosts, resources, replaced } = changes;
  const machines = `${String(hosts.length)} ${hosts.length === 1 ? "machine" : "machines"}`;
  if (!isDue(changes)) return `${machines}, nothing to do`;
  const touched = (["restart", "reload"] as const).flatMap((effect) => {
    const count = hosts.filter((host) => host.effect === effect).length;
    return count === 0 ? [] : [`dockerd ${effect}s on ${String(count)}`];
  });
  const counts = verbs.flatMap(([pattern, verb]) => {
    const count = Object.entries(resources)
      .filter(([op]) => pattern.test(op))
      .reduce((sum, [, one]) => sum + one, 0);
    return count === 0 ? [] : [`${String(count)} ${verb}`];
  });
  const names = replaced.length === 0 ? "" : ` (replaced: ${few(replaced)})`;
  const what = touched.length === 0 ? "dockerd goes on untouched" : touched.join(", ");
  return `${machines}, ${what}; resources: ${counts.join(", ")}${names}`;
}

function few(names: readonly string[]): string {
  const shown = names.slice(0, 4).join(", ");
  return names.length > 4 ? `${shown} and ${String(names.length - 4)} more` : shown;
}

const colourOf: Readonly<Record<StackResult["outcome"], Colour>> = {
  unchanged: "green",
  changed: "green",
  due: "yellow",
  "not begun": "yellow",
  declined: "yellow",
  interrupted: "red",
  refused: "red",
  failed: "red",
};

/** The table at the end, and what to do next. */
export function reportLines(report: RolloutReport, terminal: Terminal = plain): string[] {
  const { stacks, release } = report;
  const rows = stacks.flatMap(({ stack, outcome, ...rest }) =>
    whatOf({ stack, outcome, ...rest }).map(
      (text, at) => [at === 0 ? stack : "", at === 0 ? outcome : "", text] as const,
    ),
  );
  const width = (column: 0 | 1, title: string): number =>
    Math.max(title.length, ...rows.map((row) => row[column].length));
  const [first, second] = [width(0, "STACK"), width(1, "OUTCOME")];
  const row = (stack: string, outcome: string, text: string): string[] =>
    hanging(`${stack.padEnd(first)}  ${outcome.padEnd(second)}  `, text, terminal);
  return [
    ...row("STACK", "OUTCOME", "WHAT"),
    ...rows.flatMap(([stack, outcome, text]) => {
      const [lead = "", ...more] = row(stack, outcome, text);
      const colour = colourOf[outcome as StackResult["outcome"]];
      return [outcome === "" ? lead : painted(lead, outcome, colour, terminal), ...more];
    }),
    ...(release.note === "" ? [] : hanging("", `${release.name}: ${release.note}`, terminal)),
    ...hanging("", lastLine(report), terminal),
  ];
}

function whatOf(result: StackResult): string[] {
  const { outcome, errors, failedAt, seconds, after } = result;
  const time = `${String(seconds)} s`;
  switch (outcome) {
    case "unchanged":
    case "changed":
      return [`${headline(result)}; ${time}`, ...errors];
    case "due":
      return [headline(result), ...errors];
    case "failed":
      return [`at its ${failedAt}, after ${time}`, ...errors];
    case "refused":
      return [...errors];
    case "declined":
      return ["nothing of it was begun"];
    case "interrupted":
      return [
        "the step under way was finished; what it had not begun is as it was",
        ...errors.slice(0, 3),
      ];
    case "not begun":
      return [after === "" ? "it is as it was" : `it is as it was; it comes after ${after}`];
  }
}

function lastLine({ outcome, plan, stacks, release }: RolloutReport): string {
  switch (outcome) {
    case "green":
      return `green: ${stacks.map(({ stack }) => stack).join(", ")} at ${release.name}`;
    case "due":
      return "nothing was changed; without --plan it does what is due";
    case "interrupted":
      return "interrupted; run the same command again to go on: what is green is only looked at";
    case "red": {
      const at = stacks.find((one) => !isGreen(one) && one.outcome !== "due")?.stack ?? "";
      if (plan) return `nothing was changed; without --plan it stops at ${at}`;
      return `stopped at ${at}; put that right and run the same command again: what is green is only looked at`;
    }
  }
}
