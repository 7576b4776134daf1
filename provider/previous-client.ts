// The client of an authority that was replaced. After a theft somebody else has its files, so a machine
// counts as proven only when it turns that very client away.
import { X509Certificate } from "node:crypto";
import { endpoint as urlOf } from "../components/model/address.ts";
import { isMap } from "../components/model/json-value.ts";
import { formatProblem } from "../components/model/problem.ts";
import type { Endpoint, Opener } from "./docker-api.ts";
import type { Proof, ProofInputs } from "./prove.ts";
import { refusalOfPrevious, refusalProblems } from "./refusals.ts";

/** Whom a machine let in under another authority; all PEM. */
export interface PreviousClient {
  /** The authority that issued its certificate. */
  readonly ca: string;
  readonly certificate: string;
  readonly privateKey: string;
}

/** What a proof takes, and the previous client, if one is known. */
export interface FullProofInputs extends ProofInputs {
  readonly previousClient?: PreviousClient;
}

/**
 * Which client must be turned away from now on: that of the last proof where another authority takes
 * over, else the one that was known before, if any. Whom the new authority's own key vouches for is let
 * in by right. `recorded` are the properties of the last proof without their wrappers, of whatever
 * version; `ca` is undefined with plain TCP, where the last client is kept for later.
 */
export function previousClient(
  recorded: unknown,
  ca: string | undefined,
): PreviousClient | undefined {
  if (!isMap(recorded)) return undefined;
  const { tls, previousClient: known } = recorded;
  const last = isMap(tls)
    ? { ca: tls["ca"], certificate: tls["clientCertificate"], privateKey: tls["clientKey"] }
    : undefined;
  return [last, known]
    .filter(isClient)
    .find((client) => ca === undefined || !isIssuedBy(client, ca));
}

/** The proof, with what came of the previous client where there is one and the endpoint serves. */
export async function withPreviousClient(
  proof: Proof,
  { host, address, port, tls, previousClient: client }: FullProofInputs,
  open?: Opener,
): Promise<Proof> {
  const { answered } = proof;
  if (tls === undefined || client === undefined || answered === undefined) return proof;
  const tell = (line: string): NonNullable<Proof["answered"]> => ({
    ...answered,
    refusals: [...answered.refusals, line],
  });
  if (tls.alsoTrusted?.includes(new X509Certificate(client.ca).fingerprint256) === true) {
    const line = "the client of the previous authority: not tried, alsoTrust lets it in";
    return { ...proof, answered: tell(line) };
  }
  const target: Endpoint = { host: address, port, ...(open === undefined ? {} : { open }) };
  const refusal = await refusalOfPrevious(
    target,
    { ca: tls.ca, certificate: client.certificate, privateKey: client.privateKey },
    hasEnded(client),
  );
  const problems = refusalProblems(`${host}: ${urlOf(address, port)}`, refusal, {
    why: "whoever holds its files still has root on the machine",
    fix: "close the port now, see what `tlscacert` in daemon.json leads to, and run `pulumi up`",
  });
  return {
    answered: tell(`${refusal.client}: ${refusal.verdict}`),
    problems: [...proof.problems, ...problems.map(formatProblem)],
  };
}

function isClient(value: unknown): value is PreviousClient {
  return (
    isMap(value) &&
    ["ca", "certificate", "privateKey"].every((key) => typeof value[key] === "string")
  );
}

function isIssuedBy({ certificate }: PreviousClient, ca: string): boolean {
  return new X509Certificate(certificate).verify(new X509Certificate(ca).publicKey);
}

function hasEnded({ certificate }: PreviousClient): boolean {
  return new X509Certificate(certificate).validToDate.getTime() <= Date.now();
}
