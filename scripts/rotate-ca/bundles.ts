// Whether the clients of a stack have bundles that outlive the rotation: by the files that lie on this machine, and where
// they lie elsewhere, by the record of what was written.
import type { X509Certificate } from "node:crypto";
import { factsOf, type BundleFacts } from "../client/certificates.ts";
import { contextFiles, contextName } from "../client/person-contexts.ts";
import { readIn, statOf } from "../client/private-folder.ts";
import type { Written, WrittenByClient } from "../client/written.ts";
import { bundlesOf } from "../clients/listing.ts";
import { renewal } from "../clients/table.ts";
import type { StateClient, StackState } from "./state.ts";

export interface HandedOut {
  readonly kind: Written["kind"];
  /** Absolute path; empty for a secret of CI. */
  readonly place: string;
  /** ISO 8601. */
  readonly writtenAt: string;
  /** Whether it is good once machines have dropped the old authority. */
  readonly lasts: boolean;
  /** The command that writes it again. */
  readonly command: string;
}

export interface ClientBundles extends StateClient {
  readonly bundles: readonly HandedOut[];
}

/** What is compared of a bundle. */
type Facts = Pick<BundleFacts, "issuer" | "authorities">;

/** @param newer the authority that stays. */
export function handedOut(
  stack: string,
  { clients, hosts }: Pick<StackState, "clients" | "hosts">,
  newer: X509Certificate | undefined,
  written: WrittenByClient,
): ClientBundles[] {
  return clients.map((client) => ({
    ...client,
    bundles: bundlesOf(stack, client.client, written).map((one) => ({
      ...{ kind: one.kind, place: one.place, writtenAt: one.writtenAt },
      lasts:
        newer !== undefined &&
        factsThere(
          one,
          hosts.map(({ host }) => contextName(stack, host)),
        ).every((facts) => outlives(facts, client, newer)),
      command: renewal(stack, client.client, one),
    })),
  }));
}

/** Of a group's client it is the machines that are shown by another authority; its own stays. */
function outlives(
  { issuer, authorities }: Facts,
  { group }: StateClient,
  newer: X509Certificate,
): boolean {
  const [, name = newer.subject.replaceAll("\n", ", ")] = /^CN=(.*)$/m.exec(newer.subject) ?? [];
  return authorities.includes(newer.fingerprint256) && (group !== undefined || issuer === name);
}

/** A context for each machine; what is not there any more is known as it was written. */
function factsThere(written: Written, contexts: readonly string[]): readonly Facts[] {
  const { kind, place } = written;
  if (kind === "secret" || statOf(place) === undefined) return [written];
  try {
    const found =
      kind === "folder"
        ? [{ ca: readIn(place, "ca.pem"), cert: readIn(place, "cert.pem") }]
        : contexts.map((name) => {
            const files = contextFiles(place, name);
            return { ca: files["ca.pem"], cert: files["cert.pem"] };
          });
    const facts = found.flatMap(({ ca, cert }) =>
      ca === undefined || cert === undefined ? [] : [factsOf({ ca, cert })],
    );
    return facts.length > 0 ? facts : [written];
  } catch {
    return [written];
  }
}
