import { readFileSync } from "node:fs";
import { basename } from "node:path";
import type { Problem } from "./model/problem.ts";
import { secretLogProblem } from "./model/secret-logs.ts";

/** The docker provider prefers these to what the program says: the proof would be of another daemon. */
const dockerVariables = [
  "DOCKER_HOST",
  "DOCKER_CONTEXT",
  "DOCKER_CERT_PATH",
  "DOCKER_CA_MATERIAL",
  "DOCKER_CERT_MATERIAL",
  "DOCKER_KEY_MATERIAL",
];

/** What in the environment of a run would lead it astray. */
export function environmentProblems(environment: NodeJS.ProcessEnv): Problem[] {
  return dockerVariables
    .filter((name) => (environment[name] ?? "") !== "")
    .map((name) => ({
      where: `environment: ${name}`,
      what: "is set",
      why: "the docker provider would talk to that daemon instead of the machine's",
      fix: `leave it out for this run: \`env -u ${name} pulumi …\``,
    }));
}

/** What in the environment of a run, or on the engine's command line, gives secrets away. */
export function environmentWarnings(
  environment: NodeJS.ProcessEnv,
  engineArguments: readonly string[] = argumentsOfEngine(),
): Problem[] {
  const problem = secretLogProblem(engineArguments, environment);
  return problem === undefined ? [] : [problem];
}

/**
 * What `pulumi` was started with. The engine tells its program nothing of that; it is the program's
 * grandfather, or an ancestor of it, and Linux shows what it was started with.
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
