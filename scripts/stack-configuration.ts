// A stack's configuration as the program has had it in a run of the engine.
import {
  stackKeys,
  type Configuration,
  type Raw,
} from "../components/model/configuration/parse.ts";
import { formatProblem } from "../components/model/problem.ts";
import { parseWithAliases } from "../components/stack/ssh-alias.ts";
import type { Engine } from "../lab/engine/engine.ts";
import { configuredValues, openedConfiguration } from "./engine-answers.ts";
import { configFileOf } from "./stack-engine.ts";

/** The configuration, or why it can't be read, a line each. */
export function configurationIn(
  engine: Engine,
  stack: string,
  config: Readonly<Record<string, string>>,
): Configuration | string[] {
  // That is how the engine shows a secret.
  const isHidden = Object.values(config).some((text) => text.includes("[secret]"));
  const configFile = configFileOf(stack);
  const values = isHidden
    ? openedConfiguration({ engine, stack, configFile })
    : configuredValues(config);
  if (values === undefined) {
    const problem = {
      where: `stack ${stack}: configuration`,
      what: `its secrets can't be read from ${configFile}`,
      why: "the machines can't be asked without them",
      fix: "see what `pulumi config --show-secrets` says",
    };
    return [formatProblem(problem)];
  }
  const raw = Object.fromEntries(stackKeys.map((key) => [key, values[key]]));
  const parsed = parseWithAliases(raw as Raw);
  return "problems" in parsed ? parsed.problems.map(formatProblem) : parsed.configuration;
}
