// A bundle as one secret of CI: what goes to stdout, and what a person is told beside it.
import type { ClientBundle } from "../../components/model/certificates.ts";
import { formatProblem } from "../../components/model/problem.ts";
import { contextArchive, contextMeta } from "./docker-context.ts";
import type { HostOutput } from "./outputs.ts";

export interface SecretOf {
  readonly stack: string;
  readonly client: string;
  readonly pems: ClientBundle;
  readonly host: string;
  readonly output: HostOutput;
}

/** A docker context in base64; untarred, it is what DOCKER_CERT_PATH takes, for every machine of the stack. */
export function secretText({ stack, client, pems, host, output }: SecretOf): string {
  const meta = contextMeta(host, output.endpoint, { stack, client, host });
  return contextArchive(meta, pems).toString("base64");
}

/** The lines that use it, with the secret in a variable of CI's. */
export const usageLines = ({ client, host, output }: SecretOf, variable: string): string[] => [
  `One secret on stdout: ${client}, for ${host}. Keep it as ${variable}. In a job, as a context:`,
  `  echo "$${variable}" | base64 -d | docker context import ${host} - && docker context use ${host}`,
  "or for what reads no contexts (Testcontainers, SDKs):",
  `  mkdir -p -m 700 ~/${host} && echo "$${variable}" | base64 -d | tar -x -C ~/${host}`,
  `  export DOCKER_HOST=${output.endpoint} DOCKER_TLS_VERIFY=1 DOCKER_CERT_PATH="$HOME/${host}/tls/docker"`,
  ...(output.tunnel === undefined ? [] : [`and before both: ${output.tunnel} &`]),
];

/** Without --silent npm prints lines of its own first, on stdout. */
export function refuseLinesOfNpm(environment: NodeJS.ProcessEnv): void {
  const isByNpm = environment["npm_lifecycle_event"] === "client";
  if (!isByNpm || environment["npm_config_loglevel"] === "silent") return;
  throw new Error(
    formatProblem({
      where: "--ci",
      what: "npm has printed lines of its own on stdout",
      why: "they would be part of the secret",
      fix: "use `npm run --silent client -- …`",
    }),
  );
}
