import { createHash } from "node:crypto";
import { reference, SECRET, STRING } from "../schema.ts";
import type { Values } from "../values.ts";
import { explained } from "./certificate.ts";
import { issued } from "./issued.ts";
import { parsePrivateKey, toPem } from "./key.ts";
import { NAME_RULES, NAMES } from "./subject.ts";
import type { Subject } from "./x509/name.ts";

interface RequestInputs {
  readonly privateKeyPem: string;
  readonly subject?: Subject;
  readonly dnsNames?: readonly string[];
  readonly ipAddresses?: readonly string[];
  readonly uris?: readonly string[];
}

export const certRequest = issued({
  inputs: {
    ...NAMES,
    privateKeyPem: SECRET,
    subject: reference("tls:index/CertRequestSubject:CertRequestSubject"),
  },
  required: ["privateKeyPem"],
  rules: NAME_RULES,
  computed: { certRequestPem: STRING, keyAlgorithm: STRING },

  async make(values: Values) {
    const inputs = values as unknown as RequestInputs;
    const { key, algorithm } = explained("Failed to parse private key PEM", () =>
      parsePrivateKey(inputs.privateKeyPem),
    );
    const { createRequest } = await import("./x509/request.ts");
    const der = createRequest(key, inputs.subject ?? {}, inputs);
    return {
      id: createHash("sha1").update(der).digest("hex"),
      outputs: { certRequestPem: toPem(der, "CERTIFICATE REQUEST"), keyAlgorithm: algorithm },
    };
  },
});
