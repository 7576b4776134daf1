import * as z from "zod";
import { verifications } from "./verification.ts";
import {
  adoptionShape,
  waitShape,
  daemonSchema,
  hostSchema,
  listenShape,
  unknownKeysFlag,
} from "./host-schema.ts";
import { clientsSchema, groupsSchema } from "./clients-schema.ts";
import { healthShape } from "./health-check-schema.ts";
import { rolloutSchema } from "./rollout-schema.ts";
import { sshSchema } from "./ssh-schema.ts";
import { tlsSchema } from "./tls-schema.ts";

const hostName = /^[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/;

/** What every host of a stack has, unless it says otherwise itself. */
export const defaultsSchema = z
  .strictObject(
    {
      ssh: z
        // A host key of all hosts would be a key that all of them can be taken for each other with.
        .strictObject(
          sshSchema.omit({ hostKey: true, alias: true }).partial().shape,
          "it holds how to log in; write a map",
        )
        .optional()
        .describe("How to log in; a host's own settings come first, one by one."),
      sudo: hostSchema.shape.sudo.optional(),
      sudoPassword: hostSchema.shape.sudoPassword,
      listen: listenShape.listen.optional(),
      listenBy: listenShape.listenBy.optional(),
      socket: listenShape.socket,
      unmanaged: adoptionShape.unmanaged.optional(),
      alsoTrust: adoptionShape.alsoTrust.optional(),
      ...waitShape,
      ...healthShape,
    },
    "it holds settings of hosts; write a map",
  )
  .default({})
  .describe(
    "Settings for every host that does not say otherwise itself: `ssh`, `sudo`, `sudoPassword`, `listen`, `listenBy`, " +
      "`socket`, `unmanaged`, `alsoTrust`, `waitFor`, `healthCheck`. What opens a machine, `api`, each host says for itself.",
  );

export const stackSchema = z.strictObject({
  defaults: defaultsSchema,
  daemon: daemonSchema.describe(
    "Keys of daemon.json for every machine; a host's own `daemon` adds to them, key by key, and in maps member by member. A change reloads dockerd where that puts it in effect, and restarts it otherwise; see the keys.",
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
  clients: clientsSchema,
  groups: groupsSchema,
  rollout: rolloutSchema.describe("How a change goes from machine to machine."),
  allowUnknownKeys: unknownKeysFlag
    .default(false)
    .describe(
      "Lets keys of daemon.json through that dockerd 20.10 to 29 does not know: for a newer one. " +
        "Those that this program owns stay refused. A change does nothing by itself.",
    ),
  verification: z
    .enum(verifications, `there is no such choice; write one of ${verifications.join(", ")}`)
    .default("auto")
    .describe(
      "Which machines the official docker provider connects to as well, a second client beside the proof that every machine gets in any case. " +
        "It is a process of 20 to 70 MB for each of them (the more, the more they share). `every-host`, `canaries` (those of `rollout`, or the first machine by name), " +
        "or `auto`: every host up to ten machines, the canaries from there on. A change touches no machine.",
    ),
});
