import { readFileSync } from "node:fs";
import { basename } from "node:path";
import type { Problem } from "../model/problem.ts";
import { secretLogProblem } from "../model/secret-logs.ts";

/** The docker provider prefers these to its arguments, so it would prove another daemon. */
const dockerVariables = [
  "DOCKER_HOST",
  "DOCKER_CONTEXT",
  "DOCKER_CERT_PATH",
  "DOCKER_CA_MATERIAL",
  "DOCKER_CERT_MATERIAL",
  "DOCKER_KEY_MATERIAL",
];

/** Variables that would make a run prove the wrong daemon. */
export function environmentProblems(environment: NodeJS.ProcessEnv = process.env): Problem[] {
  return dockerVariables
    .filter((name) => (environment[name] ?? "") !== "")
    .map((name) => ({
      where: `environment: ${name}`,
      what: "is set",
      why: "the docker provider would talk to that daemon instead of the machine's",
      fix: `leave it out for this run: \`env -u ${name} pulumi …\``,
    }));
}

/** Variables of a run, or flags on the engine's command line, that write secrets in plain text. */
export function environmentWarnings(
  environment: NodeJS.ProcessEnv = process.env,
  engineArguments: readonly string[] = argumentsOfEngine(),
): Problem[] {
  const problem = secretLogProblem(engineArguments, environment);
  return problem === undefined ? [] : [problem];
}

/**
 * The arguments of `pulumi` itself. The engine does not pass them on, but it is an ancestor of this process,
 * and Linux shows the command line of each.
 */
function argumentsOfEngine(pid: number = process.ppid, further = 5): string[] {
  try {
    const [program = "", ...args] = readFileSync(`/proc/${String(pid)}/cmdline`, "utf8")
      .replace(/\0$/, "")
      .split("\0");
    if (basename(program) === "pulumi") return args;
    const parent = /^PPid:\t(\d+)$/m.exec(readFileSync(`/proc/${String(pid)}/status`, "utf8"))?.[1];
    return further > 0 && parent !== undefined
      ? argumentsOfEngine(Number(parent), further - 1)
      : [];
  } catch {
    // Another system than Linux, or a process that is gone.
    return [];
  }
}
