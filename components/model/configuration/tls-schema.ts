import * as z from "zod";
import { absolutePath, fileName, hours, port } from "./setting-types.ts";
import { isForTlsFiles } from "../reserved-paths.ts";

const generation =
  "each generation is an authority of its own; write a whole number from 1, such as 2";

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
