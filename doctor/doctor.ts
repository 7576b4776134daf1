// The whole examination: this machine, the stack's configuration, then all hosts side by side.
import {
  parseConfiguration,
  stackKeys,
  type HostConfiguration,
  type Raw,
} from "../components/model/configuration/parse.ts";
import { baseKey } from "../components/model/configuration/base.ts";
import { isMap } from "../components/model/json-value.ts";
import { configurationNamespace } from "../components/model/configuration/problems.ts";
import type { ClientBundle } from "../components/model/certificates.ts";
import { hostEndpoint } from "../components/model/address.ts";
import type { Problem } from "../components/model/problem.ts";
import { environmentProblems, environmentWarnings } from "../components/stack/environment.ts";
import { openKeyFiles } from "../components/stack/key-files.ts";
import { localSteps, type LocalFacts } from "./local-facts.ts";
import {
  holdsSealed,
  readStackFile,
  readYaml,
  withoutSealed,
  type StackFile,
  type Values,
} from "./stack-file.ts";
import { failed, note, ok, type Section, type Step } from "./step.ts";
import { checkHost } from "./host-checks.ts";

interface TextFile {
  /** Its name, as a person knows it. */
  readonly file: string;
  readonly read: () => string;
}

export interface Examination {
  readonly stack: string;
  /** Names of the hosts to look at; none: all of them. */
  readonly hosts: readonly string[];
  readonly project: TextFile;
  readonly stackFile: TextFile;
  readonly environment: NodeJS.ProcessEnv;
  readonly found: (hosts: readonly HostConfiguration[]) => Promise<LocalFacts>;
  /** The configuration with its secrets decrypted, where that is possible. */
  readonly opened: () => Values | undefined;
  /** Files of the stack's client, or why the passphrase at hand does not open them. */
  readonly bundle: () => ClientBundle | Problem | undefined;
}

export async function doctor(examination: Examination): Promise<Section[]> {
  const { stack, environment } = examination;
  const project = readProject(examination.project);
  const read = stackValues(examination);
  const values: Values = { [baseKey]: project.base, ...read.values };
  const raw = Object.fromEntries(stackKeys.map((key) => [key, values[key]]));
  const parsed = parseConfiguration({ ...values, ...raw } as Raw);
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

/** Name of the project, and what is wrong with its file. */
function readProject(project: TextFile): Project {
  const read = contentOf(project);
  const yaml = "problem" in read ? read : readYaml(project.file, read.text);
  if ("problem" in yaml) return { name: configurationNamespace, problems: [yaml.problem] };
  const { name, config } = yaml.content;
  const entry = isMap(config) ? config[`${configurationNamespace}:${baseKey}`] : undefined;
  return {
    name: typeof name === "string" ? name : configurationNamespace,
    base: isMap(entry) ? (entry["value"] ?? entry["default"]) : undefined,
    problems: [],
  };
}

interface Project {
  readonly name: string;
  /** What its stacks share. */
  readonly base?: unknown;
  readonly problems: readonly Problem[];
}

interface ReadStack extends StackFile {
  readonly sealedHosts: readonly string[];
  readonly hostsAreSealed: boolean;
}

/** The stack's values; the engine is asked only where a secret of the stack stands. */
function stackValues({ stackFile, opened }: Examination): ReadStack {
  const read = contentOf(stackFile);
  if ("problem" in read) {
    return { values: {}, problems: [read.problem], sealedHosts: [], hostsAreSealed: false };
  }
  const { values, problems } = readStackFile(stackFile.file, read.text);
  const open = holdsSealed(values) ? opened() : undefined;
  if (open !== undefined) return { values: open, problems, sealedHosts: [], hostsAreSealed: false };
  return { problems, ...withoutSealed(values) };
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

function contentOf({ file, read }: TextFile): { readonly text: string } | { problem: Problem } {
  try {
    return { text: read() };
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "unreadable";
    return {
      problem: {
        where: file,
        what: code === "ENOENT" ? "there is no such file" : `can't be read (${code})`,
        why: "nothing is known of the stack's machines",
        fix: 'name another stack with --stack, or write the file (README, "Your own machine")',
      },
    };
  }
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
