// Takes one step of a rotation: the stack's file, a preview, a yes, and `up`. Whatever does not come as far as `up` leaves
// the file as it was.
import { readFileSync, realpathSync, statSync } from "node:fs";
import { basename } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { formatProblem } from "../../components/model/problem.ts";
import { writeAtomically } from "../../lab/atomic-write.ts";
import { changesIn, inTheWay, isDue, unproven, type StackChanges } from "../rollout/changes.ts";
import { stateVersions } from "../rollout/versions.ts";
import type { NotedView } from "../rollout/view.ts";
import type { Engines } from "../rollout/walk.ts";
import type { Asked } from "./position.ts";
import type { Step } from "./steps.ts";
import { withAuthority } from "./tls-text.ts";

export interface Taking {
  readonly stack: string;
  /** The stack's file. */
  readonly path: string;
  readonly engines: Pick<Engines, "preview" | "up">;
  readonly view: NotedView;
  readonly say: (text: string) => void;
  readonly confirm: () => Promise<boolean>;
  readonly interrupted: () => boolean;
  /** What the stack's files ask for now. */
  readonly askedNow: () => Asked;
  readonly within: <T>(work: () => Promise<T>) => Promise<T>;
  /** What was agreed to before another run turned out to have the stack: it is asked again only of something else. */
  agreed?: StackChanges;
}

/** "again": another run had the stack, so what was known of it may be out of date. Nothing was begun. */
export type Taken = "done" | "declined" | "failed" | "interrupted" | "again";

/**
 * Writes what a step asks for into the stack's file.
 * @returns what puts the file back as it was.
 * @throws Error where the file can't be written so.
 */
export function writeAsked(
  { path, askedNow }: Pick<Taking, "path" | "askedNow">,
  asked: Asked,
): () => void {
  // What another file says already stands there.
  if (isDeepStrictEqual(askedNow(), asked)) return () => undefined;
  const before = readFileSync(path, "utf8");
  const write = (text: string): void => {
    writeAtomically(realpathSync(path), text, statSync(path).mode & 0o777);
  };
  const edited = withAuthority(basename(path), before, asked);
  if ("problem" in edited) throw new Error(formatProblem(edited.problem));
  const after = edited.text;
  const restore = (): void => {
    write(before);
  };
  write(after);
  try {
    if (isDeepStrictEqual(askedNow(), asked)) return restore;
    throw new Error(
      formatProblem({
        where: "Pulumi.yaml: dockertls:base.tls",
        what: "says something else of the authority",
        why: `a stack's own file can't take back what all stacks share; ${basename(path)} is as it was`,
        fix: "keep generation, phase and previousGeneration out of the base",
      }),
    );
  } catch (error) {
    restore();
    throw error;
  }
}

export async function takeStep(step: Step, taking: Taking): Promise<Taken> {
  const restore = writeAsked(taking, step.asked);
  const run = { isBegun: false };
  try {
    return await taking.within(async () => {
      const changes = await preview(step, taking);
      if (typeof changes === "string") return changes;
      const isWanted = isDeepStrictEqual(taking.agreed, changes) || (await taking.confirm());
      if (taking.interrupted()) return "interrupted";
      if (!isWanted) return "declined";
      taking.agreed = changes;
      run.isBegun = true;
      const end = await up(step, changes, taking);
      run.isBegun = end.isBegun;
      return end.taken;
    });
  } finally {
    if (!run.isBegun) restore();
  }
}

async function preview({ kind }: Step, taking: Taking): Promise<StackChanges | Taken> {
  const { stack, engines, view, say, interrupted } = taking;
  const run = await view.follow(`${stack}: preview`, [], (watch) =>
    engines.preview(stack, { expectNoChanges: false, watch }),
  );
  const { events, errors } = run;
  if (interrupted()) return "interrupted";
  if (run.held === "waited for") return "again";
  const changes = changesIn(events, stateVersions);
  const isTold = isDeepStrictEqual(taking.agreed, changes);
  if (errors.length === 0 && !isTold) view.changes(stack, changes);
  // A thief is kept out of all others, too, where one machine can't be reached.
  const held =
    kind === "now" ? [] : [...inTheWay(changes), ...(kind === 1 ? unprovenNow(changes) : [])];
  const problems = errors.length > 0 ? errors : held;
  for (const line of problems) say(line);
  const isInTheWay = kind !== "now" || run.held === "turned away";
  return problems.length > 0 && isInTheWay ? "failed" : changes;
}

/** A rotation begins over machines that are as they should be. */
const unprovenNow = ({ hosts, ...rest }: StackChanges): string[] =>
  unproven({ ...rest, hosts: hosts.filter(({ state }) => state === "unproven") });

async function up(
  { kind }: Step,
  changes: StackChanges,
  taking: Taking,
): Promise<{ readonly taken: Taken; readonly isBegun: boolean }> {
  const { stack, engines, view, say, interrupted } = taking;
  if (!isDue(changes) && kind !== "now") return { taken: "done", isBegun: true };
  const hosts = changes.hosts.map(({ host }) => host);
  const { errors, held } = await view.follow(`${stack}: up`, hosts, (watch) =>
    engines.up(stack, { watch, continueOnError: kind === "now" }),
  );
  const isBegun = held === undefined;
  if (interrupted()) return { taken: "interrupted", isBegun };
  if (held === "waited for") return { taken: "again", isBegun };
  for (const line of errors) say(line);
  return { taken: errors.length > 0 ? "failed" : "done", isBegun };
}
