import { createHash, createPublicKey } from "node:crypto";
import { INTEGER, SECRET, STRING } from "../schema.ts";
import type { Values } from "../values.ts";
import { issued } from "./issued.ts";
import { generateKey, type KeyInputs } from "./key.ts";
import { openssh } from "./openssh.ts";
import { oneOf } from "./rules.ts";

export const privateKey = issued({
  inputs: { algorithm: STRING, ecdsaCurve: STRING, rsaBits: INTEGER },
  required: ["algorithm"],
  rules: [
    oneOf("algorithm", ["RSA", "ECDSA", "ED25519"]),
    oneOf("ecdsaCurve", ["P224", "P256", "P384", "P521"]),
  ],
  // Both are there whatever the algorithm is.
  defaults: { ecdsaCurve: "P224", rsaBits: 2048 },
  computed: {
    privateKeyOpenssh: SECRET,
    privateKeyPem: SECRET,
    privateKeyPemPkcs8: SECRET,
    publicKeyFingerprintMd5: STRING,
    publicKeyFingerprintSha256: STRING,
    publicKeyOpenssh: STRING,
    publicKeyPem: STRING,
  },
  showsComputed: true,

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
