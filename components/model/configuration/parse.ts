import type * as z from "zod";
import { defaultHours, lifetime, type Lifetime, type Lifetimes } from "../certificates.ts";
import { clientProblems } from "./client-checks.ts";
import type { Identity } from "./clients-schema.ts";
import type { KeyAlgorithm } from "../key-algorithm.ts";
import { configurationNamespace, meantPlaces, schemaProblems } from "./problems.ts";
import { defaultsSchema, stackSchema } from "./schema.ts";
import { tlsSchema } from "./tls-schema.ts";
import { daemonSchema, hostSchema } from "./host-schema.ts";
import { crossFieldProblems, unknownCanaries } from "./cross-field-checks.ts";
import type { DaemonSettings } from "../daemon-json/keys.ts";
import { patchOfBoth } from "../daemon-json/members.ts";
import { daemonSettingsProblems } from "./daemon-checks.ts";
import { baseKey, baseProblems, placedIn, withBase } from "./base.ts";
import { withDefaults } from "./defaults.ts";
import type { HealthCheck } from "../health-check.ts";
import { isMap } from "../json-value.ts";
import type { UnmanagedPolicy } from "../daemon-json/merge.ts";
import { defaultPorts, namesOf, type Listener } from "../daemon-json/listener.ts";
import type { Problem } from "../problem.ts";
import type { Rollout } from "./rollout-schema.ts";
import { sshSchema } from "./ssh-schema.ts";
import type { Verification } from "./verification.ts";

/** How to log in to a machine, with what the configuration says literally: files are not read yet. */
export type SshConfiguration = z.output<typeof sshSchema>;

/** One machine, defaults filled in and the daemon keys of all merged in. */
export interface HostConfiguration {
  readonly name: string;
  readonly address: string;
  readonly ssh: SshConfiguration;
  readonly sudo: boolean;
  /** What sudo asks for, if it does. */
  readonly sudoPassword: string | undefined;
  readonly listener: Listener;
  /** Whether the machine may be taken over from any owner. */
  readonly takeOver: boolean;
  /** Seconds that a machine is waited for that is still being set up; undefined: none. */
  readonly waitFor: number | undefined;
  /** What must pass before a change and after it. */
  readonly healthCheck: Omit<HealthCheck, "isSecret"> | undefined;
  /** Whether the machine is left alone; a text says why. */
  readonly maintenance: boolean | string;
  /** Whether the operator has acknowledged that plain TCP gives root to the network. */
  readonly plainTcpAcknowledged: boolean;
  /** Whether a restart may go ahead that would stop running containers. */
  readonly allowContainerRestart: boolean;
  /** Names beside the address that the server certificate covers. */
  readonly extraSans: readonly string[];
  /** PEM texts, or paths of PEM files: authorities whose clients are let in as well. */
  readonly alsoTrust: readonly string[];
  readonly daemon: DaemonSettings;
  /** What becomes of keys that `daemon` does not name; see DesiredHost. */
  readonly unmanaged: UnmanagedPolicy;
  /** Whether some of `daemon` stands under the host itself. */
  readonly hasOwnDaemon: boolean;
}

/** A person or a machine that connects to the API. */
export interface ClientConfiguration {
  readonly name: string;
  /** Group whose authority signs the certificate; undefined: the stack's own does. */
  readonly group: string | undefined;
  readonly lifetime: Lifetime;
  /** Kind of the key; undefined: the stack's. */
  readonly algorithm: KeyAlgorithm | undefined;
  /** A request for a key that was made elsewhere, as PEM text or the path of a PEM file. */
  readonly certificateRequestPem: string | undefined;
}

/** Clients with an authority of their own. */
export interface GroupConfiguration {
  readonly name: string;
  readonly generation: number;
  readonly algorithm: KeyAlgorithm;
}

/** An authority that was made elsewhere: PEM texts, or paths of PEM files. */
export interface AuthoritySettings {
  readonly certificatePem: string;
  readonly privateKeyPem: string;
  readonly chainPem?: string | undefined;
}

/** The authority of a stack. */
export interface AuthorityConfiguration {
  /** Which one in the line of this stack's, from 1; all keys are of the same one. */
  readonly generation: number;
  /** Kind of the keys of a generation that begins. */
  readonly algorithm: KeyAlgorithm;
  /** The rotation to `generation` that is under way; undefined: none is. */
  readonly rotation:
    | {
        /** The generation that is still trusted. */
        readonly from: number;
        /** From 2 on machines have certificates of the new one; clients have from the beginning. */
        readonly phase: 1 | 2 | 3;
      }
    | undefined;
  /** Who signs; undefined: an authority that is made here. */
  readonly own: AuthoritySettings | undefined;
  /** Who has signed until the rotation; undefined: an authority that was made here. */
  readonly formerOwn: AuthoritySettings | undefined;
}

