// Stands in for the official `tls` plugin: private keys, certificate requests and certificates.
import type { Plugin } from "../provider.ts";
import { checkKeys } from "../configuration.ts";
import { certRequest } from "./cert-request.ts";
import { locallySignedCert } from "./locally-signed-cert.ts";
import { privateKey } from "./private-key.ts";
import { selfSignedCert } from "./self-signed-cert.ts";
import { TYPES } from "./subject.ts";

export const tls: Plugin = {
  name: "tls",
  version: "5.6.1",
  // As the official plugin says: the engine then sends plain values, and marks them again itself.
  acceptsSecrets: false,
  types: TYPES,
  // The proxy is for data sources alone, and none is stood in for here.
  configuration: { proxy: { type: "object" } },
  resources: {
    "tls:index/privateKey:PrivateKey": privateKey,
    "tls:index/certRequest:CertRequest": certRequest,
    "tls:index/selfSignedCert:SelfSignedCert": selfSignedCert,
    "tls:index/locallySignedCert:LocallySignedCert": locallySignedCert,
  },
  checkConfig: (news) => checkKeys("tls", ["proxy"], news),
};
