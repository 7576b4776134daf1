import type * as z from "zod";
import type { Lifetimes } from "./certificates.ts";
import { configurationNamespace, schemaProblems } from "./configuration-problems.ts";
import {
  daemonSchema,
  hostSchema,
  stackSchema,
  tlsSchema,
  sshSchema,
} from "./configuration-schema.ts";
import { contradictions } from "./contradictions.ts";
import type { DaemonSettings } from "./daemon-keys.ts";
import { daemonSettingsProblems } from "./daemon-problems.ts";
import type { Problem } from "./problem.ts";

/** How to log in to a machine, with what the configuration says literally: files are not read yet. */
export type SshConfiguration = z.output<typeof sshSchema>;

/** One machine, defaults filled in and the daemon keys of all merged in. */
export interface HostConfiguration {
  readonly name: string;
  readonly address: string;
  readonly ssh: SshConfiguration;
  readonly sudo: boolean;
  readonly extraSans: readonly string[];
  readonly daemon: DaemonSettings;
  /** Whether some of `daemon` stands under the host itself. */
  readonly hasOwnDaemon: boolean;
}

/** What a stack asks for. */
export interface Configuration {
  readonly hosts: readonly HostConfiguration[];
  readonly tls: {
    readonly directory: string;
    readonly port: number;
    readonly lifetimes: Lifetimes;
  };
}

type Raw = Readonly<Record<"allowUnknownKeys" | "daemon" | "hosts" | "tls", unknown>>;

/** A configuration that can't be used: everything that is wrong, and the hosts that nothing is. */
export interface Misconfiguration {
  readonly problems: readonly Problem[];
  readonly hosts: readonly HostConfiguration[];
}

/** The configuration, or everything that is wrong with it. Values under the three keys of the stack. */
export function parseConfiguration(
  raw: Raw,
): { readonly configuration: Configuration } | Misconfiguration {
  const result = stackSchema.safeParse(raw);
  const broken = result.success
    ? []
    : firstOfEachPlace(result.error.issues.flatMap((issue) => schemaProblems(issue, raw)));
  // Whatever is right by itself is still looked at: all problems shall be seen in one run.
  const settings = tlsSchema.safeParse(raw.tls).data;
  const shared = daemonSchema.safeParse(raw.daemon).data ?? {};
  const hosts = Object.entries(isMap(raw.hosts) ? raw.hosts : {}).flatMap(([name, value]) => {
    const host = hostSchema.safeParse(withoutUnknown(value)).data;
    return host === undefined ? [] : [hostConfiguration(name, host, shared)];
  });
  const problems = [
    ...broken,
    ...(result.success && hosts.length === 0 ? [noHosts] : []),
    ...daemonSettingsProblems(raw),
    ...contradictions(hosts, settings),
  ];
  if (problems.length > 0 || settings === undefined) return { problems, hosts };
  const { directory, port, ...lifetimes } = settings;
  return { configuration: { hosts, tls: { directory, port, lifetimes } } };
}

const noHosts: Problem = {
  where: `${configurationNamespace}:hosts`,
  what: "is empty",
  why: "there is no machine to work on",
  fix: "write a map of machines, each with its `address`",
};

function hostConfiguration(
  name: string,
  { daemon, allowUnknownKeys: _, ...rest }: z.output<typeof hostSchema>,
  shared: DaemonSettings,
): HostConfiguration {
  const hasOwnDaemon = Object.keys(daemon).length > 0;
  return { name, ...rest, daemon: { ...shared, ...daemon }, hasOwnDaemon };
}

/** One value can break several rules; the first says enough. */
function firstOfEachPlace(problems: readonly Problem[]): Problem[] {
  return [...new Map(problems.toReversed().map((one) => [one.where, one])).values()].reverse();
}

/** A host without the settings that don't exist: they are told, and hide nothing else. */
function withoutUnknown(host: unknown): unknown {
  if (!isMap(host)) return host;
  const known = pick(host, Object.keys(hostSchema.shape));
  const { ssh } = known;
  return isMap(ssh) ? { ...known, ssh: pick(ssh, Object.keys(sshSchema.shape)) } : known;
}

function pick(
  map: Readonly<Record<string, unknown>>,
  keys: readonly string[],
): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(map).filter(([key]) => keys.includes(key)));
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
