// What is to be known of a client's certificates without asking anybody.
import { createPrivateKey } from "node:crypto";
import type { IssuedBundle } from "../../components/model/certificates.ts";
import { certificatesIn } from "../../components/model/trust-bundle.ts";

/** By what two bundles of the same identity are told apart; nothing of it is secret. */
export interface BundleFacts {
  /** SHA-256 of the client's certificate, as openssl prints it. */
  readonly certificate: string;
  /** SHA-256 of each authority that the client trusts. */
  readonly authorities: readonly string[];
  /** Common name of whoever signed for it. */
  readonly issuer: string;
  readonly serial: string;
  /** ISO 8601. */
  readonly notAfter: string;
}

export function factsOf({ ca, cert }: Pick<IssuedBundle, "ca" | "cert">): BundleFacts {
  const [leaf] = certificatesIn(cert);
  if (leaf === undefined) throw new Error("cert: holds no certificate");
  return {
    certificate: leaf.fingerprint256,
    authorities: certificatesIn(ca).map(({ fingerprint256 }) => fingerprint256),
    issuer: /^CN=(.*)$/m.exec(leaf.issuer)?.[1] ?? leaf.issuer.replaceAll("\n", ", "),
    serial: leaf.serialNumber,
    notAfter: new Date(leaf.validTo).toISOString(),
  };
}

/** Whether a key is the one that the certificate was made for; undefined for one with a passphrase. */
export function fits(key: string, cert: string): boolean | undefined {
  try {
    return certificatesIn(cert)[0]?.checkPrivateKey(createPrivateKey(key));
  } catch {
    return undefined;
  }
}
