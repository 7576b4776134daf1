import * as z from "zod";
import { keyAlgorithms } from "../key-algorithm.ts";
import { hours, text } from "./setting-types.ts";

/** Names of people, machines and groups: they name resources, files and subjects of certificates. */
export const identityName = z
  .string()
  .regex(
    /^[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/,
    "it names files and certificates; use letters, digits, dots, dashes and underscores",
  );

const generation =
  "each generation is an authority of its own; write a whole number from 1, such as 2";

export const keyAlgorithm = z.enum(
  keyAlgorithms,
  `there is no such kind of key; write one of ${keyAlgorithms.join(", ")}`,
);

const identity = z.strictObject(
  {
    group: text("it names no group; write a name of dockertls:groups")
      .optional()
      .describe(
        "Group in `dockertls:groups` whose authority signs the certificate. Without one the stack's own does, and only a rotation of that revokes it. A change makes a new key and certificate; the old one is refused once its group is gone.",
      ),
    hours: hours
      .optional()
      .describe(
        "Life of the certificate, in hours, of which it is renewed after two thirds; without it `tls.clientHours`. A change reissues it; no machine is touched.",
      ),
    algorithm: keyAlgorithm
      .optional()
      .describe(
        "Kind of the key; without it `tls.algorithm`. Old Java clients take RSA only. A change makes a new key and certificate; the old one stays good until it ends.",
      ),
    certificateRequestPem: text("it holds no request; write the PEM text, or the path of its file")
      .optional()
      .describe(
        "A certificate request (PKCS #10), as PEM text or the path of a PEM file: the key was made elsewhere and never leaves its owner. A change reissues the certificate; no machine is touched.",
      ),
  },
  "it says what a client has; write a map, {} for one with the defaults",
);

export const clientsSchema = z
  .record(identityName, identity, "it holds the stack's clients; write a map of their names")
  .default({})
  .describe(
    "People and machines that connect, by name: each has a key and a certificate of its own, which `npm run client` writes. A change touches no machine.",
  );

const group = z.strictObject(
  {
    generation: z
      .int(generation)
      .min(1, generation)
      .default(1)
      .describe(
        "Which authority in the line of this group's. Another number is a new one: every certificate of the group is replaced, and the old ones are refused. A change restarts dockerd on every machine.",
      ),
    algorithm: keyAlgorithm
      .optional()
      .describe(
        "Kind of the authority's key; without it `tls.algorithm`. A change takes effect with the next generation.",
      ),
  },
  "it says what a group has; write a map, {} for one with the defaults",
);

export const groupsSchema = z
  .record(identityName, group, "it holds the stack's groups; write a map of their names")
  .default({})
  .describe(
    "Groups of clients, by name, each with an authority of its own, which machines trust for clients alone. To take a group out is to revoke every certificate of it. A change restarts dockerd on every machine, wave by wave; containers keep running.",
  );

/** What is configured of a person or a machine that connects. */
export type Identity = z.output<typeof identity>;
