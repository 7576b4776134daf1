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

/** The one line that a person sees. Line breaks and control characters become spaces. */
export function formatProblem(problem: Problem): string {
  return oneLine(`${problem.where}: ${problem.what}; ${problem.why}; ${problem.fix}`);
}

/** Text from elsewhere (a daemon, a server, an editor) as it may stand in a message of ours. */
export function oneLine(text: string, limit = 600): string {
  const flat = text.replace(/[\u0000-\u001f\u007f]+/g, " ").trim();
  return flat.length > limit ? `${flat.slice(0, limit)}…` : flat;
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
