// The whole examination: this machine, the stack's configuration, then all hosts side by side.
import { type HostConfiguration } from "../components/model/configuration/parse.ts";
import { parseWithAliases } from "../components/stack/ssh-alias.ts";
import { configurationNamespace } from "../components/model/configuration/problems.ts";
import type { ClientBundle } from "../components/model/certificates.ts";
import { hostEndpoint } from "../components/model/address.ts";
import type { Problem } from "../components/model/problem.ts";
import { environmentProblems, environmentWarnings } from "../components/stack/environment.ts";
import { openKeyFiles } from "../components/stack/key-files.ts";
import { localSteps, type LocalFacts } from "./local-facts.ts";
import {
  rawOf,
  readProject,
  stackValues,
  type ReadStack,
  type StackSources,
  type TextFile,
} from "./stack-values.ts";
import { failed, note, ok, type Section, type Step } from "./step.ts";
import { checkHost } from "./host-checks.ts";

export interface Examination extends StackSources {
  readonly stack: string;
  /** Names of the hosts to look at; none: all of them. */
  readonly hosts: readonly string[];
  readonly project: TextFile;
  readonly environment: NodeJS.ProcessEnv;
  readonly found: (hosts: readonly HostConfiguration[]) => Promise<LocalFacts>;
  /** Files of the stack's client, or why the passphrase at hand does not open them. */
  readonly bundle: () => ClientBundle | Problem | undefined;
}

export async function doctor(examination: Examination): Promise<Section[]> {
  const { stack, environment } = examination;
  const project = readProject(examination.project);
  const read = stackValues(examination);
  const parsed = parseWithAliases(rawOf(project, read.values));
  const broken = "problems" in parsed;
  const configured = broken ? parsed.hosts : parsed.configuration.hosts;
  const chosen = examination.hosts.length === 0 ? undefined : new Set(examination.hosts);
  const hosts = configured.filter(({ name }) => chosen?.has(name) ?? true);
  const unknown = examination.hosts.filter(
    (name) => !configured.some((host) => host.name === name) && !read.sealedHosts.includes(name),
  );
  const allSealed = read.hostsAreSealed || (read.sealedHosts.length > 0 && configured.length === 0);
  const problems = [
    ...project.problems,
    ...read.problems,
    // What can't be read is reported already; that its settings are missing follows from it.
    ...(broken && read.problems.length === 0 && !allSealed ? parsed.problems : []),
    ...unknown.map(noSuchHost),
    ...environmentProblems(environment),
    // No command line, since no engine is running.
    ...environmentWarnings(environment, []),
  ];
  const bundle = examination.bundle();
  const here: Step[] = [
    ...localSteps(await examination.found(hosts)),
    ...(problems.length === 0
      ? [ok("configuration", `${examination.stackFile.file}, ${hostCount(configured.length)}`)]
      : problems.map((problem) => failed("configuration", problem))),
    ...sealedSteps(read),
    ...passphraseSteps(bundle),
    ...openKeyFiles(hosts).map((problem) => failed("key file", problem)),
  ];
  const title = `this machine (stack ${stack})`;
  if (hosts.length === 0) return [{ title, steps: here }];
  const options = {
    stack: `${project.name}/${stack}`,
    hostEndpoints: Object.fromEntries(
      configured.map(({ name, address, ssh }) => [name, hostEndpoint(address, ssh.port)]),
    ),
    bundle: bundle === undefined || "where" in bundle ? undefined : bundle,
  };
  return [
    { title, steps: here },
    ...(await Promise.all(hosts.map((host) => checkHost(host, options)))),
  ];
}

function sealedSteps({ sealedHosts, hostsAreSealed }: ReadStack): Step[] {
  const why = "secrets of the stack, which only the engine with the stack's passphrase can open";
  if (hostsAreSealed) return [note("secrets", `no host can be checked: all are ${why}`)];
  return sealedHosts.length === 0
    ? []
    : [note("secrets", `can't check ${sealedHosts.join(", ")}: needs ${why}`)];
}

/** Without the right passphrase no `pulumi` command does anything, whatever the way to the machines is like. */
function passphraseSteps(bundle: ClientBundle | Problem | undefined): Step[] {
  return bundle !== undefined && "where" in bundle ? [failed("passphrase", bundle)] : [];
}

function noSuchHost(name: string): Problem {
  return {
    where: `${configurationNamespace}:hosts.${name}`,
    what: "is not in this configuration",
    why: "there is nothing to check",
    fix: "name a host of the stack file, or another stack with --stack",
  };
}

const hostCount = (count: number): string => `${String(count)} ${count === 1 ? "host" : "hosts"}`;
