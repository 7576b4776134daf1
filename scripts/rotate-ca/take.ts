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
}

export type Taken = "done" | "declined" | "failed" | "interrupted";

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
      const isWanted = await taking.confirm();
      if (taking.interrupted()) return "interrupted";
      if (!isWanted) return "declined";
      run.isBegun = true;
      return await up(step, changes, taking);
    });
  } finally {
    if (!run.isBegun) restore();
  }
}

async function preview({ kind }: Step, taking: Taking): Promise<StackChanges | Taken> {
  const { stack, engines, view, say, interrupted } = taking;
  const { events, errors } = await view.follow(`${stack}: preview`, [], (watch) =>
    engines.preview(stack, { expectNoChanges: false, watch }),
  );
  if (interrupted()) return "interrupted";
  const changes = changesIn(events, stateVersions);
  if (errors.length === 0) view.changes(stack, changes);
  // A thief is kept out of all others, too, where one machine can't be reached.
  const held =
    kind === "now" ? [] : [...inTheWay(changes), ...(kind === 1 ? unprovenNow(changes) : [])];
  const problems = errors.length > 0 ? errors : held;
  for (const line of problems) say(line);
  return problems.length > 0 && kind !== "now" ? "failed" : changes;
}

/** A rotation begins over machines that are as they should be. */
const unprovenNow = ({ hosts, ...rest }: StackChanges): string[] =>
  unproven({ ...rest, hosts: hosts.filter(({ state }) => state === "unproven") });

async function up({ kind }: Step, changes: StackChanges, taking: Taking): Promise<Taken> {
  const { stack, engines, view, say, interrupted } = taking;
  if (!isDue(changes) && kind !== "now") return "done";
  const hosts = changes.hosts.map(({ host }) => host);
  const { errors } = await view.follow(`${stack}: up`, hosts, (watch) =>
    engines.up(stack, { watch, continueOnError: kind === "now" }),
  );
  if (interrupted()) return "interrupted";
  for (const line of errors) say(line);
  return errors.length > 0 ? "failed" : "done";
}