/** What a stack asks for. */
export interface Configuration {
  readonly hosts: readonly HostConfiguration[];
  readonly clients: readonly ClientConfiguration[];
  readonly groups: readonly GroupConfiguration[];
  readonly lifetimes: Lifetimes;
  readonly authority: AuthorityConfiguration;
  /** Which machines the docker provider proves as well. */
  readonly verification: Verification;
  /** How a change goes from machine to machine. */
  readonly rollout: Rollout;
}

/** The keys of a stack's configuration, without their namespace. */
export const stackKeys = [
  "allowUnknownKeys",
  baseKey,
  "clients",
  "daemon",
  "defaults",
  "groups",
  "hosts",
  "rollout",
  "tls",
  "verification",
] as const;
export type Raw = Readonly<Record<(typeof stackKeys)[number], unknown>>;

/** The same with the base under it. */
export type Settled = Omit<Raw, typeof baseKey>;

type TlsSettings = z.output<typeof tlsSchema>;

/** A configuration that can't be used: everything that is wrong, and the hosts that are right. */
export interface Misconfiguration {
  readonly problems: readonly Problem[];
  readonly hosts: readonly HostConfiguration[];
}

/** The configuration, or everything that is wrong with it. Values under the keys of the stack. */
export function parseConfiguration({
  base,
  ...own
}: Raw): { readonly configuration: Configuration } | Misconfiguration {
  const parsed = parseWhole(withBase(own, base) as Settled);
  const wrong = baseProblems(base);
  if (!("problems" in parsed) && wrong.length === 0) return parsed;
  const problems = "problems" in parsed ? parsed.problems : [];
  const hosts = "problems" in parsed ? parsed.hosts : parsed.configuration.hosts;
  const placed = placedIn(base, own);
  return { problems: [...wrong, ...problems.map(placed)], hosts };
}

function parseWhole(given: Settled): { readonly configuration: Configuration } | Misconfiguration {
  // Wrong defaults are reported once, under their own key, not again for every host.
  const known = withoutUnknown(given.defaults, defaultsSchema.unwrap().shape);
  const defaultsAreRight = defaultsSchema.safeParse(known).success;
  const raw = { ...given, hosts: withDefaults(given.hosts, defaultsAreRight ? known : {}) };
  const { data, error } = stackSchema.safeParse(raw);
  const settings: Settings = data ?? salvaged(raw);
  const hosts = Object.entries(settings.hosts).map(([name, host]) =>
    hostConfiguration(name, host, settings.daemon, settings.tls ?? tlsSchema.parse({})),
  );
  const issues = error?.issues ?? [];
  const meant = meantPlaces(issues);
  const problems = [
    ...firstOfEachPlace(issues.flatMap((issue) => schemaProblems(issue, raw))),
    ...(data !== undefined && hosts.length === 0 ? [noHosts] : []),
    ...daemonSettingsProblems(raw),
    ...(data === undefined ? [] : unknownCanaries(Object.keys(data.hosts), data.rollout)),
    ...(data === undefined ? [] : clientProblems(data)),
    ...crossFieldProblems(hosts, settings.tls).filter(
      // A key that broken defaults may have held is not missing.
      ({ where }) => defaultsAreRight || !where.endsWith(".ssh.hostKey"),
    ),
  ].filter(({ where, what }) => what !== "missing" || !meant.includes(where));
  if (problems.length > 0 || data === undefined) return { problems, hosts };
  const { verification, rollout, tls } = data;
  const lifetimes = lifetimesOf(tls);
  return {
    configuration: {
      ...{ hosts, lifetimes, verification, rollout },
      authority: authorityOf(tls),
      clients: sorted(data.clients).map(([name, client]) => clientOf(name, client, lifetimes)),
      groups: sorted(data.groups).map(([name, { generation, algorithm }]) => ({
        ...{ name, generation },
        algorithm: algorithm ?? tls.algorithm,
      })),
    },
  };
}

/** By name, so that the order of the configuration changes nothing on a machine. */
function sorted<T>(map: Readonly<Record<string, T>>): [string, T][] {
  return Object.entries(map).sort(([one], [other]) => (one < other ? -1 : 1));
}

