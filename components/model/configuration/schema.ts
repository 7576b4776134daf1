import * as z from "zod";
import ipaddr from "ipaddr.js";
import { isAddress } from "../address.ts";
import type { Json } from "../json-value.ts";
import { isHostKey } from "../known-hosts.ts";
import { unmanagedPolicies } from "../daemon-json/merge.ts";
import { verifications } from "./verification.ts";
import { apis, defaultSocket, listenerSources } from "../daemon-json/listener.ts";
import { isForSocket, isForTlsFiles } from "../reserved-paths.ts";

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
const generation =
  "each generation is an authority of its own; write a whole number from 1, such as 2";
const address = text("nothing can be dialled; write the IP address or host name of the machine")
  .refine(
    (value) => !/[A-Za-z0-9]\.$/.test(value),
    "it ends in a dot, and no certificate names it so; leave the dot out",
  )
  .refine(isAddress, "it can't be dialled; write an IP address or a host name");
const ipAddress = text("nothing can listen there; write an IP address of the machine")
  .refine(
    (value) => ipaddr.isValid(value) && isAddress(value),
    "nothing can listen there; write an IP address of the machine, such as 127.0.0.1, or 0.0.0.0 for all of them",
  )
  .transform((value) => ipaddr.parse(value).toString());
/** Safe in units, shells and JSON alike, and without `..`. */
const absolutePath = (what: string): z.ZodString =>
  text(`it names no ${what}; write an absolute path`).regex(
    /^(\/(?!\.{1,2}(\/|$))[A-Za-z0-9._-]+)+$/,
    "it can't be used as it stands; write an absolute path of plain letters, digits, . _ -",
  );
