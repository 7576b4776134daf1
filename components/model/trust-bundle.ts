import { X509Certificate } from "node:crypto";

/** A certificate authority whose clients a daemon accepts beside its own. */
export interface TrustedAuthority {
  /** PEM, as this program writes it. */
  readonly pem: string;
  /** Its subject, on one line. */
  readonly subject: string;
  /** End of its life, milliseconds since 1970. */
  readonly endsAt: number;
}

/** What is wrong with a text that should hold certificates of authorities. Never quotes the text. */
export interface Distrust {
  readonly what: string;
  readonly why: string;
  readonly fix: string;
}

/**
 * The authorities in a PEM text; what stands around its blocks (as `openssl x509 -text` prints) does
 * not count. A private key in it is refused, since the text would be copied to the machines.
 */
export function authoritiesIn(text: string): readonly TrustedAuthority[] | Distrust {
  const blocks = [...text.matchAll(/-----BEGIN ([^-\r\n]+)-----[\s\S]*?-----END \1-----/g)];
  const labels = [...text.matchAll(/-----BEGIN ([^-\r\n]+)-----/g)].map(([, label = ""]) => label);
  if (labels.some((label) => label.includes("PRIVATE KEY"))) {
    return {
      what: "holds a private key",
      why: "it would be copied to the machines, where nobody needs it",
      fix: "name a file of certificates alone, and consider who has seen the key",
    };
  }
  if (labels.some((label) => label !== "CERTIFICATE") || blocks.length !== labels.length) {
    return {
      what: "holds something besides whole certificates",
      why: "dockerd takes nothing else there",
      fix: "keep the blocks from BEGIN CERTIFICATE to END CERTIFICATE",
    };
  }
  const authorities = blocks.map(([block]) => authorityIn(block));
  const faults = authorities.flatMap((one, at) =>
    "fault" in one ? [`certificate ${String(at + 1)} ${one.fault}`] : [],
  );
  if (blocks.length === 0 || faults.length > 0) {
    return {
      what: faults[0] ?? "holds no certificate",
      why: "no client could be let in by it",
      fix: "write the authority's own certificate, in PEM",
    };
  }
  return authorities.filter((one) => "pem" in one);
}

/**
 * What dockerd's `tlscacert` holds: this program's authority first, then the others, each once.
 * With none of them it is that one's text, to the byte.
 */
export function trustBundle(own: string, others: readonly string[]): string {
  if (others.length === 0) return own;
  return [own, ...new Set(others)].map((pem) => `${pem.trimEnd()}\n`).join("");
}

/** The certificates in a PEM text, in its order. */
export function certificatesIn(pem: string): X509Certificate[] {
  return [...pem.matchAll(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g)].map(
    ([block]) => new X509Certificate(block),
  );
}

/** SHA-256 fingerprints, by which a certificate is known whatever stands around it. */
export function fingerprintsOf(pems: readonly string[]): string[] {
  return pems.map((pem) => new X509Certificate(pem).fingerprint256);
}

function authorityIn(block: string): TrustedAuthority | { readonly fault: string } {
  try {
    const certificate = new X509Certificate(block);
    if (!certificate.ca) return { fault: "is not of an authority (it lacks CA:TRUE)" };
    return {
      pem: certificate.toString(),
      subject: certificate.subject.replaceAll("\n", ", "),
      endsAt: certificate.validToDate.getTime(),
    };
  } catch {
    return { fault: "can't be read" };
  }
}
