// Which daemon, and with which certificates: from the provider's configuration, else from the
// environment. The order of precedence and the errors are the official plugin's.
import { X509Certificate, createPrivateKey } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Values } from "../values.ts";

export interface Settings {
  readonly host: string;
  readonly tls?: TlsMaterial;
}

export interface TlsMaterial {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

const DEFAULT_HOST = "unix:///var/run/docker.sock";

const VARIABLES = {
  host: "DOCKER_HOST",
  caMaterial: "DOCKER_CA_MATERIAL",
  certMaterial: "DOCKER_CERT_MATERIAL",
  keyMaterial: "DOCKER_KEY_MATERIAL",
  certPath: "DOCKER_CERT_PATH",
};

export function settingsOf(config: Values, env: NodeJS.ProcessEnv): Settings {
  const setting = (key: keyof typeof VARIABLES): string => {
    const configured = config[key];
    return typeof configured === "string" ? configured : (env[VARIABLES[key]] ?? "");
  };
  if (config["context"] || env["DOCKER_CONTEXT"]) {
    throw new Error("context: the docker plugin of standins knows no Docker contexts; set host");
  }
  const host = setting("host") || DEFAULT_HOST;
  const certPath = setting("certPath");
  const material = {
    ca: setting("caMaterial"),
    cert: setting("certMaterial"),
    key: setting("keyMaterial"),
  };
  const { ca, cert, key } = material;
  if (ca === "" && cert === "" && key === "") {
    return certPath === "" ? { host } : { host, tls: read(certPath) };
  }
  if (ca === "" || cert === "" || key === "") {
    throw new Error("certMaterial, keyMaterial, and caMaterial must all be specified");
  }
  if (certPath !== "") {
    throw new Error("when using raw certificates, certPath must not be specified");
  }
  assertUsable(material);
  // With material given like this, the environment's host wins over the configured one.
  return { host: env["DOCKER_HOST"] || host, tls: material };
}

function assertUsable({ ca, cert, key }: TlsMaterial): void {
  const block = /-----BEGIN [A-Z0-9 ]+-----/;
  if (!block.test(cert)) throw new Error("tls: failed to find any PEM data in certificate input");
  if (!block.test(key)) throw new Error("tls: failed to find any PEM data in key input");
  const certificate = said("x509: malformed certificate", () => new X509Certificate(cert));
  const privateKey = said("tls: failed to parse private key", () => createPrivateKey(key));
  if (!certificate.checkPrivateKey(privateKey)) {
    throw new Error("tls: private key does not match public key");
  }
  said("could not add RootCA pem", () => new X509Certificate(ca));
}

/** Runs a step that fails in other words than the official plugin's. */
function said<T>(words: string, step: () => T): T {
  try {
    return step();
  } catch {
    throw new Error(words);
  }
}

function read(folder: string): TlsMaterial {
  const file = (name: string, what: string) => {
    const path = join(folder, name);
    try {
      return readFileSync(path, "utf8");
    } catch {
      throw new Error(
        `failed to create tls config: could not read ${what} "${path}": ` +
          `open ${path}: no such file or directory`,
      );
    }
  };
  return {
    ca: file("ca.pem", "CA certificate"),
    cert: file("cert.pem", "X509 key pair"),
    key: file("key.pem", "X509 key pair"),
  };
}
