import type * as tls from "@pulumi/tls";
import type * as types from "@pulumi/tls/types/input.js";
import type { InputsOf, OutputsOf } from "./contract.ts";

export const PRIVATE_KEY = {
  inputs: {
    algorithm: "string, required",
    ecdsaCurve: "string",
    rsaBits: "integer",
  } satisfies InputsOf<tls.PrivateKeyArgs>,
  outputs: {
    algorithm: "string, required",
    ecdsaCurve: "string, required",
    privateKeyOpenssh: "string, required, secret",
    privateKeyPem: "string, required, secret",
    privateKeyPemPkcs8: "string, required, secret",
    publicKeyFingerprintMd5: "string, required",
    publicKeyFingerprintSha256: "string, required",
    publicKeyOpenssh: "string, required",
    publicKeyPem: "string, required",
    rsaBits: "integer, required",
  } satisfies OutputsOf<tls.PrivateKey>,
};

const names = {
  dnsNames: "list of string",
  ipAddresses: "list of string",
  uris: "list of string",
};

const request = {
  ...names,
  privateKeyPem: "string, required, secret",
  subject: "CertRequestSubject",
} satisfies InputsOf<tls.CertRequestArgs>;

export const CERT_REQUEST = {
  inputs: request,
  outputs: {
    ...request,
    certRequestPem: "string, required",
    keyAlgorithm: "string, required",
  } satisfies OutputsOf<tls.CertRequest>,
};

const settings = {
  allowedUses: "list of string, required",
  earlyRenewalHours: "integer",
  isCaCertificate: "boolean",
  maxPathLength: "integer",
  setSubjectKeyId: "boolean",
  validityPeriodHours: "integer, required",
} as const;

/** What the state always holds, given or not. */
const issued = {
  ...settings,
  certPem: "string, required",
  earlyRenewalHours: "integer, required",
  isCaCertificate: "boolean, required",
  maxPathLength: "integer, required",
  readyForRenewal: "boolean, required",
  setSubjectKeyId: "boolean, required",
  validityEndTime: "string, required",
  validityStartTime: "string, required",
};

const selfSigned = {
  ...settings,
  ...names,
  privateKeyPem: "string, required, secret",
  setAuthorityKeyId: "boolean",
  subject: "SelfSignedCertSubject",
} satisfies InputsOf<tls.SelfSignedCertArgs>;

export const SELF_SIGNED_CERT = {
  inputs: selfSigned,
  outputs: {
    ...selfSigned,
    ...issued,
    keyAlgorithm: "string, required",
    setAuthorityKeyId: "boolean, required",
  } satisfies OutputsOf<tls.SelfSignedCert>,
};

const locallySigned = {
  ...settings,
  caCertPem: "string, required",
  caPrivateKeyPem: "string, required, secret",
  certRequestPem: "string, required",
} satisfies InputsOf<tls.LocallySignedCertArgs>;

export const LOCALLY_SIGNED_CERT = {
  inputs: locallySigned,
  outputs: {
    ...locallySigned,
    ...issued,
    caKeyAlgorithm: "string, required",
  } satisfies OutputsOf<tls.LocallySignedCert>,
};

const subject = {
  commonName: "string",
  country: "string",
  emailAddress: "string",
  locality: "string",
  organization: "string",
  organizationalUnit: "string",
  postalCode: "string",
  province: "string",
  serialNumber: "string",
  streetAddresses: "list of string",
} satisfies InputsOf<types.CertRequestSubject> & InputsOf<types.SelfSignedCertSubject>;

export const TLS_TYPES = { CertRequestSubject: subject, SelfSignedCertSubject: subject };
