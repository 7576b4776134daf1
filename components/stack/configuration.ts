import { readFileSync } from "node:fs";
import * as pulumi from "@pulumi/pulumi";
import { readSshTarget } from "./ssh-target.ts";
import {
  stackKeys,
  type Configuration,
  type HostConfiguration,
  type Raw,
} from "../model/configuration/parse.ts";
import { parseWithAliases } from "./ssh-alias.ts";
import { unreadableKey } from "../model/configuration/problems.ts";
import {
  authorityProblems,
  endingSoon,
  within,
  type OwnAuthorities,
} from "../model/authority-checks.ts";
import type { Lifetime } from "../model/certificates.ts";
import type { HealthCheck } from "../model/health-check.ts";
import { memberAt } from "../model/json-value.ts";
import { formatProblem, type Problem } from "../model/problem.ts";
import type { SshServer, SshTarget } from "../model/ssh-target.ts";
import type { TrustedAuthority } from "../model/trust-bundle.ts";
import { plainKeyProblems } from "./plain-keys.ts";
import { readClient, type ConfiguredClient } from "./certificate-request.ts";
import { agentSocket } from "./agent-socket.ts";
import { environmentProblems } from "./environment.ts";
import { openAuthorityKey, openKeyFiles } from "./key-files.ts";
import type { AuthoritiesConfiguration } from "../pki/authorities.ts";
import { readAuthority } from "./own-authority.ts";
import { readTrust } from "./trust.ts";

/** One machine as the components take it. */
export interface ConfiguredHost extends Omit<HostConfiguration, "ssh" | "healthCheck"> {
  /** How to reach it; the private key is a secret. */
  readonly ssh: SshTarget<pulumi.Output<string>>;
  /** Whether its host key stands in the configuration itself, and not in a file that it names. */
  readonly hasInlineHostKey: boolean;
  /** Whose clients the daemon lets in beside this program's own. */
  readonly authorities: readonly TrustedAuthority[];
  /** Whether daemon keys came as a secret of the stack: then no value of theirs is shown. */
  readonly daemonIsSecret: boolean;
  /** What must pass before a change and after it. */
  readonly healthCheck: HealthCheck | undefined;
}

/** A stack's configuration as the components take it. */
export interface StackConfiguration extends Omit<Configuration, "hosts" | "clients" | "authority"> {
  readonly authority: AuthoritiesConfiguration;
  readonly hosts: readonly ConfiguredHost[];
  readonly clients: readonly ConfiguredClient[];
  /** What a person should know of the files that it names. */
  readonly warnings: readonly Problem[];
}

/**
 * The stack's configuration, the files that it names read.
 * @throws RunError with every problem in it, a line each, before anything is dialled.
 */
export function readConfiguration(): StackConfiguration {
  const config = new pulumi.Config("dockertls");
  const { raw, problems: unreadable } = readRaw(config);
  const parsed = parseWithAliases(raw);
  const { hosts } = "problems" in parsed ? parsed : parsed.configuration;
  const clients = "problems" in parsed ? [] : parsed.configuration.clients.map(readClient);
  const now = Date.now();
  const { authority } = "problems" in parsed ? noAuthorities : parsed.configuration;
  const present = readAuthority("authority", authority.own, now);
  const former = readAuthority("previousAuthority", authority.formerOwn, now);
  const owns: OwnAuthorities = { own: present.own, formerOwn: former.own };
  const isRotating = authority.rotation !== undefined;
  const read = hosts.map((host) => ({ host, ssh: sshOf(host), trust: readTrust(host) }));
  const problems = [
    ...unreadable,
    // A key that can't be read is reported once; that it holds nothing follows from that.
    ...("problems" in parsed ? parsed.problems : []).filter(
      ({ where }) => !unreadable.some((one) => `${where}.`.startsWith(`${one.where}.`)),
    ),
    ...read.flatMap(({ ssh }) => ("problems" in ssh ? ssh.problems : [])),
    ...read.flatMap(({ trust }) => trust.problems),
    ...clients.flatMap((client) => ("problem" in client ? [client.problem] : [])),
    ...present.problems,
    ...(isRotating ? former.problems : []),
    ...authorityProblems(
      owns,
      hosts.filter(({ listener }) => listener.api === "mutual-tls"),
      isRotating,
    ),
    ...plainKeyProblems(raw, isSecret, stackFile),
    ...environmentProblems(),
  ];
  if (problems.length > 0 || "problems" in parsed) throw configurationError(problems);
  const lived = livesUnder(owns, isRotating, now);
  const { lifetimes } = parsed.configuration;
  return {
    ...parsed.configuration,
    authority: { ...parsed.configuration.authority, ...owns },
    lifetimes: { ...lifetimes, server: lived(lifetimes.server), client: lived(lifetimes.client) },
    warnings: [
      ...openKeyFiles(hosts),
      ...openAuthorityKey("authority", authority.own),
      ...openAuthorityKey("previousAuthority", authority.formerOwn),
      ...endingSoon("authority", owns.own, now),
      ...(isRotating ? endingSoon("previousAuthority", owns.formerOwn, now) : []),
    ],
    clients: clients.flatMap((client) =>
      "problem" in client
        ? []
        : [client.group === undefined ? { ...client, lifetime: lived(client.lifetime) } : client],
    ),
    hosts: read.flatMap(({ host, ssh, trust }) =>
      "problems" in ssh
        ? []
        : [
            {
              ...host,
              ssh,
              hasInlineHostKey: host.ssh.hostKey !== undefined,
              authorities: trust.authorities,
              daemonIsSecret:
                isSecret("daemon") || isSecret("base") || (isSecret("hosts") && host.hasOwnDaemon),
              healthCheck: healthCheckOf(host, raw),
            },
          ],
    ),
  };
}

