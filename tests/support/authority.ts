// Certificates for TLS on loopback, as an authority of the program's would issue them.
import { createPrivateKey, webcrypto } from "node:crypto";

// @peculiar/x509 asks for the polyfill of a proposal (decorator metadata) and then reads nothing from
// it: this little will do, and has to be there first.
Object.assign(Reflect, {
  getMetadata: () => undefined,
  getOwnMetadata: () => undefined,
  defineMetadata: () => undefined,
});
const x509 = await import("@peculiar/x509");

export interface Identity {
  /** PEM. */
  readonly certificate: string;
  /** PEM. */
  readonly privateKey: string;
}

export interface IssueOptions {
  readonly kind?: Kind;
  /** The address that the certificate covers; 127.0.0.1 unless said otherwise. */
  readonly address?: string;
  /** Milliseconds from now; negative: it has ended. */
  readonly endsIn?: number;
}

export interface Authority extends Identity {
  issue(usage: "server" | "client", options?: IssueOptions): Promise<Identity>;
}

const day = 86_400_000;
const algorithms = {
  ECDSA: { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" },
  RSA: {
    name: "RSASSA-PKCS1-v1_5",
    modulusLength: 2048,
    publicExponent: new Uint8Array([1, 0, 1]),
    hash: "SHA-256",
  },
};
type Kind = keyof typeof algorithms;

async function keyPair(kind: Kind): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(algorithms[kind], true, ["sign", "verify"]);
}

async function pemOf(key: webcrypto.CryptoKey): Promise<string> {
  return x509.PemConverter.encode(await webcrypto.subtle.exportKey("pkcs8", key), "PRIVATE KEY");
}

/** A key that was made elsewhere, and the request for a certificate of it. */
export async function makeRequest(
  name: string,
): Promise<{ readonly request: string; readonly privateKey: string }> {
  const keys = await keyPair("ECDSA");
  const request = await x509.Pkcs10CertificateRequestGenerator.create({
    ...{ name: `CN=${name}`, keys, signingAlgorithm: algorithms.ECDSA },
  });
  return { request: request.toString("pem"), privateKey: await pemOf(keys.privateKey) };
}

export async function makeAuthority(name: string): Promise<Authority> {
  const keys = await keyPair("ECDSA");
  const root = await x509.X509CertificateGenerator.createSelfSigned({
    name: `CN=${name}`,
    notBefore: new Date(Date.now() - day),
    notAfter: new Date(Date.now() + day),
    signingAlgorithm: algorithms.ECDSA,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign, true),
    ],
  });
  return authorityOf(root, keys.privateKey);
}

/** An authority by its files: what whoever has stolen them can do. Its key is one of P-256. */
export async function stolenAuthority({ certificate, privateKey }: Identity): Promise<Authority> {
  const der = createPrivateKey(privateKey).export({ type: "pkcs8", format: "der" });
  const key = await webcrypto.subtle.importKey("pkcs8", der, algorithms.ECDSA, true, ["sign"]);
  return authorityOf(new x509.X509Certificate(certificate), key);
}

async function authorityOf(
  root: InstanceType<typeof x509.X509Certificate>,
  signingKey: webcrypto.CryptoKey,
): Promise<Authority> {
  return {
    certificate: root.toString("pem"),
    privateKey: await pemOf(signingKey),
    async issue(usage, { kind = "ECDSA", address = "127.0.0.1", endsIn = day } = {}) {
      const own = await keyPair(kind);
      const purpose =
        usage === "server" ? x509.ExtendedKeyUsage.serverAuth : x509.ExtendedKeyUsage.clientAuth;
      const certificate = await x509.X509CertificateGenerator.create({
        subject: `CN=${usage}`,
        // As it is encoded there: a verifier compares bytes.
        issuer: root.subjectName,
        notBefore: new Date(Date.now() - 2 * day),
        notAfter: new Date(Date.now() + endsIn),
        signingAlgorithm: algorithms.ECDSA,
        publicKey: own.publicKey,
        signingKey,
        extensions: [
          new x509.ExtendedKeyUsageExtension([purpose]),
          new x509.SubjectAlternativeNameExtension([{ type: "ip", value: address }]),
        ],
      });
      return { certificate: certificate.toString("pem"), privateKey: await pemOf(own.privateKey) };
    },
  };
}

/** What TLS takes of a proof: whom its clients trust, and who they are; see provider/prove.ts. */
export function proofTls(parts: {
  readonly authority: Authority;
  readonly server: Identity;
  readonly client: Identity;
  readonly untrusted: Identity;
}): Readonly<Record<string, unknown>> {
  const { authority, server, client, untrusted } = parts;
  return {
    ca: authority.certificate,
    clientCertificate: client.certificate,
    clientKey: client.privateKey,
    strangerCertificate: untrusted.certificate,
    strangerKey: untrusted.privateKey,
    serverCertificate: server.certificate,
  };
}
