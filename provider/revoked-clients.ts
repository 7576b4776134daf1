// Clients that machines have let in and must turn away now, since no authority that they were of is trusted any more.
// After a theft somebody else has such files, so a machine counts as proven only when it turns these very clients away.
import { X509Certificate } from "node:crypto";
import { endpoint as urlOf } from "../components/model/address.ts";
import { isMap } from "../components/model/json-value.ts";
import { formatProblem } from "../components/model/problem.ts";
import { certificatesIn } from "../components/model/trust-bundle.ts";
import type { Endpoint, Opener } from "./docker-api.ts";
import type { Proof, ProofInputs, TlsProofInputs } from "./prove.ts";
import { refusalOfRevoked, refusalProblems } from "./refusals.ts";

/** A client that machines let in once; all PEM. */
export interface RevokedClient {
  /** How messages call it. */
  readonly name: string;
  /** The authority that issued its certificate. */
  readonly ca: string;
  readonly certificate: string;
  readonly privateKey: string;
}

/** What a proof takes, and the clients that were revoked, if any are known. */
export interface FullProofInputs extends ProofInputs {
  readonly revokedClients?: readonly RevokedClient[];
}

const previous = "the client of the previous authority";

/**
 * Which clients must be turned away from now on: those of the last proof, and those known before, that no authority
 * vouches for any more; of each name the last one. One whose certificate has ended proves nothing of its authority, and
 * is dropped, but for that of the stack's own. `recorded` are the properties of the last proof without their wrappers, of
 * whatever version; `tls` is undefined with plain TCP, where all are kept for later.
 */
export function revokedClients(
  recorded: unknown,
  tls: Pick<TlsProofInputs, "ca" | "trusted" | "admitted"> | undefined,
): RevokedClient[] {
  if (!isMap(recorded)) return [];
  const known = [
    ...(isMap(recorded["tls"]) ? clientsOf(recorded["tls"]) : []),
    ...listOf(recorded["revokedClients"]),
    // What 0.1.0 called the one that it could know.
    named(previous, recorded["previousClient"]),
  ].filter(isClient);
  const trusted =
    tls === undefined
      ? []
      : [tls.trusted ?? tls.ca, ...(tls.admitted ?? []).map(({ issuer }) => issuer)];
  const revoked = known.filter(
    (client) => !isIssuedBy(client, trusted) && (client.name === previous || !hasEnded(client)),
  );
  return [
    ...new Map(revoked.toReversed().map((client) => [client.name, client])).values(),
  ].reverse();
}

/** The proof, with what came of the revoked clients where there are any and the endpoint serves. */
export async function withRevokedClients(
  proof: Proof,
  { host, address, port, tls, revokedClients: clients = [] }: FullProofInputs,
  open?: Opener,
): Promise<Proof> {
  const { answered } = proof;
  if (tls === undefined || clients.length === 0 || answered === undefined) return proof;
  const target: Endpoint = { host: address, port, ...(open === undefined ? {} : { open }) };
  const tried = await Promise.all(
    clients.map(async (client) => {
      if (tls.alsoTrusted?.includes(new X509Certificate(client.ca).fingerprint256) === true) {
        return { line: `${client.name}: not tried, alsoTrust lets it in`, problems: [] };
      }
      const { name, certificate, privateKey } = client;
      const refusal = await refusalOfRevoked(
        name,
        target,
        { ca: tls.ca, certificate, privateKey },
        hasEnded(client),
      );
      return {
        line: `${name}: ${refusal.verdict}`,
        problems: refusalProblems(`${host}: ${urlOf(address, port)}`, refusal, {
          why: "whoever holds its files still has root on the machine",
          fix: "close the port now, see what `tlscacert` in daemon.json leads to, and run `pulumi up`",
        }),
      };
    }),
  );
  return {
    answered: {
      ...answered,
      refusals: [...answered.refusals, ...tried.map(({ line }) => line)],
    },
    problems: [...proof.problems, ...tried.flatMap(({ problems }) => problems.map(formatProblem))],
  };
}

/** The clients that a proof showed to be let in, by its TLS inputs. */
function clientsOf(tls: Readonly<Record<string, unknown>>): unknown[] {
  const own = {
    ...{ name: previous, ca: tls["ca"] },
    ...{ certificate: tls["clientCertificate"], privateKey: tls["clientKey"] },
  };
  const admitted = listOf(tls["admitted"]).map((client) =>
    isMap(client) ? { ...client, ca: client["issuer"] } : client,
  );
  return [own, ...admitted];
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function named(name: string, value: unknown): unknown {
  return isMap(value) ? { ...value, name } : value;
}

function isClient(value: unknown): value is RevokedClient {
  return (
    isMap(value) &&
    ["name", "ca", "certificate", "privateKey"].every((key) => typeof value[key] === "string")
  );
}

/** Whether one of these vouches for it, or for what it shows behind its certificate; a renewed authority still does. */
function isIssuedBy({ certificate }: RevokedClient, authorities: readonly string[]): boolean {
  const keys = authorities.flatMap(certificatesIn).map(({ publicKey }) => publicKey);
  return certificatesIn(certificate).some((shown) => keys.some((key) => shown.verify(key)));
}

function hasEnded({ certificate }: RevokedClient): boolean {
  return new X509Certificate(certificate).validToDate.getTime() <= Date.now();
}
