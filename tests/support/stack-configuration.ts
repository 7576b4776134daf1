// Stack configurations for tests, and what parseConfiguration makes of them.
import {
  parseConfiguration,
  stackKeys,
  type Configuration,
  type Raw as Everything,
} from "../../components/model/configuration/parse.ts";
import { formatProblem } from "../../components/model/problem.ts";

export const hostKey =
  "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKs0qFSJVwIYmFHpXuAkz7kyBg6mRVdGH3U9ZpYZq0Vb";

type Raw = Partial<Everything>;

/** A machine that nothing is wrong with. */
export function machine(changes: Readonly<Record<string, unknown>> = {}): object {
  return { address: "10.0.0.4", ssh: { hostKey }, ...changes };
}

/** The lines that a person would see; none when all is well. */
export function linesOf(raw: Raw): string[] {
  const result = parse(raw);
  return "problems" in result ? result.problems.map(formatProblem) : [];
}

export function parsed(raw: Raw): Configuration {
  const result = parse(raw);
  if ("problems" in result) throw new Error(result.problems.map(formatProblem).join("\n"));
  return result.configuration;
}

function parse(raw: Raw): ReturnType<typeof parseConfiguration> {
  return parseConfiguration({
    ...(Object.fromEntries(stackKeys.map((key) => [key, undefined])) as Everything),
    ...raw,
  });
}
