// Keys, requests and certificates from the tls plugin under test.
import { X509Certificate } from "node:crypto";
import { CertificationRequest } from "@peculiar/asn1-csr";
import { AsnConvert } from "@peculiar/asn1-schema";
import { Certificate, Extensions, type Extension } from "@peculiar/asn1-x509";
import { text, type Values } from "../values.ts";
import type { Old, PluginClient } from "./plugin-client.ts";

export const KEY = "tls:index/privateKey:PrivateKey";
export const REQUEST = "tls:index/certRequest:CertRequest";
export const SELF_SIGNED = "tls:index/selfSignedCert:SelfSignedCert";
export const LOCALLY_SIGNED = "tls:index/locallySignedCert:LocallySignedCert";
export const HOUR = 3_600_000;
export const P256 = { algorithm: "ECDSA", ecdsaCurve: "P256" };

export function output({ state }: Old, name: string): string {
  return text(state[name]);
}

export function certificate(old: Old): X509Certificate {
  return new X509Certificate(output(old, "certPem"));
}

/** The extension with this identifier, of a certificate. */
export function extension(old: Old, id: string): Extension | undefined {
  const { tbsCertificate } = AsnConvert.parse(certificate(old).raw, Certificate);
  return tbsCertificate.extensions?.find(({ extnID }) => extnID === id);
}

/** The alternative names that a request asks for. */
export function requestedNames(old: Old): Extension | undefined {
  const base64 = output(old, "certRequestPem").replace(/-----[^-]+-----/g, "");
  const request = AsnConvert.parse(Buffer.from(base64, "base64"), CertificationRequest);
  const { attributes } = request.certificationRequestInfo;
  const [value] = attributes.find(({ type }) => type === EXTENSION_REQUEST)?.values ?? [];
  return value && AsnConvert.parse(value, Extensions).find(({ extnID }) => extnID === NAMES);
}

export const NAMES = "2.5.29.17";
const EXTENSION_REQUEST = "1.2.840.113549.1.9.14";

export interface Material {
  readonly authorityKey: string;
  readonly authority: Old;
  readonly hostKey: string;
  readonly request: Old;
  readonly authorityInputs: (overrides?: Values) => Values;
  readonly requestInputs: (overrides?: Values) => Values;
  readonly leafInputs: (overrides?: Values) => Values;
}

/** An authority, and a request that it can sign. */
export async function material(plugin: PluginClient): Promise<Material> {
  const authorityKey = output(await plugin.make(KEY, P256), "privateKeyPem");
  const hostKey = output(await plugin.make(KEY, P256), "privateKeyPem");
  const authorityInputs = (overrides: Values = {}): Values => ({
    privateKeyPem: authorityKey,
    subject: { commonName: "test CA", organization: "dockertls" },
    validityPeriodHours: 48,
    allowedUses: ["cert_signing", "crl_signing"],
    isCaCertificate: true,
    ...overrides,
  });
  const requestInputs = (overrides: Values = {}): Values => ({
    privateKeyPem: hostKey,
    subject: { commonName: "web-1" },
    dnsNames: ["web-1.example"],
    ipAddresses: ["10.0.0.4", "fd00::4"],
    uris: ["spiffe://example/web-1"],
    ...overrides,
  });
  const authority = await plugin.make(SELF_SIGNED, authorityInputs());
  const request = await plugin.make(REQUEST, requestInputs());
  const leafInputs = (overrides: Values = {}): Values => ({
    certRequestPem: output(request, "certRequestPem"),
    caCertPem: output(authority, "certPem"),
    caPrivateKeyPem: authorityKey,
    validityPeriodHours: 24,
    allowedUses: ["digital_signature", "server_auth"],
    ...overrides,
  });
  return { authorityKey, authority, hostKey, request, authorityInputs, requestInputs, leafInputs };
}