function lifetimesOf(tls: TlsSettings): Lifetimes {
  return {
    ca: lifetime(tls.caHours, defaultHours.ca),
    server: lifetime(tls.serverHours, defaultHours.server, tls.renewBeforeHours),
    client: lifetime(tls.clientHours, defaultHours.client, tls.renewBeforeHours),
  };
}

function authorityOf({
  generation,
  algorithm,
  phase,
  previousGeneration,
  authority: own,
  previousAuthority: formerOwn,
}: TlsSettings): AuthorityConfiguration {
  const from = previousGeneration ?? generation - 1;
  const rotation = phase === 4 ? undefined : { from, phase };
  return { generation, algorithm, rotation, own, formerOwn };
}

function clientOf(name: string, client: Identity, { client: all }: Lifetimes): ClientConfiguration {
  const { group, hours, algorithm, certificateRequestPem } = client;
  return {
    ...{ name, group, algorithm, certificateRequestPem },
    lifetime: hours === undefined ? all : lifetime(hours, hours),
  };
}

/** What the checks after the schema's work on. */
interface Settings {
  readonly tls: TlsSettings | undefined;
  readonly daemon: DaemonSettings;
  readonly hosts: Readonly<Record<string, z.output<typeof hostSchema>>>;
}

/** The parts of a wrong configuration that are right by themselves, so that one run shows all problems. */
function salvaged(raw: Settled): Settings {
  const hosts = Object.entries(isMap(raw.hosts) ? raw.hosts : {}).flatMap(([name, value]) => {
    const host = hostSchema.safeParse(withoutUnknown(value, hostSchema.shape)).data;
    return host === undefined ? [] : [[name, host] as const];
  });
  return {
    tls: tlsSchema.safeParse(raw.tls).data,
    daemon: daemonSchema.safeParse(raw.daemon).data ?? {},
    hosts: Object.fromEntries(hosts),
  };
}

const noHosts: Problem = {
  where: `${configurationNamespace}:hosts`,
  what: "is empty",
  why: "there is no machine to work on",
  fix: "write a map of machines, each with its `address`",
};

function hostConfiguration(
  name: string,
  host: z.output<typeof hostSchema>,
  shared: DaemonSettings,
  tls: TlsSettings,
): HostConfiguration {
  const { daemon, api, listen, listenBy, socket } = host;
  const place = (file: string): string => `${tls.directory}/${file}`;
  const { ca, cert, key } = tls.files;
  const listener: Listener = {
    api,
    addresses: [...new Set(listen)],
    port: host.port ?? (api === "mutual-tls" ? tls.port : defaultPorts[api]),
    configuredBy: listenBy,
    ...(socket === undefined ? {} : { socket }),
    ...(api === "mutual-tls"
      ? { files: { ca: place(ca), cert: place(cert), key: place(key) } }
      : {}),
  };
  return {
    name,
    address: host.address,
    ssh: host.ssh,
    sudo: host.sudo,
    sudoPassword: host.sudoPassword,
    listener,
    takeOver: host.takeOver,
    waitFor: host.waitFor,
    healthCheck: healthCheckIn(host),
    maintenance: host.maintenance,
    plainTcpAcknowledged: host.iUnderstandThatThisGivesRootToTheNetwork,
    allowContainerRestart: host.allowContainerRestart,
    extraSans: [...host.extraSans, ...namesOf(listener)],
    daemon: patchOfBoth(shared, daemon),
    unmanaged: host.unmanaged,
    alsoTrust: host.alsoTrust,
    hasOwnDaemon: Object.keys(daemon).length > 0,
  };
}

function healthCheckIn({
  healthCheck,
}: z.output<typeof hostSchema>): HostConfiguration["healthCheck"] {
  if (healthCheck === undefined) return undefined;
  const { command, timeout, before } = healthCheck;
  return { command, seconds: timeout, before };
}

/** One value can break several rules; the first is enough to report. */
function firstOfEachPlace(problems: readonly Problem[]): Problem[] {
  return [...new Map(problems.toReversed().map((one) => [one.where, one])).values()].reverse();
}

/** Settings without those that don't exist, which are reported and hide no other problem. */
function withoutUnknown(settings: unknown, shape: Readonly<Record<string, unknown>>): unknown {
  if (!isMap(settings)) return settings;
  const known = pick(settings, Object.keys(shape));
  const { ssh } = known;
  return isMap(ssh) ? { ...known, ssh: pick(ssh, Object.keys(sshSchema.shape)) } : known;
}

function pick(
  map: Readonly<Record<string, unknown>>,
  keys: readonly string[],
): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(map).filter(([key]) => keys.includes(key)));
}
