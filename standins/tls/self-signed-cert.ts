import { createPublicKey } from "node:crypto";
import { BOOLEAN, reference, SECRET, STRING } from "../schema.ts";
import type { Values } from "../values.ts";
import { CERTIFICATE, explained, validity, type CertificateInputs } from "./certificate.ts";
import { issued } from "./issued.ts";
import { parsePrivateKey, toPem } from "./key.ts";
import { NAME_RULES, NAMES } from "./subject.ts";
import type { Subject } from "./x509/name.ts";

interface SelfSignedInputs extends CertificateInputs {
  readonly privateKeyPem: string;
  readonly subject?: Subject;
  readonly dnsNames?: readonly string[];
  readonly ipAddresses?: readonly string[];
  readonly uris?: readonly string[];
}

export const selfSignedCert = issued({
  ...CERTIFICATE,
  inputs: {
    ...CERTIFICATE.inputs,
    ...NAMES,
    privateKeyPem: SECRET,
    setAuthorityKeyId: BOOLEAN,
    subject: reference("tls:index/SelfSignedCertSubject:SelfSignedCertSubject"),
  },
  required: [...CERTIFICATE.required, "privateKeyPem"],
  rules: [...CERTIFICATE.rules, ...NAME_RULES],
  defaults: { ...CERTIFICATE.defaults, setAuthorityKeyId: false },
  computed: { ...CERTIFICATE.computed, keyAlgorithm: STRING },

  async make(values: Values) {
    const inputs = values as unknown as SelfSignedInputs;
    const { key, algorithm } = explained("Failed to parse private key PEM", () =>
      parsePrivateKey(inputs.privateKeyPem),
    );
    const { issue } = await import("./x509/issue.ts");
    const { toName } = await import("./x509/name.ts");
    const { alternativeNames } = await import("./x509/alternative-names.ts");
    const { start, end } = validity(inputs);
    const { serial, der } = issue({
      subject: toName(inputs.subject ?? {}),
      names: alternativeNames(inputs),
      publicKey: createPublicKey(key),
      signingKey: key,
      start,
      end,
      inputs,
    });
    return {
      id: serial,
      outputs: {
        certPem: toPem(der, "CERTIFICATE"),
        keyAlgorithm: algorithm,
        validityStartTime: start.toISOString(),
        validityEndTime: end.toISOString(),
      },
    };
  },
});
