// Before any command starts the engine: nothing may write secrets in plain text unless somebody asks for it.
import { formatProblem } from "../components/model/problem.ts";
import { secretLogProblem, secretLogVariables } from "../components/model/secret-logs.ts";

/** @throws Error with the line that says what would be written, and how to have it on purpose. */
export function refuseSecretLogs(
  args: readonly string[] = [],
  environment: NodeJS.ProcessEnv = process.env,
): void {
  const problem = secretLogProblem(args, environment);
  if (problem !== undefined) throw new Error(formatProblem(problem));
}

/** For what only looks, and asks the engine for secrets itself. */
export function withoutSecretLogs(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const telling = secretLogVariables(environment);
  return Object.fromEntries(
    Object.entries(environment).filter(([name]) => !telling.includes(name)),
  );
}
