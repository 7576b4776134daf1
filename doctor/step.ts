import { formatProblem, oneLine, type Problem } from "../components/model/problem.ts";
import { hanging, painted, plain, type Terminal } from "./terminal.ts";

/** `note`: nothing is wrong, but it is worth knowing, or it could not be looked at. */
export type Outcome = "ok" | "FAIL" | "note";

/** One thing that was looked at. */
export interface Step {
  readonly name: string;
  readonly outcome: Outcome;
  /** What was seen; of a failure the line `where: what; why; do this`. */
  readonly says: string;
}

/** Everything that was looked at in one place: this machine, or one host and the way to it. */
export interface Section {
  readonly title: string;
  readonly steps: readonly Step[];
}

export function ok(name: string, says: string): Step {
  return { name, outcome: "ok", says: oneLine(says) };
}

export function note(name: string, says: string): Step {
  return { name, outcome: "note", says: oneLine(says) };
}

export function failed(name: string, problem: Problem): Step {
  return { name, outcome: "FAIL", says: formatProblem(problem) };
}

export function failures(sections: readonly Section[]): number {
  return sections.flatMap(({ steps }) => steps).filter(({ outcome }) => outcome === "FAIL").length;
}

/** Above so many hosts, those on which nothing is wrong are named and no more. */
const shownInFull = 5;

export interface ListingOptions {
  readonly terminal?: Terminal;
  /** Whether every step of every host is shown, however many there are. */
  readonly verbose?: boolean;
}

/** For a person: what was seen in one column. The first section is this machine, the others are hosts. */
export function listing(
  sections: readonly Section[],
  { terminal = plain, verbose = false }: ListingOptions = {},
): string[] {
  const names = sections.flatMap(({ steps }) => steps.map(({ name }) => name.length));
  const width = Math.max(0, ...names);
  const [here, ...hosts] = sections;
  const isLong = hosts.length > shownInFull && !verbose;
  const sound = isLong ? hosts.filter((host) => failures([host]) === 0) : [];
  const shown = [here, ...hosts.filter((host) => !sound.includes(host))];
  return [
    ...shown.flatMap((section) =>
      section === undefined ? [] : sectionLines(section, width, terminal),
    ),
    ...soundLines(sound, terminal),
    "",
    ...hanging("", summary(sections, isLong), terminal),
  ];
}

/** One section; `width` is that of the names of steps. */
export function sectionLines(
  { title, steps }: Section,
  width: number,
  terminal: Terminal,
): string[] {
  return [
    title,
    ...steps.flatMap(({ name, outcome, says }) => {
      const mark = outcome === "note" ? "--" : outcome;
      const lead = `  ${mark.padEnd(4)}  ${name.padEnd(width)}  `;
      const [first = "", ...more] = hanging(lead, says, terminal);
      const isWrong = outcome === "FAIL";
      return [isWrong ? painted(first, mark, "red", terminal) : first, ...more];
    }),
  ];
}

function soundLines(sound: readonly Section[], terminal: Terminal): string[] {
  if (sound.length === 0) return [];
  return [
    `${String(sound.length)} hosts on which nothing is wrong (--verbose shows every step)`,
    ...hanging("  ok    ", sound.map(hostOf).join(", "), terminal),
  ];
}

function summary(sections: readonly Section[], withHosts: boolean): string {
  const count = failures(sections);
  if (count === 0) return "nothing wrong was found";
  const said = `${String(count)} ${count === 1 ? "thing is" : "things are"} wrong`;
  const where = sections.slice(1).filter((host) => failures([host]) > 0);
  return withHosts && where.length > 0 ? `${said}, on ${where.map(hostOf).join(", ")}` : said;
}

/** `b1` of `b1 (192.0.2.10)`. */
const hostOf = ({ title }: Section): string => title.split(" ")[0] ?? title;
