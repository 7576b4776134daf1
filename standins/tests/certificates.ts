// Certificates for the servers and clients of these tests, straight from the code under test: the
// tests of the tls plugin prove that they are sound.
import { createPrivateKey, createPublicKey, generateKeyPairSync } from "node:crypto";
import { toPem } from "../tls/key.ts";
import { alternativeNames } from "../tls/x509/alternative-names.ts";
import { issue, parseAuthority, type Authority } from "../tls/x509/issue.ts";
import { toName } from "../tls/x509/name.ts";

export interface Identity {
  readonly cert: string;
  readonly key: string;
}

export interface TestAuthority extends Identity {
  server(address: string): Identity;
  client(): Identity;
}

export function testAuthority(commonName = "test CA"): TestAuthority {
  const root = sign(commonName, ["cert_signing"]);
  const authority = parseAuthority(root.der);
  const leaf = (name: string, use: string, addresses: string[]) =>
    sign(name, ["digital_signature", use], { authority, key: root.identity.key, addresses });
  return {
    ...root.identity,
    server: (address) => leaf("server", "server_auth", [address]).identity,
    client: () => leaf("client", "client_auth", []).identity,
  };
}

interface Signer {
  readonly authority: Authority;
  readonly key: string;
  readonly addresses: string[];
}

function sign(commonName: string, allowedUses: string[], signer?: Signer) {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const key = privateKey.export({ type: "sec1", format: "pem" }).toString();
  const { der } = issue({
    subject: toName({ commonName }),
    names: alternativeNames({ ipAddresses: signer?.addresses ?? [] }),
    publicKey: createPublicKey(privateKey),
    signingKey: signer ? createPrivateKey(signer.key) : privateKey,
    ...(signer && { authority: signer.authority }),
    start: new Date(),
    end: new Date(Date.now() + 3_600_000),
    inputs: {
      allowedUses,
      isCaCertificate: !signer,
      setSubjectKeyId: false,
      validityPeriodHours: 1,
      earlyRenewalHours: 0,
    },
  });
  return { der, identity: { cert: toPem(der, "CERTIFICATE"), key } };
}
