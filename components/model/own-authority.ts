// An authority that was made elsewhere: whether this program can sign with it, and what it says of its limits.
import { authorityFaults, chainFaults } from "./authority-limits.ts";
import {
  chainOf,
  oneCertificate,
  signingKey,
  type AuthorityFault,
  type AuthorityTexts,
} from "./authority-texts.ts";
import { extensionsOf, type AuthorityExtensions } from "./certificate-extensions.ts";
import { sha256 } from "./digest.ts";

/** What a stack signs with, as this program writes it. */
export interface OwnAuthority {
  /** PEM. */
  readonly certificate: string;
  /** PEM, of the form in which the tls plugin writes a key of its kind. */
  readonly privateKey: string;
  /** Who has signed for it, then who has signed for that, up to a root: PEM; empty: nobody is known, or nobody did. */
  readonly chain: readonly string[];
  /** SHA-256 of the public key: by it an authority is the same one after a renewal. */
  readonly key: string;
  /** Its subject, on one line. */
  readonly subject: string;
  readonly validFrom: number;
  /** When it ends, or one above it does; milliseconds since 1970. */
  readonly endsAt: number;
  /** What it may sign, and what those above it let it. */
  readonly limits: readonly AuthorityExtensions[];
}

/** The authority that these texts are of, or what is wrong with them; `now` in milliseconds since 1970. */
export function ownAuthority(
  texts: AuthorityTexts,
  now: number,
): OwnAuthority | { readonly faults: readonly AuthorityFault[] } {
  const certificate = oneCertificate(texts.certificatePem);
  const key = signingKey(texts.privateKeyPem);
  const early = [...("fault" in certificate ? [certificate.fault] : []), ...faultOf(key)];
  if ("fault" in certificate || "fault" in key) return { faults: early };
  const own = certificate.certificate;
  const chain = chainOf(own, texts.chainPem);
  const all = "fault" in chain ? [own] : [own, ...chain.certificates];
  const faults = [
    ...authorityFaults(own, now),
    ...(own.checkPrivateKey(key.key) ? [] : [otherKey]),
    ...("fault" in chain ? [chain.fault] : chainFaults(chain.certificates, now)),
  ];
  if (faults.length > 0) return { faults };
  return {
    certificate: own.toString(),
    privateKey: key.pem,
    chain: all.slice(1).map(String),
    key: sha256(own.publicKey.export({ type: "spki", format: "der" }).toString("base64")),
    subject: own.subject.replaceAll("\n", ", "),
    validFrom: own.validFromDate.getTime(),
    endsAt: Math.min(...all.map(({ validToDate }) => validToDate.getTime())),
    limits: all.map(({ raw }) => extensionsOf(raw)),
  };
}

/**
 * Why an authority that is left behind can't sign for its successor; undefined: it can. Whoever trusts the old one alone
 * follows that signature to the new one's certificates.
 */
export function handoverFault({ limits }: OwnAuthority): string | undefined {
  const full = limits.findIndex(({ pathLength }, above) => (pathLength ?? Infinity) <= above);
  if (full === -1) return undefined;
  const whose = full === 0 ? "its path length" : "the path length of one above it";
  return `${whose} is ${String(limits[full]?.pathLength)}`;
}

function faultOf(found: object): AuthorityFault[] {
  return "fault" in found ? [found.fault as AuthorityFault] : [];
}

const otherKey: AuthorityFault = {
  setting: "privateKeyPem",
  what: "is not the key of certificatePem",
  why: "nobody who trusts that certificate would take what it signs",
  fix: "write the two that belong together",
};
