import { createPrivateKey, generateKeyPair, type KeyObject } from "node:crypto";
import { promisify } from "node:util";

export type Algorithm = "RSA" | "ECDSA" | "ED25519";

export interface KeyInputs {
  readonly algorithm: Algorithm;
  readonly ecdsaCurve: "P224" | "P256" | "P384" | "P521";
  readonly rsaBits: number;
}

export interface GeneratedKey {
  readonly key: KeyObject;
  /** The form of the key's own algorithm, which `privateKeyPem` has. */
  readonly type: "pkcs1" | "sec1" | "pkcs8";
}

const CURVES = { P224: "secp224r1", P256: "prime256v1", P384: "secp384r1", P521: "secp521r1" };
const generate = promisify(generateKeyPair);

export async function generateKey(inputs: KeyInputs): Promise<GeneratedKey> {
  switch (inputs.algorithm) {
    case "RSA": {
      if (inputs.rsaBits < 1024) {
        throw new Error(
          `Unable to generate Key from configuration: crypto/rsa: ${inputs.rsaBits}-bit keys are insecure`,
        );
      }
      const { privateKey } = await generate("rsa", { modulusLength: inputs.rsaBits });
      return { key: privateKey, type: "pkcs1" };
    }
    case "ECDSA": {
      const namedCurve = CURVES[inputs.ecdsaCurve];
      const { privateKey } = await generate("ec", { namedCurve });
      return { key: privateKey, type: "sec1" };
    }
    case "ED25519":
      return { key: (await generate("ed25519")).privateKey, type: "pkcs8" };
  }
}

const PEM_BLOCK = /-----BEGIN ([A-Z0-9 ]+)-----[^-]+-----END \1-----/;

/** The key of the first PEM block; throws, in the official plugin's words, when there is none. */
export function parsePrivateKey(pem: string): { key: KeyObject; algorithm: Algorithm } {
  const [block, preamble] = PEM_BLOCK.exec(pem) ?? [];
  if (block === undefined) {
    throw new Error(`failed to decode PEM block: decoded bytes 0, undecoded ${pem.length}`);
  }
  if (preamble === "OPENSSH PRIVATE KEY") {
    throw new Error(`unsupported PEM preamble/type: ${preamble}`);
  }
  if (!/^((RSA|EC) )?PRIVATE KEY$/.test(preamble ?? "")) {
    throw new Error(`unable to determine parser for PEM preamble: ${preamble}`);
  }
  try {
    const key = createPrivateKey(block);
    return { key, algorithm: algorithmOf(key) };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`failed to parse private key given PEM preamble '${preamble}': ${reason}`);
  }
}

/** The bytes of the first PEM block, which has to be of this type. */
export function parsePem(pem: string, type: string): Buffer {
  const [block, preamble] = PEM_BLOCK.exec(pem) ?? [];
  if (block === undefined) {
    throw new Error(`failed to decode PEM of expected type "${type}" from bytes`);
  }
  if (preamble !== type) {
    throw new Error(`invalid PEM type - expected "${type}", got "${preamble}"`);
  }
  return Buffer.from(block.replace(/-----[^-]+-----/g, ""), "base64");
}

export function toPem(der: Uint8Array, type: string): string {
  const lines =
    Buffer.from(der)
      .toString("base64")
      .match(/.{1,64}/g) ?? [];
  return [`-----BEGIN ${type}-----`, ...lines, `-----END ${type}-----`, ""].join("\n");
}

function algorithmOf(key: KeyObject): Algorithm {
  if (key.asymmetricKeyType === "rsa") return "RSA";
  if (key.asymmetricKeyType === "ec") return "ECDSA";
  if (key.asymmetricKeyType === "ed25519") return "ED25519";
  throw new Error(`unsupported private key type: ${key.asymmetricKeyType}`);
}
