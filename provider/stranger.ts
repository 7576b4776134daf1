import { webcrypto } from "node:crypto";
import type { ClientIdentity } from "./docker-api.ts";

let made: Promise<Omit<ClientIdentity, "ca">> | undefined;

/**
 * A client that nobody knows: a certificate for client authentication, signed by itself. Made once
 * for the life of the plugin, and loaded only then, since most of it is a library for certificates.
 */
export function strangerIdentity(): Promise<Omit<ClientIdentity, "ca">> {
  made ??= makeStranger();
  return made;
}

async function makeStranger(): Promise<Omit<ClientIdentity, "ca">> {
  const x509 = await import("@peculiar/x509");
  const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: "CN=stranger",
    notBefore: new Date(Date.now() - 86_400_000),
    notAfter: new Date(Date.now() + 86_400_000),
    signingAlgorithm: algorithm,
    keys,
    extensions: [new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.clientAuth])],
  });
  const pkcs8 = await webcrypto.subtle.exportKey("pkcs8", keys.privateKey);
  return {
    certificate: certificate.toString("pem"),
    privateKey: x509.PemConverter.encode(pkcs8, "PRIVATE KEY"),
  };
}
