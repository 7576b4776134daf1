import { SECRET, STRING } from "../schema.ts";
import type { Values } from "../values.ts";
import { CERTIFICATE, explained, validity, type CertificateInputs } from "./certificate.ts";
import { issued } from "./issued.ts";
import { parsePem, parsePrivateKey, toPem } from "./key.ts";

interface LocallySignedInputs extends CertificateInputs {
  readonly caCertPem: string;
  readonly caPrivateKeyPem: string;
  readonly certRequestPem: string;
}

export const locallySignedCert = issued({
  ...CERTIFICATE,
  inputs: {
    ...CERTIFICATE.inputs,
    caCertPem: STRING,
    caPrivateKeyPem: SECRET,
    certRequestPem: STRING,
  },
  required: [...CERTIFICATE.required, "caCertPem", "caPrivateKeyPem", "certRequestPem"],
  computed: { ...CERTIFICATE.computed, caKeyAlgorithm: STRING },

  async make(values: Values, operation) {
    const inputs = values as unknown as LocallySignedInputs;
    const { issue, parseAuthority } = await import("./x509/issue.ts");
    const { parseRequest } = await import("./x509/request.ts");
    const request = explained("Failed to parse certificate request PEM", () =>
      parseRequest(parsePem(inputs.certRequestPem, "CERTIFICATE REQUEST")),
    );
    const { key, algorithm } = explained("Failed to parse CA private key PEM", () =>
      parsePrivateKey(inputs.caPrivateKeyPem),
    );
    const authority = explained("Failed to parse CA certificate PEM", () =>
      parseAuthority(parsePem(inputs.caCertPem, "CERTIFICATE")),
    );
    if (!authority.isAuthority) {
      operation.warn(
        "[WARNING] Certificate provided as Authority does not appear to be a valid Certificate " +
          "Authority. The resulting certificate might fail certificate validation.: " +
          "Potentially Invalid Certificate Authority",
      );
    }
    const { start, end } = validity(inputs);
    const { serial, der } = issue({ ...request, authority, signingKey: key, start, end, inputs });
    return {
      id: serial,
      outputs: {
        caKeyAlgorithm: algorithm,
        certPem: toPem(der, "CERTIFICATE"),
        validityStartTime: start.toISOString(),
        validityEndTime: end.toISOString(),
      },
    };
  },
});