const noAuthorities = {
  authority: { own: undefined, formerOwn: undefined, rotation: undefined },
};

/** How long a certificate lives under these authorities: none outlives who has signed it. */
function livesUnder(
  { own, formerOwn }: OwnAuthorities,
  isRotating: boolean,
  now: number,
): (life: Lifetime) => Lifetime {
  const ends = [own, isRotating ? formerOwn : undefined].flatMap((one) =>
    one === undefined ? [] : [one.endsAt],
  );
  return (life) => (ends.length === 0 ? life : within(life, Math.min(...ends), now));
}

interface Problems {
  readonly problems: readonly Problem[];
}

function readRaw(config: pulumi.Config): { raw: Raw } & Problems {
  const problems: Problem[] = [];
  const read = (key: keyof Raw): unknown => {
    try {
      // The only plain string; all others are JSON, as the engine hands over maps.
      return key === "verification" ? config.get(key) : config.getObject(key);
    } catch {
      problems.push(unreadableKey(key));
      return undefined;
    }
  };
  const raw = {
    // An unknown key would be ignored silently; here it is reported like any other misspelling.
    ...Object.fromEntries(Object.keys(pulumi.runtime.allConfig()).flatMap(ownKey)),
    ...Object.fromEntries(stackKeys.map((key) => [key, read(key)])),
  } as Raw;
  return { raw, problems };
}

function ownKey(key: string): [string, undefined][] {
  const [, name] = /^dockertls:(.*)$/s.exec(key) ?? [];
  return name === undefined ? [] : [[name, undefined]];
}

function sshOf(host: HostConfiguration): ConfiguredHost["ssh"] | Problems {
  const target = readSshTarget(host);
  if ("problems" in target) return target;
  const place = `dockertls:hosts.${host.name}.ssh`;
  const { bastion: gate, sudoPassword, ...own } = target;
  const server = withItsKey(own, place);
  const bastion = gate === undefined ? undefined : withItsKey(gate, `${place}.bastion`);
  if ("problems" in server) return server;
  const machine =
    sudoPassword === undefined ? server : { ...server, sudoPassword: pulumi.secret(sudoPassword) };
  if (bastion === undefined) return machine;
  return "problems" in bastion ? bastion : { ...machine, bastion };
}

/** With the key as the program and its state have it. */
function withItsKey(server: SshServer, place: string): SshServer<pulumi.Output<string>> | Problems {
  const { privateKey, publicKey, ...rest } = server;
  if (publicKey !== undefined) {
    const socket = agentSocket(`${pulumi.getProject()}/${pulumi.getStack()}`, publicKey);
    if (typeof socket === "string") return { ...rest, publicKey, agentSocketPath: socket };
    return { problems: [{ ...socket, where: `${place}.identityFile` }] };
  }
  return privateKey === undefined ? rest : { ...rest, privateKey: pulumi.secret(privateKey) };
}

function configurationError(problems: readonly Problem[]): pulumi.RunError {
  const count = problems.length === 1 ? "" : `${String(problems.length)} problems:\n`;
  return new pulumi.RunError(`${count}${problems.map(formatProblem).join("\n")}`);
}

/** It counts as a secret where a key of the stack that says something of it holds one. */
function healthCheckOf(
  { name, healthCheck }: HostConfiguration,
  raw: Raw,
): HealthCheck | undefined {
  if (healthCheck === undefined) return undefined;
  const places = [
    ["hosts", [name, "healthCheck"]],
    ["defaults", ["healthCheck"]],
    ["base", ["defaults", "healthCheck"]],
  ] as const;
  const saidIn = places.filter(([key, path]) => memberAt(raw[key], path) !== undefined);
  return { ...healthCheck, isSecret: saidIn.some(([key]) => isSecret(key)) };
}

/** Text of the stack's file, which lies where the program runs; undefined where it is another one. */
function stackFile(): string | undefined {
  try {
    return readFileSync(`Pulumi.${pulumi.getStack()}.yaml`, "utf8");
  } catch {
    return undefined;
  }
}

/** Whether a value among these is a secret of the stack; if the SDK can't tell, it counts as one. */
function isSecret(key: keyof Raw): boolean {
  const check: unknown = Reflect.get(pulumi.runtime, "isConfigSecret");
  return (
    typeof check !== "function" || Reflect.apply(check, undefined, [`dockertls:${key}`]) === true
  );
}
