// What stacks' own files say of their order: `dockertls:rollout`, member `after`.
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { parse } from "yaml";
import { memberAt } from "../../components/model/json-value.ts";
import { configurationNamespace } from "../../components/model/configuration/problems.ts";
import { rolloutSchema } from "../../components/model/configuration/rollout-schema.ts";
import { formatProblem } from "../../components/model/problem.ts";
import type { Recorded } from "./promotion.ts";

/** @throws Error where a file says it in a way that nobody can follow; everything else in it is the program's to check. */
export function recordedIn(
  project: string,
  stacks: readonly string[],
  environment: NodeJS.ProcessEnv = process.env,
): Recorded {
  return new Map(
    stacks.map((stack) => {
      // A stack may be named with its organisation; its file never is.
      const usual = `Pulumi.${stack.split("/").at(-1) ?? stack}.yaml`;
      return [stack, afterOf(project, environment["PULUMI_OPTION_CONFIG_FILE"] ?? usual)];
    }),
  );
}

function afterOf(project: string, file: string): string | undefined {
  const value = memberAt(read(project, file), [
    "config",
    `${configurationNamespace}:rollout`,
    "after",
  ]);
  if (value === undefined) return undefined;
  const { data } = rolloutSchema.safeParse({ after: value });
  if (data?.after !== undefined) return data.after;
  throw new Error(
    formatProblem({
      where: `${file}: ${configurationNamespace}:rollout.after`,
      what: "is not the name of a stack",
      why: "the order of the stacks is not known",
      fix: "write the name of the stack that goes before this one, in clear",
    }),
  );
}

function read(project: string, file: string): unknown {
  try {
    return parse(readFileSync(resolve(project, file), "utf8"));
  } catch {
    // The engine says what is wrong with a stack's file, and where it has none.
    return undefined;
  }
}
