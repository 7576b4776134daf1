// The policy packs of a rollout, and what counts in which stack: the same file for all of them, or one for each.
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { formatProblem } from "../../components/model/problem.ts";
import { checkout } from "../../lab/paths.ts";

export interface Policies {
  /** Folders. */
  readonly packs: readonly string[];
  /** The file that goes with each pack, in their order; `{stack}` in it stands for a stack's name. */
  readonly configs: readonly string[];
}

/** As the Automation API takes them. */
export interface PolicyOptions {
  policyPacks?: string[];
  policyPackConfigs?: string[];
}

export const policyOptions = ({ packs, configs }: Policies, stack: string): PolicyOptions => ({
  policyPacks: [...packs],
  policyPackConfigs: configs.map((config) => fileFor(config, stack)),
});

function fileFor(config: string, stack: string): string {
  // A stack may be named with its organisation; its files never are.
  const name = stack.split("/").at(-1) ?? stack;
  return resolve(checkout, config.replaceAll("{stack}", name));
}

/**
 * A rollout must not come as far as prod to find its policies unreadable.
 * @throws Error in one line for each file.
 */
export function checkPolicies({ packs, configs }: Policies, stacks: readonly string[]): void {
  if (configs.length > 0 && configs.length !== packs.length) {
    throw new Error(
      formatProblem({
        where: "--policy-pack-config",
        what: `is given ${timesOf(configs.length)}, and --policy-pack ${timesOf(packs.length)}`,
        why: "each pack has a file of its own, in the same order",
        fix: "give one for each pack, or none",
      }),
    );
  }
  const files = configs.flatMap((config) => stacks.map((stack) => ({ config, stack })));
  const problems = files.flatMap(({ config, stack }) => {
    const problem = unreadable(fileFor(config, stack));
    return problem === undefined ? [] : [{ config, stack, problem }];
  });
  if (problems.length === 0) return;
  const lines = problems.map(({ config, stack, problem }) =>
    formatProblem({
      where: `--policy-pack-config ${config}: stack ${stack}`,
      what: problem,
      why: "what is mandatory there is not known; nothing was begun",
      fix: "write the file as docs/policies.md shows it",
    }),
  );
  throw new Error([...new Set(lines)].join("\n"));
}

function unreadable(file: string): string | undefined {
  try {
    JSON.parse(readFileSync(file, "utf8"));
    return undefined;
  } catch (error) {
    return error instanceof SyntaxError ? `${file} is no JSON` : `${file} can't be read`;
  }
}

const timesOf = (count: number): string =>
  ["never", "once", "twice"][count] ?? `${String(count)} times`;
