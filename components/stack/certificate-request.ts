import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type * as AsnCsr from "@peculiar/asn1-csr";
import type * as AsnSchema from "@peculiar/asn1-schema";
import type { ClientConfiguration } from "../model/configuration/parse.ts";
import type { Problem } from "../model/problem.ts";
import { codeOf, expanded, quotedPath, wayToRead } from "./files.ts";

/** A client with its certificate request read; undefined: its key is made here. */
export interface ConfiguredClient extends Omit<ClientConfiguration, "certificateRequestPem"> {
  /** PEM, as this program writes it. */
  readonly request: string | undefined;
}

/** A client as the components take it, or what is wrong with its request. Never quotes what is in it. */
export function readClient({
  certificateRequestPem: given,
  ...client
}: ClientConfiguration): ConfiguredClient | { readonly problem: Problem } {
  if (given === undefined) return { ...client, request: undefined };
  const where = `dockertls:clients.${client.name}.certificateRequestPem`;
  const problem = (rest: Omit<Problem, "where">): { readonly problem: Problem } => ({
    problem: { where, ...rest },
  });
  const isText = given.includes("-----BEGIN");
  const name = isText ? "" : `${quotedPath(given)} `;
  let text: string;
  try {
    text = isText ? given : readFileSync(expanded(given), "utf8");
  } catch (error) {
    return problem({
      what: `${name}can't be read (${codeOf(error)})`,
      why: "there is nothing to sign",
      fix: wayToRead(
        error,
        "correct the path, which is relative to the project, or write the PEM text itself",
      ),
    });
  }
  if (text.includes("PRIVATE KEY-----")) {
    return problem({
      what: `${name}holds a private key`,
      why: "it would be kept where only a request belongs",
      fix: "write the request alone, and consider who has seen the key",
    });
  }
  const request = requestIn(text);
  if (request !== undefined) return { ...client, request };
  return problem({
    what: `${name}holds no certificate request`,
    why: "there is nothing to sign",
    fix: "write what `openssl req -new -key KEY -subj /CN=NAME` prints",
  });
}

/** The first request in a text, as PEM. */
function requestIn(text: string): string | undefined {
  const [, , base64 = ""] =
    /-----BEGIN ((?:NEW )?CERTIFICATE REQUEST)-----([^-]+)-----END \1-----/.exec(text) ?? [];
  const der = Buffer.from(base64, "base64");
  // Loaded here: every run would pay for them, and few have a request in their configuration.
  const load = createRequire(import.meta.url);
  const { AsnConvert } = load("@peculiar/asn1-schema") as typeof AsnSchema;
  const { CertificationRequest } = load("@peculiar/asn1-csr") as typeof AsnCsr;
  try {
    AsnConvert.parse(der, CertificationRequest);
  } catch {
    return undefined;
  }
  const lines = der.toString("base64").replace(/.{64}(?=.)/g, "$&\n");
  return `-----BEGIN CERTIFICATE REQUEST-----\n${lines}\n-----END CERTIFICATE REQUEST-----\n`;
}
