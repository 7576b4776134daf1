import * as z from "zod";
import { isAddress } from "./certificates.ts";
import type { Json } from "./daemon-keys.ts";
import { isHostKey } from "./known-hosts.ts";

// A message here is "why; do this": the place and what was found there are added by `schemaProblems`.
const port = (example: number): z.ZodInt => {
  const message = `a port is a whole number from 1 to 65535; write one, such as ${String(example)}`;
  return z.int(message).min(1, message).max(65535, message);
};
const text = (fix: string): z.ZodString => z.string(fix).min(1, fix);
const flag = z.boolean("it is a choice; write true or false");
const hours = z
  .int("lifetimes are whole hours; write a number, such as 8760 for a year")
  .min(1, "lifetimes are whole hours; write a number, such as 8760 for a year");
const address = text("nothing can be dialled; write the IP address or host name of the machine")
  .refine(
    (value) => !/[A-Za-z0-9]\.$/.test(value),
    "it ends in a dot, and no certificate names it so; leave the dot out",
  )
  .refine(isAddress, "it can't be dialled; write an IP address or a host name");
const json: z.ZodType<Json> = z.json();
export const daemonSchema = z
  .record(z.string(), json, "it holds keys of daemon.json; write a map of them")
  .default({})
  .describe(
    "Keys of daemon.json, under their own names. A change reloads or restarts dockerd, by key: see below.",
  );
const unknownKeysFlag = z.boolean(
  "it says whether keys may pass that this program does not know; write true or false",
);

export const sshSchema = z.strictObject(
  {
    user: text("no user can log in by it; write the name of a user")
      .default("root")
      .describe(
        "User to log in as: root, or one with passwordless sudo (then set `sudo`). A change has no effect on dockerd.",
      ),
    port: port(22)
      .default(22)
      .describe("Port of the SSH server. A change has no effect on dockerd."),
    hostKey: text("any server would be trusted; write the server's public key")
      .refine(
        isHostKey,
        "it is no ed25519 or ECDSA key; write `algorithm base64` as `ssh-keyscan -t ed25519` prints it",
      )
      .optional()
      .describe(
        "The server's public key, `ssh-ed25519 AAAA…`. This or `knownHosts` is required. A change has no effect on dockerd.",
      ),
    knownHosts: text("it names no file; write the path of a known_hosts file")
      .optional()
      .describe(
        "A known_hosts file that holds the server's key, relative to the project. A change has no effect on dockerd.",
      ),
    identityFile: text("it names no file; write the path of a private key")
      .optional()
      .describe(
        "A private key file to log in with, relative to the project. Without it and `privateKey`, " +
          "the SSH agent is asked. A change has no effect on dockerd.",
      ),
    privateKey: text("it is no key; set it with `pulumi config set --secret --path`")
      .optional()
      .describe(
        "A private key to log in with, kept as a secret of the stack. A change has no effect on dockerd.",
      ),
  },
  "it holds how to log in; write a map",
);

export const hostSchema = z.strictObject(
  {
    address: address.describe(
      "IP address or name that SSH and Docker clients dial. A change reissues the certificate and restarts dockerd; another machine is another name.",
    ),
    ssh: sshSchema.prefault({}).describe("How to log in to the machine."),
    sudo: flag
      .default(false)
      .describe(
        "Whether remote programs run through `sudo -n`. Needed when the user is not root. A change has no effect on dockerd.",
      ),
    extraSans: z
      .array(
        text("it names nothing; write an IP address or a host name").refine(
          isAddress,
          "a certificate can't name it; write an IP address or a host name",
        ),
        "it holds further names; write a list of IP addresses and host names",
      )
      .default([])
      .describe(
        "Names beside `address` that the server certificate covers. A change reissues it and restarts dockerd.",
      ),
    allowUnknownKeys: unknownKeysFlag
      .optional()
      .describe(
        "The stack's `allowUnknownKeys` for this machine alone; it comes first. A change does nothing by itself.",
      ),
    daemon: daemonSchema,
  },
  "it describes a machine; write a map with at least `address`",
);

export const tlsSchema = z
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
      port: port(2376).default(2376).describe("Port of the Docker API. A change restarts dockerd."),
      caHours: hours
        .default(87600)
        .describe(
          "Life of the certificate authority, in hours. A change has no effect on one that exists.",
        ),
      serverHours: hours
        .default(8760)
        .describe(
          "Life of server certificates, in hours. A change reissues them and restarts dockerd.",
        ),
      clientHours: hours
        .default(8760)
        .describe("Life of client certificates, in hours. A change reissues them."),
      renewBeforeHours: hours
        .default(720)
        .describe(
          "Leaf certificates are renewed by the first `pulumi up` this many hours before they end. A change takes effect at the next `pulumi up`.",
        ),
    },
    "it holds how the API is protected; write a map",
  )
  .prefault({});

const hostName = /^[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/;

export const stackSchema = z.strictObject({
  daemon: daemonSchema.describe(
    "Keys of daemon.json for every machine; a host's own `daemon` adds to them, key by key. A change reloads or restarts dockerd, by key: see below.",
  ),
  hosts: z
    .record(
      z.string().regex(hostName, "it names resources; use letters, digits and dashes"),
      hostSchema,
      "there is no machine to work on; write a map of machines, each with its `address`",
    )
    .describe(
      "The machines, by a name that stays. A change of a name is a new machine to the stack, and gives the old one back.",
    ),
  tls: tlsSchema.describe("How the API is protected."),
  allowUnknownKeys: unknownKeysFlag
    .default(false)
    .describe(
      "Lets keys of daemon.json through that dockerd 20.10 to 29 does not know: for a newer one. " +
        "Those that this program owns stay refused. A change does nothing by itself.",
    ),
});
