import * as z from "zod";
import {
  absolutePath,
  address,
  duration,
  flag,
  ipAddress,
  json,
  port,
  text,
} from "./setting-types.ts";
import { healthShape } from "./health-check-schema.ts";
import { sshSchema } from "./ssh-schema.ts";
import { apis, listenerSources } from "../daemon-json/listener.ts";
import { isForSocket } from "../reserved-paths.ts";
import { unmanagedPolicies } from "../daemon-json/merge.ts";
import { isCertificateName } from "../address.ts";

export const daemonSchema = z
  .record(z.string(), json, "it holds keys of daemon.json; write a map of them")
  .default({})
  .describe(
    "Keys of daemon.json, under their own names. Maps merge by member; null takes a member out. A change reloads dockerd where that puts it in effect, and restarts it otherwise; see the keys.",
  );

export const unknownKeysFlag = z.boolean(
  "it says whether keys may pass that this program does not know; write true or false",
);

/** Where dockerd listens; for one machine, or for all of them under `defaults`. */
export const listenShape = {
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
    .enum(listenerSources, `there is no such choice; write one of ${listenerSources.join(", ")}`)
    .default("daemon-json")
    .describe(
      "What tells dockerd where to listen: `hosts` in daemon.json, `-H` on the command line of its unit, or, with " +
        "`socket`, a socket unit by which systemd holds the port: clients wait while dockerd restarts, and an " +
        "address of `listen` may come late. A change restarts dockerd.",
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
    .optional()
    .describe(
      "Path where dockerd itself makes the socket for clients on the machine; systemd's docker.socket then steps " +
        "aside. Without it, local clients are served as the machine serves them, as a rule by docker.socket, which " +
        "stays while dockerd restarts. A change restarts dockerd.",
    ),
};

/** What becomes of what others have set up; for one machine, or for all of them under `defaults`. */
export const adoptionShape = {
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
    .enum(
      unmanagedPolicies,
      `there is no such choice; write one of ${unmanagedPolicies.join(", ")}`,
    )
    .default("keep")
    .describe(
      "What becomes of keys of daemon.json, and of members of its maps, that the configuration does not name: `keep` leaves them, " +
        "`remove` takes them out while the machine is yours, `data-root` and `storage-driver` included. " +
        "They come back with `keep` and with destroy. A change reloads dockerd or restarts it, as the keys demand.",
    ),
};

/** For machines that have just been ordered; for one machine, or for all of them under `defaults`. */
export const waitShape = {
  waitFor: duration
    .optional()
    .describe(
      "How long `up` waits for a machine that is still being set up or boots, such as `10m`: until SSH answers, " +
        "cloud-init has ended, docker is installed and the addresses of `listen` are there. Without it, such a machine is refused. A preview does not wait. A change does nothing by itself.",
    ),
};

const maintenanceForms =
  "it says whether the machine is in maintenance; write true, or why in one line";

export const hostSchema = z.strictObject(
  {
    address: address.describe(
      "IP address or name that SSH and Docker clients dial; without it `HostName` of `ssh.alias`. A change reissues the certificate and restarts dockerd; when it leads to another machine, the previous one is restored.",
    ),
    ssh: sshSchema.prefault({}).describe("How to log in to the machine."),
    sudo: flag
      .default(false)
      .describe(
        "Whether remote programs run through sudo. Needed when the user is not root. A change has no effect on dockerd.",
      ),
    sudoPassword: text("sudo takes none; set it with `pulumi config set --secret --path`")
      .regex(/^[^\r\n\0]*$/, "sudo reads one line; set the password alone")
      .optional()
      .describe(
        "What sudo asks the user for, kept as a secret of the stack; without it sudo must ask for nothing. A change has no effect on dockerd.",
      ),
    extraSans: z
      .array(
        text("it names nothing; write an IP address or a host name").refine(
          isCertificateName,
          "a certificate can't name it; write an IP address, a host name or *. before one, such as *.example.com",
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
      .enum(apis, `that is not a way to reach a Docker API; write one of ${apis.join(", ")}`)
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
          "Docker Swarm, where dockerd refuses live-restore, or where it would look for its images and containers " +
          "elsewhere (`data-root` and its like), those that are stopped included; and where a restart takes along " +
          "units of others. Without it such a change is refused and the machine left as it is. " +
          "A change does nothing by itself.",
      ),
    takeOver: flag
      .default(false)
      .describe(
        "Whether the machine may be taken from another stack, or another host of this one, that it " +
          "belongs to: a state that was lost, or a move between stacks. Its original state stays on it, " +
          "for a later `destroy` here. Take it out again once `up` has gone through. A change does nothing by itself.",
      ),
    ...waitShape,
    ...healthShape,
    maintenance: z
      .union(
        [z.boolean(), z.string().regex(/^\S(.*\S)?$/, maintenanceForms)] as const,
        maintenanceForms,
      )
      .default(false)
      .describe(
        "Whether the machine is left alone: true, or why, which every run shows. Nothing of it is changed, looked at " +
          "or proven, and no wave waits for it. A change does nothing by itself; the first run without it looks, " +
          "repairs and proves as ever.",
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
