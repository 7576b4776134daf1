import { formatProblem, oneLine, type Problem } from "../components/model/problem.ts";

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

/** For a person: a line a step, what was seen in one column. */
export function listing(sections: readonly Section[]): string[] {
  const names = sections.flatMap(({ steps }) => steps.map(({ name }) => name.length));
  const width = Math.max(0, ...names);
  const count = failures(sections);
  return [
    ...sections.flatMap(({ title, steps }) => [
      title,
      ...steps.map(({ name, outcome, says }) => {
        const mark = outcome === "note" ? "--" : outcome;
        return `  ${mark.padEnd(4)}  ${name.padEnd(width)}  ${says}`;
      }),
    ]),
    "",
    count === 0
      ? "nothing wrong was found"
      : `${String(count)} ${count === 1 ? "thing is" : "things are"} wrong`,
  ];
}
