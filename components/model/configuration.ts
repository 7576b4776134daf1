import { closest, distance } from "fastest-levenshtein";
import * as z from "zod";
import { isAddress, subjectAlternativeNames, type Lifetimes } from "./certificates.ts";
import { equalJson } from "./daemon-json.ts";
import { daemonProblems, type DaemonSettings, type Json } from "./daemon-keys.ts";
import { isHostKey } from "./known-hosts.ts";
import { oneLine, type Problem } from "./problem.ts";

const namespace = "dockertls";

// An `error` here is "why; do this": the place and what was found there are added by `problemsOf`.
const port = z
  .int("a port is a whole number from 1 to 65535; write one, such as 2376")
  .min(1, "a port is a whole number from 1 to 65535; write one, such as 2376")
  .max(65535, "a port is a whole number from 1 to 65535; write one, such as 2376");
const text = (fix: string): z.ZodString => z.string(fix).min(1, fix);
const flag = z.boolean("it is a choice; write true or false");
const hours = z
  .int("lifetimes are whole hours; write a number, such as 8760 for a year")
  .min(1, "lifetimes are whole hours; write a number, such as 8760 for a year");
const address = text(
  "nothing can be dialled; write the IP address or host name of the machine",
).refine(isAddress, "it can't be dialled; write an IP address or a host name");
const json: z.ZodType<Json> = z.json();
const daemon = z
  .record(z.string(), json, "it holds keys of daemon.json; write a map of them")
  .default({})
  .describe("Keys of daemon.json, under their own names. Changing one restarts dockerd.");

const ssh = z.strictObject(
  {
    user: text("no user can log in by it; write the name of a user")
      .default("root")
      .describe("User to log in as: root, or one with passwordless sudo (then set `sudo`)."),
    port: port.default(22).describe("Port of the SSH server."),
    hostKey: text("any server would be trusted; write the server's public key")
      .refine(
        isHostKey,
        "it is no ed25519 or ECDSA key; write `algorithm base64` as `ssh-keyscan -t ed25519` prints it",
      )
      .optional()
      .describe("The server's public key, `ssh-ed25519 AAAA…`. This or `knownHosts` is required."),
    knownHosts: text("it names no file; write the path of a known_hosts file")
      .optional()
      .describe("A known_hosts file that holds the server's key, relative to the project."),
    identityFile: text("it names no file; write the path of a private key")
      .optional()
      .describe(
        "A private key file to log in with, relative to the project. Without it and `privateKey`, " +
          "the SSH agent is asked.",
      ),
    privateKey: text("it is no key; set it with `pulumi config set --secret --path`")
      .optional()
      .describe("A private key to log in with, kept as a secret of the stack."),
  },
  "it holds how to log in; write a map",
);

const host = z.strictObject(
  {
    address: address.describe(
      "IP address or name that SSH and Docker clients dial. Changing it reissues the certificate.",
    ),
    ssh: ssh.prefault({}).describe("How to log in to the machine."),
    sudo: flag
      .default(false)
      .describe("Whether remote programs run through `sudo -n`. Needed when the user is not root."),
    extraSans: z
      .array(
        text("it names nothing; write an IP address or a host name").refine(
          isAddress,
          "a certificate can't name it; write an IP address or a host name",
        ),
        "it holds further names; write a list of IP addresses and host names",
      )
      .default([])
      .describe("Names beside `address` that the server certificate covers. A change reissues it."),
    daemon,
  },
  "it describes a machine; write a map with at least `address`",
);

const tls = z
  .strictObject(
    {
      directory: text("it names no directory; write an absolute path")
        .regex(
          /^(\/(?!\.{1,2}(\/|$))[A-Za-z0-9._-]+)+$/,
          "it can't be used as it stands; write an absolute path of plain letters, digits, . _ -",
        )
        .default("/opt/docker-ssl")
        .describe(
          "Directory of ca.pem, cert.pem and key.pem on the machines. A change restarts dockerd.",
        ),
      port: port.default(2376).describe("Port of the Docker API. A change restarts dockerd."),
      caHours: hours
        .default(87600)
        .describe("Life of the certificate authority. A change has no effect on one that exists."),
      serverHours: hours
        .default(8760)
        .describe("Life of server certificates. A change reissues them."),
      clientHours: hours
        .default(8760)
        .describe("Life of client certificates. A change reissues them."),
      renewBeforeHours: hours
        .default(720)
        .describe(
          "Leaf certificates are renewed by the first `pulumi up` this long before they end.",
        ),
    },
    "it holds how the API is protected; write a map",
  )
  .prefault({});

const hostName = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/i;

const schema = z.strictObject({
  daemon: daemon.describe(
    "Keys of daemon.json for every machine; a host's own `daemon` adds to them.",
  ),
  hosts: z
    .record(
      z.string().regex(hostName, "it names resources; use letters, digits and dashes"),
      host,
      "there is no machine to work on; write a map of machines, each with its `address`",
    )
    .describe("The machines, by a name that stays: renaming one is a new machine to the stack."),
  tls: tls.describe("How the API is protected."),
});

/** How to log in to a machine, with what the configuration says literally: files are not read yet. */
export type SshConfiguration = z.output<typeof ssh>;

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

