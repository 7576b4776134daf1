/**
 * One thing that is wrong, in the form in which every message of this program reaches a person:
 * `where: what; why; do this`.
 */
export interface Problem {
  /** Full path of the place: a configuration key, a file on a machine, an address. */
  readonly where: string;
  /** What is wrong there. Never a secret value. */
  readonly what: string;
  /** Why it matters. */
  readonly why: string;
  /** The next step, as an instruction. */
  readonly fix: string;
}

/** The one line that a person sees. */
export function formatProblem(problem: Problem): string {
  return oneLine(`${problem.where}: ${problem.what}; ${problem.why}; ${problem.fix}`, 1200);
}

/**
 * Text from elsewhere (a machine, a server, an editor) as it may stand on a line of ours. What a
 * terminal acts upon or can't show becomes a space: controls of both sets, line and paragraph separators,
 * marks that turn the direction of writing, what is invisible or not assigned.
 */
export function oneLine(text: string, limit = 600): string {
  const flat = text.replace(/[\p{C}\p{Zl}\p{Zp}]+/gu, " ").trim();
  if (flat.length <= limit) return flat;
  // Not in the middle of a character.
  return `${flat.slice(0, limit).replace(/[\ud800-\udbff]$/, "")}…`;
}

/** Lines from elsewhere, no more of them than a person would read. */
export function fewLines(lines: readonly string[], limit = 40): string[] {
  const shown = lines.slice(0, limit).map((line) => oneLine(line));
  const left = lines.length - shown.length;
  return left === 0 ? shown : [...shown, `and ${String(left)} more`];
}

/** A machine that is not as it must be. Its message is the line that the person sees. */
export class MachineError extends Error {
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(formatProblem(problem));
    this.name = "MachineError";
    this.problem = problem;
  }
}
