// What an authority that was made elsewhere must allow, and those above it.
import type { X509Certificate } from "node:crypto";
import type { AuthorityFault } from "./authority-texts.ts";
import { extensionsOf, type AuthorityExtensions } from "./certificate-extensions.ts";
import type { Problem } from "./problem.ts";

const serverAuth = "1.3.6.1.5.5.7.3.1";
const clientAuth = "1.3.6.1.5.5.7.3.2";
const anyUse = "2.5.29.37.0";

/** Those of the certificate that signs. */
export function authorityFaults(certificate: X509Certificate, now: number): AuthorityFault[] {
  const problem = problemOfOne(certificate, extensionsOf(certificate.raw), now);
  if (problem === undefined) return [];
  return [{ setting: "certificatePem", ...problem }];
}

/** Those of the certificates above it, from the one that has signed for it on. */
export function chainFaults(
  certificates: readonly X509Certificate[],
  now: number,
): AuthorityFault[] {
  return certificates.flatMap((certificate, at): AuthorityFault[] => {
    const limits = extensionsOf(certificate.raw);
    const problem = problemOfOne(certificate, limits, now);
    const named = (what: string): string => `certificate ${String(at + 1)} ${what}`;
    if (problem !== undefined) {
      return [{ setting: "chainPem", ...problem, what: named(problem.what) }];
    }
    const { pathLength = Infinity } = limits;
    if (pathLength > at) return [];
    return [
      {
        setting: "chainPem",
        what: named(`has path length ${String(pathLength)}`),
        why: `${String(at + 1)} ${at === 0 ? "authority stands" : "authorities stand"} below it, and clients that go by the root would refuse every machine`,
        fix: "have the intermediate signed by one that allows it, or leave chainPem out",
      },
    ];
  });
}

/** What is wrong with one certificate of an authority. */
function problemOfOne(
  certificate: X509Certificate,
  limits: AuthorityExtensions,
  now: number,
): Pick<Problem, "what" | "why" | "fix"> | undefined {
  const day = (date: Date): string => date.toISOString().slice(0, 10);
  if (!limits.isAuthority) {
    return {
      what: "is not of an authority (it lacks CA:TRUE)",
      why: "nobody would take what it signs",
      fix: "write the certificate of an authority, not that of a machine or a person",
    };
  }
  if (!limits.signs) {
    return {
      what: "may not sign certificates (its key usage lacks keyCertSign)",
      why: "nobody would take what it signs",
      fix: "have it issued again with keyCertSign, or without a key usage",
    };
  }
  if (certificate.validToDate.getTime() <= now) {
    return {
      what: `ended on ${day(certificate.validToDate)}`,
      why: "nobody trusts what it has signed any more",
      fix: "have it renewed, with the same key, and write the new one here",
    };
  }
  if (certificate.validFromDate.getTime() > now) {
    return {
      what: `is not valid before ${day(certificate.validFromDate)}`,
      why: "nobody would trust what it signs until then",
      fix: "wait for that day, or set the clock of this machine if it lags",
    };
  }
  const uses = limits.uses;
  if (
    uses !== undefined &&
    !uses.includes(anyUse) &&
    ![serverAuth, clientAuth].every((use) => uses.includes(use))
  ) {
    return {
      what: "is limited to other uses (its extended key usage lacks serverAuth or clientAuth)",
      why: "it has to sign for machines and for clients",
      fix: "have it issued again with both, or without an extended key usage",
    };
  }
  if (limits.nameConstraints?.hasOthers === true) {
    return {
      what: "has name constraints other than of DNS names and IP addresses",
      why: "dockerd knows no others, and refuses everything that is signed under them",
      fix: "have it issued again without them",
    };
  }
  return undefined;
}
