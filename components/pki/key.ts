import * as tls from "@pulumi/tls";
import type * as pulumi from "@pulumi/pulumi";
import type { KeyAlgorithm } from "../model/key-algorithm.ts";

/** What the tls provider is asked for. Its own default, P-224, is a curve that TLS 1.3 does not know. */
const inputs: Readonly<Record<KeyAlgorithm, tls.PrivateKeyArgs>> = {
  "ECDSA-P256": { algorithm: "ECDSA", ecdsaCurve: "P256" },
  "ECDSA-P384": { algorithm: "ECDSA", ecdsaCurve: "P384" },
  "ECDSA-P521": { algorithm: "ECDSA", ecdsaCurve: "P521" },
  "RSA-2048": { algorithm: "RSA", rsaBits: 2048 },
  "RSA-3072": { algorithm: "RSA", rsaBits: 3072 },
  "RSA-4096": { algorithm: "RSA", rsaBits: 4096 },
  ED25519: { algorithm: "ED25519" },
};

/** A private key. One that exists is kept when `algorithm` changes, unless it `follows` it. */
export function privateKey(
  name: string,
  algorithm: KeyAlgorithm,
  { parent, follows = false }: { readonly parent: pulumi.Resource; readonly follows?: boolean },
): tls.PrivateKey {
  return new tls.PrivateKey(name, inputs[algorithm], {
    parent,
    ...(follows ? {} : { ignoreChanges: ["algorithm", "ecdsaCurve", "rsaBits"] }),
  });
}
