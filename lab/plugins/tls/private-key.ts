import type { Values } from "../values.ts";
import { issued } from "./issued.ts";
import { generateKey, type KeyInputs } from "./key.ts";
import { openssh } from "./openssh.ts";
import { createHash, createPublicKey } from "node:crypto";

const COMPUTED = [
  "privateKeyOpenssh",
  "privateKeyPem",
  "privateKeyPemPkcs8",
  "publicKeyFingerprintMd5",
  "publicKeyFingerprintSha256",
  "publicKeyOpenssh",
  "publicKeyPem",
];

export const privateKey = issued({
  required: ["algorithm"],
  optional: ["ecdsaCurve", "rsaBits"],
  rules: [
    { property: "algorithm", attribute: "algorithm", oneOf: ["RSA", "ECDSA", "ED25519"] },
    { property: "ecdsaCurve", attribute: "ecdsa_curve", oneOf: ["P224", "P256", "P384", "P521"] },
  ],
  secrets: ["privateKeyOpenssh", "privateKeyPem", "privateKeyPemPkcs8"],
  // Both are there whatever the algorithm is.
  defaults: { ecdsaCurve: "P224", rsaBits: 2048 },
  computed: COMPUTED,

  async make(inputs: Values) {
    const { algorithm, ecdsaCurve, rsaBits } = inputs as unknown as KeyInputs;
    const { key, type } = await generateKey({ algorithm, ecdsaCurve, rsaBits });
    const publicKey = createPublicKey(key);
    const der = publicKey.export({ type: "spki", format: "der" });
    return {
      id: createHash("sha1").update(der).digest("hex"),
      outputs: {
        privateKeyPem: key.export({ type, format: "pem" }).toString(),
        privateKeyPemPkcs8: key.export({ type: "pkcs8", format: "pem" }).toString(),
        publicKeyPem: publicKey.export({ type: "spki", format: "pem" }).toString(),
        ...openssh(key),
      },
    };
  },
});
