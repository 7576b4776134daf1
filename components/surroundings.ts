import type { Problem } from "./model/problem.ts";

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
