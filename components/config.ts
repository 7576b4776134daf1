import { readFileSync } from "node:fs";
import * as pulumi from "@pulumi/pulumi";
import {
  parseConfiguration,
  stackKeys,
  type Configuration,
  type HostConfiguration,
  type Raw,
} from "./model/configuration.ts";
import { hostKeysFor } from "./model/known-hosts.ts";
import { formatProblem, type Problem } from "./model/problem.ts";

/** How to log in to one machine, with the files that the configuration names read. */
export interface Login {
  readonly address: string;
  readonly port: number;
  readonly user: string;
  /** The server's public key, `algorithm base64`: a server with another one is not talked to. */
  readonly hostKey: string;
  /** PEM of a private key, secret; undefined: the SSH agent of SSH_AUTH_SOCK is asked. */
  readonly privateKey: pulumi.Output<string> | undefined;
  /** Whether remote programs run through `sudo -n`. */
  readonly sudo: boolean;
}

/** One machine as the components take it. */
export interface ConfiguredHost extends HostConfiguration {
  readonly login: Login;
  /** Whether daemon keys came as a secret of the stack: then no value of theirs is shown. */
  readonly daemonIsSecret: boolean;
}

/** A stack's configuration as the components take it. */
export interface StackConfiguration extends Omit<Configuration, "hosts"> {
  readonly hosts: readonly ConfiguredHost[];
}

/**
 * The stack's configuration, the files that it names read.
 * @throws RunError with every problem in it, a line each, before anything is dialled.
 */
export function readConfiguration(): StackConfiguration {
  const config = new pulumi.Config("dockertls");
  const { raw, problems: unreadable } = readRaw(config);
  const parsed = parseConfiguration(raw);
  const { hosts } = "problems" in parsed ? parsed : parsed.configuration;
  const logins = hosts.map((host) => ({ host, login: readLogin(host) }));
  const problems = [
    ...(unreadable.length > 0 ? unreadable : "problems" in parsed ? parsed.problems : []),
    ...logins.flatMap(({ login }) => ("problems" in login ? login.problems : [])),
    ...environmentProblems(),
  ];
  if (problems.length > 0 || "problems" in parsed) throw configurationError(problems);
  return {
    ...parsed.configuration,
    hosts: logins.flatMap(({ host, login }) =>
      "problems" in login
        ? []
        : [
            {
              ...host,
              login,
              daemonIsSecret: isSecret("daemon") || (isSecret("hosts") && host.hasOwnDaemon),
            },
          ],
    ),
  };
}

interface Problems {
  readonly problems: readonly Problem[];
}

function readRaw(config: pulumi.Config): { raw: Raw } & Problems {
  const problems: Problem[] = [];
  const read = (key: keyof Raw): unknown => {
    try {
      return config.getObject(key);
    } catch {
      problems.push({
        where: `dockertls:${key}`,
        what: "is no map",
        why: "its settings can't be read",
        fix: "write it as a map in the stack's configuration file",
      });
      return undefined;
    }
  };
  const raw = {
    // What is no setting would be passed over in silence; here it is told like any other misspelling.
    ...Object.fromEntries(Object.keys(pulumi.runtime.allConfig()).flatMap(ownKey)),
    ...Object.fromEntries(stackKeys.map((key) => [key, read(key)])),
  } as Raw;
  return { raw, problems };
}

function ownKey(key: string): [string, undefined][] {
  const [, name] = /^dockertls:(.*)$/s.exec(key) ?? [];
  return name === undefined ? [] : [[name, undefined]];
}

function readLogin(host: HostConfiguration): Login | Problems {
  const place = `dockertls:hosts.${host.name}.ssh`;
  const problems: Problem[] = [];
  const read = (key: string, path: string): string | undefined => {
    try {
      return readFileSync(path, "utf8");
    } catch (error) {
      problems.push({
        where: `${place}.${key}`,
        what: `${quoted(path)} can't be read (${codeOf(error)})`,
        why: "the machine can't be logged in to safely without it",
        fix: "correct the path, which is relative to the project",
      });
      return undefined;
    }
  };
  const { ssh } = host;
  const identity =
    ssh.identityFile === undefined ? undefined : read("identityFile", ssh.identityFile);
  const privateKey = ssh.privateKey ?? identity;
  const hostKey = ssh.hostKey ?? knownHostKey(host, read, problems);
  if (problems.length > 0 || hostKey === undefined) return { problems };
  return {
    address: host.address,
    port: ssh.port,
    user: ssh.user,
    hostKey,
    privateKey: privateKey === undefined ? undefined : pulumi.secret(privateKey),
    sudo: host.sudo,
  };
}

function knownHostKey(
  host: HostConfiguration,
  read: (key: string, path: string) => string | undefined,
  problems: Problem[],
): string | undefined {
  const path = host.ssh.knownHosts;
  const content = path === undefined ? undefined : read("knownHosts", path);
  if (path === undefined || content === undefined) return undefined;
  const [key] = hostKeysFor(content, host.address, host.ssh.port);
  if (key === undefined) {
    const name = host.ssh.port === 22 ? host.address : `[${host.address}]:${String(host.ssh.port)}`;
    problems.push({
      where: `dockertls:hosts.${host.name}.ssh.knownHosts`,
      what: `"${path}" has no key for ${name}`,
      why: "any server would be trusted",
      fix: `add the line that \`ssh-keyscan -t ed25519 -p ${String(host.ssh.port)} ${host.address}\` prints, once you have verified it`,
    });
  }
  return key;
}

/** A path as it may be shown: whoever pasted a key where its file belongs must not see it repeated. */
function quoted(path: string): string {
  return /[\r\n]|-----/.test(path) ? "what stands there is no path; it" : `"${path}"`;
}

function configurationError(problems: readonly Problem[]): pulumi.RunError {
  const count = problems.length === 1 ? "" : `${String(problems.length)} problems:\n`;
  return new pulumi.RunError(`${count}${problems.map(formatProblem).join("\n")}`);
}

/** The docker provider prefers these to what the program says: the proof would be of another daemon. */
const dockerVariables = [
  "DOCKER_HOST",
  "DOCKER_CONTEXT",
  "DOCKER_CERT_PATH",
  "DOCKER_CA_MATERIAL",
  "DOCKER_CERT_MATERIAL",
  "DOCKER_KEY_MATERIAL",
];

function environmentProblems(): Problem[] {
  return dockerVariables
    .filter((name) => (process.env[name] ?? "") !== "")
    .map((name) => ({
      where: `environment: ${name}`,
      what: "is set",
      why: "the docker provider would talk to that daemon instead of the machine's",
      fix: `leave it out for this run: \`env -u ${name} pulumi …\``,
    }));
}

/** Whether a value among these is a secret of the stack; if the SDK can't tell, it counts as one. */
function isSecret(key: keyof Raw): boolean {
  const check: unknown = Reflect.get(pulumi.runtime, "isConfigSecret");
  return (
    typeof check !== "function" || Reflect.apply(check, undefined, [`dockertls:${key}`]) === true
  );
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "unreadable";
}
