// Which stack comes after which, and whether one may begin.
import { configurationNamespace } from "../../components/model/configuration/problems.ts";
import type { Problem } from "../../components/model/problem.ts";
import type { Mark } from "./mark.ts";
import type { Release } from "./release.ts";

/** What a stack's own file says: `rollout.after`. */
export type Recorded = ReadonlyMap<string, string | undefined>;

/**
 * The stack that goes before each: the one that its file names, otherwise the one before it in the order given.
 * Undefined where there is none.
 */
export function predecessors(
  order: readonly string[],
  recorded: Recorded,
): ReadonlyMap<string, string | undefined> {
  return new Map(order.map((stack, at) => [stack, recorded.get(stack) ?? order[at - 1]]));
}

/** Why this order is none. */
export function orderProblem(order: readonly string[], recorded: Recorded): Problem | undefined {
  const twice = order.find((stack, at) => order.indexOf(stack) !== at);
  if (twice !== undefined) {
    return {
      where: `stack ${twice}`,
      what: "is named twice",
      why: "each stack has one turn",
      fix: "name it once",
    };
  }
  for (const [at, stack] of order.entries()) {
    const before = recorded.get(stack);
    if (before === undefined || (before !== stack && !order.slice(at).includes(before))) continue;
    const where = `stack ${stack}: ${configurationNamespace}:rollout.after`;
    if (before === stack) {
      return {
        where,
        what: "names the stack itself",
        why: "it could never begin",
        fix: "name the one before it",
      };
    }
    return {
      where,
      what: `is ${before}, which is named after it`,
      why: `${stack} goes only when ${before} is green`,
      fix: `name ${before} before ${stack}`,
    };
  }
  return undefined;
}

/** Why a stack may not begin yet, by what its predecessor remembers. */
export function promotionProblem(
  stack: string,
  predecessor: string,
  mark: Mark | undefined,
  release: Release,
): Problem | undefined {
  if (mark?.state === "green" && mark.release === release.id) return undefined;
  return {
    where: `stack ${stack}`,
    what: `${predecessor}, which goes before it, ${condition(mark, release)}`,
    why: "nothing of it was begun",
    fix: `run \`npm run rollout -- ${predecessor} ${stack}\`, or go without with --skip-promotion`,
  };
}

function condition(mark: Mark | undefined, release: Release): string {
  if (mark === undefined) return "was never rolled out";
  if (mark.state === "begun") return `has a rollout that did not come to its end (${mark.at})`;
  if (mark.state === "red") return `failed (${mark.at})`;
  return `is green at another commit (${shortOf(mark.release)}, and this is ${shortOf(release.id)})`;
}

/** The commit and what was changed since; where that is the same, the files tell the difference. */
const shortOf = (id: string): string => id;
