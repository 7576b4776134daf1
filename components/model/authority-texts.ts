// The PEM texts of an authority that was made elsewhere.
import { createPrivateKey, X509Certificate, type KeyObject } from "node:crypto";
import type { Problem } from "./problem.ts";

/** The settings of an authority, files read. */
export interface AuthorityTexts {
  readonly certificatePem: string;
  readonly privateKeyPem: string;
  readonly chainPem: string | undefined;
}

/** What is wrong, with the setting that it is about. Never quotes what is in it. */
export type AuthorityFault = Omit<Problem, "where"> & { readonly setting: keyof AuthorityTexts };

const curves = ["prime256v1", "secp384r1", "secp521r1"];

const pemLabels = (text: string): string[] =>
  [...text.matchAll(/-----BEGIN ([^-\r\n]+)-----/g)].map(([, label = ""]) => label);

/** The certificates in a text, or what is wrong with it. */
function certificatesOf(
  setting: "certificatePem" | "chainPem",
  text: string,
): { readonly certificates: X509Certificate[] } | { readonly fault: AuthorityFault } {
  const labels = pemLabels(text);
  if (labels.some((label) => label.includes("PRIVATE KEY"))) {
    return {
      fault: {
        setting,
        what: "holds a private key",
        why: "it would go to machines and clients, where nobody needs it",
        fix: "keep the certificates alone here, set the key as privateKeyPem, and consider who has seen it",
      },
    };
  }
  const blocks = [
    ...text.matchAll(/-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g),
  ];
  const broken = {
    setting,
    what: "holds no certificate that can be read",
    why: "nobody could trust it",
    fix: "write it in PEM, from BEGIN CERTIFICATE to END CERTIFICATE",
  };
  if (blocks.length === 0 || blocks.length !== labels.length) return { fault: broken };
  try {
    return { certificates: blocks.map(([block]) => new X509Certificate(block)) };
  } catch {
    return { fault: broken };
  }
}

/** The one that signs. */
export function oneCertificate(
  text: string,
): { readonly certificate: X509Certificate } | { readonly fault: AuthorityFault } {
  const found = certificatesOf("certificatePem", text);
  if ("fault" in found) return found;
  const [certificate, ...others] = found.certificates;
  if (certificate !== undefined && others.length === 0) return { certificate };
  return {
    fault: {
      setting: "certificatePem",
      what: `holds ${String(found.certificates.length)} certificates`,
      why: "one of them signs, and which one must be plain",
      fix: "keep the authority's own, and write those above it as chainPem",
    },
  };
}

/** The key, in the form in which the tls plugin writes its own: states hold it, so one key must always give one text. */
export function signingKey(
  text: string,
): { readonly key: KeyObject; readonly pem: string } | { readonly fault: AuthorityFault } {
  const fault = (what: string, why: string, fix: string): { readonly fault: AuthorityFault } => ({
    fault: { setting: "privateKeyPem", what, why, fix },
  });
  if (/^(-----BEGIN ENCRYPTED|Proc-Type: 4,ENCRYPTED)/m.test(text)) {
    return fault(
      "is protected by a passphrase",
      "nobody is there to type it",
      "set the one that `openssl pkey -in KEY` prints, as a secret of the stack, which keeps it encrypted",
    );
  }
  let key: KeyObject;
  try {
    key = createPrivateKey(text);
  } catch {
    return fault(
      "holds no private key that can be read",
      "nothing could be signed",
      "write the authority's key in PEM, as `openssl pkey -in KEY` prints it",
    );
  }
  const { asymmetricKeyType: kind, asymmetricKeyDetails: details } = key;
  if (kind === "rsa" && (details?.modulusLength ?? 0) >= 2048) {
    return { key, pem: key.export({ format: "pem", type: "pkcs1" }).toString() };
  }
  if (kind === "ec" && curves.includes(details?.namedCurve ?? "")) {
    return { key, pem: key.export({ format: "pem", type: "sec1" }).toString() };
  }
  if (kind === "ed25519") {
    return { key, pem: key.export({ format: "pem", type: "pkcs8" }).toString() };
  }
  return fault(
    "is of a kind that not everybody takes",
    "dockerd and its clients agree on RSA from 2048 bits, ECDSA on P-256, P-384 and P-521, and ED25519",
    "make an authority with a key of one of those",
  );
}

/** Who has signed for it, link by link up to a root. */
export function chainOf(
  own: X509Certificate,
  text: string | undefined,
): { readonly certificates: X509Certificate[] } | { readonly fault: AuthorityFault } {
  if (text === undefined) return { certificates: [] };
  const found = certificatesOf("chainPem", text);
  if ("fault" in found) return found;
  // Such files often begin with the certificate that they are of.
  const chain = found.certificates.filter(
    ({ fingerprint256 }) => fingerprint256 !== own.fingerprint256,
  );
  const fault = (what: string, why: string, fix: string): { readonly fault: AuthorityFault } => ({
    fault: { setting: "chainPem", what, why, fix },
  });
  const all = [own, ...chain];
  const gap = chain.findIndex((issuer, at) => !hasSigned(issuer, all[at]));
  if (gap !== -1) {
    const inOrder = climb(own, chain);
    return inOrder.length === chain.length
      ? fault(
          "is in the wrong order",
          "clients follow it link by link",
          "write the one first that has signed for certificatePem, then the one above it, the root last",
        )
      : fault(
          `certificate ${String(gap + 1)} has not signed for the one before it`,
          "it does not lead from certificatePem to a root",
          "write the one that has signed for certificatePem, then each one above it, the root last",
        );
  }
  const last = all.at(-1);
  if (last !== undefined && chain.length > 0 && !hasSigned(last, last)) {
    return fault(
      "does not end in a root",
      "clients that go by OpenSSL would follow it into nothing",
      "add the root, which has signed for itself, or leave chainPem out",
    );
  }
  return { certificates: chain };
}

/** Those of a list that lead upwards, each by its signature for the one before. */
function climb(from: X509Certificate, list: readonly X509Certificate[]): X509Certificate[] {
  const next = list.find((one) => hasSigned(one, from));
  if (next === undefined) return [];
  return [
    next,
    ...climb(
      next,
      list.filter((one) => one !== next),
    ),
  ];
}

function hasSigned(issuer: X509Certificate, certificate: X509Certificate | undefined): boolean {
  return certificate?.checkIssued(issuer) === true && certificate.verify(issuer.publicKey);
}
