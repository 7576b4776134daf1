// What a client needs of a stack, out of its outputs. The engine is only asked, and answers into a pipe.
import type { ClientBundle, IssuedBundle } from "../../components/model/certificates.ts";
import { formatProblem } from "../../components/model/problem.ts";
import type { Engine } from "../../lab/engine/engine.ts";
import { passphraseProblem } from "../engine-answers.ts";
import { askEngine, engineFailure } from "../stack-engine.ts";

/** A machine as its clients see it. */
export interface HostOutput {
  readonly api: string;
  /** `tcp://address:port` */
  readonly endpoint: string;
  /** The command that brings the endpoint here, where it can't be dialled. */
  readonly tunnel?: string;
}

export interface ClientOutputs {
  readonly clients: Readonly<Record<string, IssuedBundle>>;
  /** Those that speak TLS; all others need no client's files. */
  readonly hosts: Readonly<Record<string, HostOutput>>;
}

interface StackOutputs {
  readonly clientBundles?: Readonly<Record<string, IssuedBundle>>;
  readonly hosts?: Readonly<Record<string, HostOutput>>;
}

/** @throws Error with the line that says why the stack gives no answer. */
export async function askOutputs(engine: Engine, stack: string): Promise<ClientOutputs> {
  const run = await askEngine(engine, stack, ["stack", "output", "--json", "--show-secrets"]);
  if (run.exitCode !== 0) {
    const problem = passphraseProblem(stack, run.stderr);
    throw new Error(
      problem === undefined ? engineFailure(stack, { ...run, stdout: "" }) : formatProblem(problem),
    );
  }
  return clientOutputs(stack, JSON.parse(run.stdout) as StackOutputs);
}

export function clientOutputs(
  stack: string,
  { clientBundles, hosts = {} }: StackOutputs,
): ClientOutputs {
  if (clientBundles === undefined) {
    throw new Error(
      formatProblem({
        where: `stack ${stack}`,
        what: "has no output clientBundles",
        why: "no `pulumi up` of this version has come to its end, so nobody has a certificate yet",
        fix: "run `pulumi up`",
      }),
    );
  }
  const withTls = Object.entries(hosts).filter(([, { api }]) => api !== "plain-tcp");
  return { clients: clientBundles, hosts: Object.fromEntries(withTls) };
}

/** @throws Error where there is no key, for what can't do without: `what`, and how to get it. */
export function withKey(
  { stack, client, pems }: { stack: string; client: string; pems: IssuedBundle },
  key: string | undefined,
  { what, fix }: { what: string; fix: string },
): ClientBundle {
  if (key !== undefined) return { ...pems, key };
  throw new Error(
    formatProblem({
      where: `stack ${stack}: ${client}`,
      what: `${what} needs its key, which was made elsewhere`,
      why: "docker keeps certificate and key together",
      fix,
    }),
  );
}