/** The configuration, or everything that is wrong with it. Values under the three keys of the stack. */
export function parseConfiguration(
  raw: Readonly<Record<"daemon" | "hosts" | "tls", unknown>>,
): { readonly configuration: Configuration } | { readonly problems: readonly Problem[] } {
  const result = schema.safeParse(raw);
  if (!result.success) {
    const broken = result.error.issues.flatMap((issue) => problemsOf(issue, raw));
    // One value can break several rules; the first says enough.
    return {
      problems: [...new Map(broken.reverse().map((one) => [one.where, one])).values()].reverse(),
    };
  }
  const { daemon: shared, hosts, tls: settings } = result.data;
  const { directory, port: apiPort, ...lifetimes } = settings;
  const configuration = {
    hosts: Object.entries(hosts).map(([name, { daemon: own, ...rest }]) => ({
      name,
      ...rest,
      daemon: { ...shared, ...own },
      hasOwnDaemon: Object.keys(own).length > 0,
    })),
    tls: { directory, port: apiPort, lifetimes },
  };
  const problems = [
    ...daemonProblems(`${namespace}:daemon`, shared),
    ...Object.entries(hosts).flatMap(([name, { daemon: own }]) =>
      daemonProblems(`${namespace}:hosts.${name}.daemon`, own),
    ),
    ...contradictions(configuration),
  ];
  return problems.length === 0 ? { configuration } : { problems };
}

function sameAddress(one: HostConfiguration, other: HostConfiguration): boolean {
  return equalJson(
    subjectAlternativeNames(one.address, []),
    subjectAlternativeNames(other.address, []),
  );
}

function contradictions({ hosts, tls: { lifetimes } }: Configuration): Problem[] {
  const where = (name: string): string => `${namespace}:hosts.${name}`;
  const none: Problem[] =
    hosts.length > 0
      ? []
      : [
          {
            where: `${namespace}:hosts`,
            what: "is empty",
            why: "there is no machine to work on",
            fix: "write a map of machines, each with its `address`",
          },
        ];
  const twins = hosts.flatMap((machine, index) => {
    const twin = hosts
      .slice(0, index)
      .find((other) => sameAddress(other, machine) && other.ssh.port === machine.ssh.port);
    if (twin === undefined) return [];
    return [
      {
        where: `${where(machine.name)}.address`,
        what: `is also the address of ${twin.name}`,
        why: "two entries would overwrite each other's work on one machine",
        fix: "take one of them out",
      },
    ];
  });
  const trust = hosts.flatMap(({ name, address: dialled, ssh: login }): Problem[] => {
    const place = `${where(name)}.ssh`;
    return [
      ...(login.hostKey === undefined && login.knownHosts === undefined
        ? [
            {
              where: `${place}.hostKey`,
              what: "missing",
              why: "any server would be trusted",
              fix: `add the line that \`ssh-keyscan -t ed25519 -p ${String(login.port)} ${dialled}\` prints, without its first word, once you have verified it; or name a known_hosts file in knownHosts`,
            },
          ]
        : []),
      ...(login.identityFile !== undefined && login.privateKey !== undefined
        ? [
            {
              where: `${place}.identityFile`,
              what: "is set beside privateKey",
              why: "only one key can be used",
              fix: "take one of them out",
            },
          ]
        : []),
    ];
  });
  const early = (["serverHours", "clientHours"] as const).flatMap((life) =>
    lifetimes[life] <= lifetimes.caHours
      ? []
      : [
          {
            where: `${namespace}:tls.${life}`,
            what: `is longer than caHours, ${String(lifetimes.caHours)}`,
            why: "no certificate outlives its authority",
            fix: "shorten it",
          },
        ],
  );
  return [...none, ...twins, ...trust, ...early];
}

/** A finding of zod's as lines of ours. Values are shown only where no secret can stand. */
function problemsOf(issue: z.core.$ZodIssue, raw: unknown): Problem[] {
  const where = placeOf(issue.path);
  if (issue.code === "unrecognized_keys") {
    const known = knownKeys(issue.path);
    return issue.keys.map((key) => {
      const guess = known.length === 0 ? "" : closest(key, known);
      const near = guess !== "" && distance(key, guess) <= 3;
      return {
        where: placeOf([...issue.path, key]),
        what: "is no setting",
        why: "it would have no effect",
        fix: near ? `did you mean "${guess}"?` : `use one of ${known.join(", ")}`,
      };
    });
  }
  if (issue.code === "invalid_key") {
    const [nested] = issue.issues;
    const [why = "", fix = ""] = (nested?.message ?? "").split("; ");
    return [{ where, what: "is no name for a machine", why, fix }];
  }
  const [why = issue.message, ...fix] = issue.message.split("; ");
  return [{ where, what: found(issue.path, raw), why, fix: fix.join("; ") || "correct it" }];
}

function placeOf(path: readonly PropertyKey[]): string {
  const [first = "", ...rest] = path.map(String);
  return [`${namespace}:${first}`, ...rest].join(".");
}

function found(path: readonly PropertyKey[], raw: unknown): string {
  const value = path.reduce<unknown>(
    (inner, key) =>
      typeof inner === "object" && inner !== null ? Reflect.get(inner, key) : undefined,
    raw,
  );
  if (value === undefined || value === null) return "missing";
  // A key may also have been put in the wrong place: whole lines of it where a word should be.
  const hidden =
    ["privateKey", "daemon", "ssh"].includes(String(path.at(-1))) ||
    path.includes("daemon") ||
    (typeof value === "string" && /[\r\n]|-----|[A-Za-z0-9+/=]{40}/.test(value));
  if (hidden) return "has a value of the wrong form";
  return typeof value === "object"
    ? "has the wrong form"
    : `is ${oneLine(JSON.stringify(value), 80)}`;
}

function knownKeys(path: readonly PropertyKey[]): string[] {
  if (path.length === 0) return Object.keys(schema.shape);
  if (path[0] === "tls") return Object.keys(tls.unwrap().shape);
  return Object.keys(path.includes("ssh") ? ssh.shape : host.shape);
}
