import * as z from "zod";
import { keyAlgorithm } from "./clients-schema.ts";
import { absolutePath, fileName, hours, port, text } from "./setting-types.ts";
import { defaultHours } from "../certificates.ts";
import { isForTlsFiles } from "../reserved-paths.ts";

const generation =
  "each generation is an authority of its own; write a whole number from 1, such as 2";

const phases = "a rotation has four phases; write 1, 2, 3 or 4";

const authority = z.strictObject(
  {
    certificatePem: text(
      "nobody knows who signs; write the PEM text, or the path of its file",
    ).describe(
      "Certificate of the authority, as PEM text or the path of a PEM file. One with the same key and a later end renews it: machines and clients get new certificates.",
    ),
    privateKeyPem: text(
      "nothing can be signed without it; write the path of its file, or set the PEM text as a secret",
    ).describe(
      "Its private key: PEM text, as a secret of the stack, or the path of a PEM file without a passphrase.",
    ),
    chainPem: text(
      "it holds no certificate; write the PEM text, or the path of its file, or leave it out",
    )
      .optional()
      .describe(
        "Who has signed for it, then who has signed for that, the root last: PEM text or the path of a PEM file. " +
          "Clients that go by OpenSSL need it for an intermediate, and trust the root then; machines trust the authority alone. " +
          "A change restarts dockerd.",
      ),
  },
  "it holds an authority that was made elsewhere; write a map of certificatePem and privateKeyPem",
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
      phase: z
        .literal([1, 2, 3, 4], phases)
        .default(4)
        .describe(
          "How far a rotation to `generation` has come, in which nobody is cut off (docs/certificates.md). 1: the new " +
            "authority exists, and clients get bundles that are good on both sides; no machine is touched. 2: machines " +
            "take both sides, and are restarted, wave by wave. 3: the same, while bundles are handed out. 4: only the new " +
            "authority counts; machines are restarted once more. A change restarts dockerd from 1 to 2 and from 3 to 4.",
        ),
      previousGeneration: z
        .int(generation)
        .min(1, generation)
        .optional()
        .describe(
          "Generation that a rotation comes from; without it the one before `generation`. A change has no effect in phase 4.",
        ),
      authority: authority
        .optional()
        .describe(
          "Authority of your own that signs for machines and clients; without it one is made. A generation keeps the one that it " +
            "began with: another one takes another `generation`.",
        ),
      previousAuthority: authority
        .optional()
        .describe(
          "Authority of your own that a rotation comes from, until it is over. A change has no effect in phase 4.",
        ),
      algorithm: keyAlgorithm
        .default("ECDSA-P256")
        .describe(
          "Kind of the keys of the authority, the machines and the clients. A change takes effect with the next generation.",
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
        .default(defaultHours.ca)
        .describe(
          "Life of the certificate authority, in hours. It is renewed when two thirds are over, with the same key, so that nobody is cut off. A change has no effect on one that exists.",
        ),
      serverHours: hours
        .optional()
        .describe(
          `Life of server certificates, in hours; without it ${String(defaultHours.server)} (90 days) for a new one, and what it has for one that exists. A change reissues them and restarts dockerd.`,
        ),
      clientHours: hours
        .optional()
        .describe(
          `Life of client certificates, in hours; without it ${String(defaultHours.client)} (30 days) for a new one, and what it has for one that exists. A change reissues them; no machine is touched.`,
        ),
      renewBeforeHours: hours
        .optional()
        .describe(
          "Server and client certificates are renewed by the first `pulumi up` this many hours before they end; without it " +
            "when two thirds of their life are over, each at a time of its own around that. A change takes effect at the next `pulumi up`.",
        ),
    },
    "it holds how the API is protected; write a map",
  )
  .prefault({});
