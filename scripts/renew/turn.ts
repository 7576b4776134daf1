// The turn of one stack: a look at what `pulumi up` would do, and that only where it is renewals.
import { isDeepStrictEqual } from "node:util";
import { formatProblem } from "../../components/model/problem.ts";
import type { StateVersions } from "../drift/report.ts";
import { changesIn, inTheWay } from "../rollout/changes.ts";
import type { Engines } from "../rollout/walk.ts";
import { judge } from "./renewals.ts";
import type { Outcome, StackResult } from "./report.ts";

export interface Renewing {
  readonly engines: Pick<Engines, "preview" | "up">;
  readonly versions: StateVersions;
  readonly now: () => number;
  /** What a preview is of: program and settings, which must be the same when `up` begins. */
  readonly release: () => string;
  readonly confirm: (stack: string, result: StackResult) => Promise<boolean>;
  readonly interrupted: () => boolean;
}

type Found = Pick<StackResult, "renewals" | "restarts" | "others">;

/** @param agreed what was agreed to before another run turned out to have the stack. */
export async function renew(
  stack: string,
  renewing: Renewing,
  agreed?: Found,
): Promise<StackResult> {
  const { engines, versions, now, release, confirm, interrupted } = renewing;
  const begun = now();
  let found: Found = { renewals: [], restarts: [], others: [] };
  const end = (outcome: Outcome, errors: readonly string[] = []): StackResult => ({
    ...{ stack, outcome, ...found, errors },
    seconds: Math.round((now() - begun) / 1000),
  });
  const before = release();
  const preview = await engines.preview(stack, { expectNoChanges: false, watch: () => undefined });
  if (preview.errors.length > 0) return end("failed", preview.errors);
  const changes = changesIn(preview.events, versions);
  const { renewals, others } = judge(preview.events, changes.hosts, now());
  const restarts = changes.hosts
    .filter(({ effect }) => effect === "restart")
    .map(({ host }) => host);
  found = { renewals, restarts, others };
  if (renewals.length === 0) return end("nothing due");
  if (others.length > 0) return end("stopped");
  const obstacles = inTheWay(changes);
  if (obstacles.length > 0) return end("failed", obstacles);
  const isAgreed = isDeepStrictEqual(agreed, found);
  if (!isAgreed && !(await confirm(stack, end("renewed")))) return end("declined");
  if (interrupted()) return end("failed", [stopped]);
  if (release() !== before) return end("failed", [changedMeanwhile]);
  const up = await engines.up(stack, { watch: () => undefined });
  // After that run, something else may be due.
  if (up.held === "waited for") return renew(stack, renewing, found);
  return up.errors.length > 0 ? end("failed", up.errors) : end("renewed");
}

const stopped = "interrupted: nothing was begun";

const changedMeanwhile = formatProblem({
  where: "project",
  what: "has changed since the preview",
  why: "`pulumi up` would do something else than what was looked at",
  fix: "run it again",
});