const fileName = text("it names no file; write a file name").regex(
  /^(?!\.{1,2}$)[A-Za-z0-9._-]+$/,
  "it can't be used as it stands; write a file name of plain letters, digits, . _ -",
);
const json: z.ZodType<Json> = z.json();
export const daemonSchema = z
  .record(z.string(), json, "it holds keys of daemon.json; write a map of them")
  .default({})
  .describe(
    "Keys of daemon.json, under their own names. A change reloads dockerd where that puts it in effect, and restarts it otherwise; see the keys.",
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

/** Where dockerd listens; for one machine, or for all of them under `defaults`. */
const listenShape = {
  listen: z
    .preprocess(
      (value) => (typeof value === "string" ? [value] : value),
      z
        .array(ipAddress, "it says where dockerd listens; write an IP address or a list of them")
        .min(1, "nobody could connect; write at least one IP address"),
    )
    .default(["0.0.0.0"])
    .describe(
      "IP addresses of the machine that dockerd listens on; 0.0.0.0 is all of them. With loopback " +
        "alone, clients and proofs come through an SSH tunnel. A change restarts dockerd.",
    ),
  listenBy: z
    .enum(listenerSources, `it is no such place; write one of ${listenerSources.join(", ")}`)
    .default("daemon-json")
    .describe(
      "What tells dockerd where to listen: `hosts` in daemon.json, or `-H` on the command line of " +
        "its unit. A change restarts dockerd.",
    ),
  socket: absolutePath("socket")
    .refine(
      isForSocket,
      "the system, another service or this program itself needs that place; write another path, such as one below /run/docker",
    )
    // unix(7): sun_path, with its closing zero.
    .max(
      107,
      "the kernel takes no longer path for a socket than 107 characters; write a shorter one",
    )
    .default(defaultSocket)
    .describe("Path of the socket for clients on the machine itself. A change restarts dockerd."),
};

/** What becomes of what others have set up; for one machine, or for all of them under `defaults`. */
const adoptionShape = {
  alsoTrust: z
    .preprocess(
      (value) => (typeof value === "string" ? [value] : value),
      z.array(
        text("it names no authority; write the path of a PEM file, or its text"),
        "it says whose clients are let in as well; write the path of a PEM file, or a list of them",
      ),
    )
    .default([])
    .describe(
      "Certificate authorities whose clients the daemon lets in beside this program's own: paths of PEM " +
        "files, relative to the project, or PEM texts. Whoever they sign for has root. A change restarts dockerd.",
    ),
  unmanaged: z
    .enum(unmanagedPolicies, `it is no such choice; write one of ${unmanagedPolicies.join(", ")}`)
    .default("keep")
    .describe(
      "What becomes of keys of daemon.json that the configuration does not name: `keep` leaves them, " +
        "`remove` takes them out while the machine is yours, `data-root` and `storage-driver` included. " +
        "They come back with `keep` and with destroy. A change reloads dockerd or restarts it, as the keys demand.",
    ),
};

export const hostSchema = z.strictObject(
  {
    address: address.describe(
      "IP address or name that SSH and Docker clients dial. A change reissues the certificate and restarts dockerd; when it leads to another machine, the previous one is restored.",
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
    api: z
      .enum(apis, `it is no way to reach a Docker API; write one of ${apis.join(", ")}`)
      .default("mutual-tls")
      .describe(
        "How clients reach the API: `mutual-tls`, or `plain-tcp`, which gives root on the machine to " +
          "whoever can connect. A change restarts dockerd, and closes the other.",
      ),
    iUnderstandThatThisGivesRootToTheNetwork: flag
      .default(false)
      .describe(
        "Must be true for `api: plain-tcp`, and is refused without it. A change does nothing by itself.",
      ),
    allowContainerRestart: flag
      .default(false)
      .describe(
        "Whether dockerd may be restarted where its containers can't be kept running: on a node of a " +
          "Docker Swarm, where dockerd refuses live-restore, or where it would look for its containers " +
          "elsewhere (`data-root` and its like). Without it such a machine is refused and left as it is. " +
          "A change does nothing by itself.",
      ),
    takeOver: flag
      .default(false)
      .describe(
        "Whether the machine may be taken from another stack, or another host of this one, that it " +
          "belongs to: a state that was lost, or a move between stacks. Its original state stays on it, " +
          "for a later `destroy` here. Take it out again once `up` has gone through. A change does nothing by itself.",
      ),
    port: port(2376)
      .optional()
      .describe(
        "Port of the Docker API on this machine; without it `tls.port`, or 2375 with plain TCP. " +
          "A change restarts dockerd.",
      ),
    ...listenShape,
    ...adoptionShape,
  },
  "it describes a machine; write a map with at least `address`",
);

export const tlsSchema = z
  .strictObject(
    {
      generation: z
        .int(generation)
        .min(1, generation)
        .default(1)
        .describe(
          "Which certificate authority in the line of this stack's. Another number is a new authority " +
            "with a new key for every machine and client, and whoever holds the old ones is refused: " +
            "raise it when something is stolen (docs/stolen.md). A number that was used before makes new " +
            "keys all the same. A change restarts dockerd on every machine, and " +
            "clients need a new bundle.",
        ),
      directory: absolutePath("directory")
        .refine(
          isForTlsFiles,
          "files of the system or of this program lie there, or nothing stays there; write a directory of its own, such as /opt/docker-ssl",
        )
        .default("/opt/docker-ssl")
        .describe("Directory of the TLS files on the machines. A change restarts dockerd."),
      files: z
        .strictObject(
          {
            ca: fileName.default("ca.pem").describe("Whom the daemon trusts."),
            cert: fileName.default("cert.pem").describe("The daemon's certificate."),
            key: fileName.default("key.pem").describe("Its private key."),
          },
          "it holds the names of files; write a map of ca, cert and key",
        )
        .prefault({})
        .describe("Names of the TLS files in `directory`. A change restarts dockerd."),
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

/** What every host of a stack has, unless it says otherwise itself. */
export const defaultsSchema = z
  .strictObject(
    {
      ssh: z
        // A host key of all hosts would be a key that all of them can be taken for each other with.
        .strictObject(
          sshSchema.omit({ hostKey: true }).partial().shape,
          "it holds how to log in; write a map",
        )
        .optional()
        .describe("How to log in; a host's own settings come first, one by one."),
      sudo: hostSchema.shape.sudo.optional(),
      listen: listenShape.listen.optional(),
      listenBy: listenShape.listenBy.optional(),
      socket: listenShape.socket.optional(),
      unmanaged: adoptionShape.unmanaged.optional(),
      alsoTrust: adoptionShape.alsoTrust.optional(),
    },
    "it holds settings of hosts; write a map",
  )
  .default({})
  .describe(
    "Settings for every host that does not say otherwise itself: `ssh`, `sudo`, `listen`, `listenBy`, " +
      "`socket`, `unmanaged`, `alsoTrust`. What opens a machine, `api`, each host says for itself.",
  );

export const stackSchema = z.strictObject({
  defaults: defaultsSchema,
  daemon: daemonSchema.describe(
    "Keys of daemon.json for every machine; a host's own `daemon` adds to them, key by key. A change reloads dockerd where that puts it in effect, and restarts it otherwise; see the keys.",
  ),
  hosts: z
    .record(
      z.string().regex(hostName, "it names resources; use letters, digits and dashes"),
      hostSchema,
      "there is no machine to work on; write a map of machines, each with its `address`",
    )
    .describe(
      "The machines, by their names. A changed name at the same address is the same machine under a new certificate: dockerd is restarted.",
    ),
  tls: tlsSchema.describe("How the API is protected."),
  allowUnknownKeys: unknownKeysFlag
    .default(false)
    .describe(
      "Lets keys of daemon.json through that dockerd 20.10 to 29 does not know: for a newer one. " +
        "Those that this program owns stay refused. A change does nothing by itself.",
    ),
  verification: z
    .enum(verifications, `it is no such choice; write one of ${verifications.join(", ")}`)
    .default("auto")
    .describe(
      "Which machines the official docker provider connects to as well, a second client beside the proof that every machine gets in any case. " +
        "It is a process of some 30 MB for each of them. `every-host`, `canaries` (the first machine of the configuration), " +
        "or `auto`: every host up to ten machines, the canaries from there on. A change touches no machine.",
    ),
});
