// The clients of a stack: until when their certificates are good, and whether the bundles written here are the
// present ones.
import { join } from "node:path";
import { daysLeft } from "../../components/model/certificates.ts";
import { factsOf, type BundleFacts } from "../client/certificates.ts";
import { recordIn, recordName } from "../client/bundle.ts";
import type { ClientOutputs } from "../client/outputs.ts";
import { contextFiles, contextName } from "../client/person-contexts.ts";
import { readIn, statOf } from "../client/private-folder.ts";
import { usualFolder, type Written, type WrittenByClient } from "../client/written.ts";

export interface BundleStatus {
  readonly kind: Written["kind"];
  /** Absolute path; empty for a secret of CI. */
  readonly place: string;
  readonly writtenAt: string;
  /** `gone`: it is not there any more; what was written there is known all the same. */
  readonly state: "up to date" | "outdated" | "gone";
  /** What is wrong, a line each. */
  readonly problems: readonly string[];
}

export interface ClientStatus extends BundleFacts {
  readonly client: string;
  readonly daysLeft: number;
  /** Who has its key: the stack, or its owner alone. */
  readonly key: "stack" | "owner";
  readonly bundles: readonly BundleStatus[];
}

/** `npm run clients -- --json` prints this. */
export interface ClientsReport {
  readonly stack: string;
  readonly clients: readonly ClientStatus[];
}

export function clientsReport(
  stack: string,
  outputs: ClientOutputs,
  written: WrittenByClient,
  now: number,
): ClientsReport {
  const clients = Object.entries(outputs.clients).map(([client, pems]): ClientStatus => {
    const facts = factsOf(pems);
    return {
      ...{ client, ...facts, daysLeft: daysLeft(Date.parse(facts.notAfter), now) },
      key: pems.key === undefined ? "owner" : "stack",
      bundles: bundlesOf(stack, client, written).map((one) =>
        statusOf(one, facts, Object.keys(outputs.hosts), stack),
      ),
    };
  });
  return { stack, clients };
}

/** What was written for a client; the usual folder counts without a record, too. */
export function bundlesOf(
  stack: string,
  client: string,
  written: WrittenByClient,
): readonly Written[] {
  const known = written[client] ?? [];
  const folder = usualFolder(stack, client);
  if (known.some(({ place }) => place === folder)) return known;
  const record = recordIn(folder);
  return record?.client === client
    ? [...known, { ...record, kind: "folder", place: folder }]
    : known;
}

function statusOf(
  written: Written,
  present: BundleFacts,
  hosts: readonly string[],
  stack: string,
): BundleStatus {
  const { kind, place, writtenAt } = written;
  const found = { kind, place, writtenAt };
  if (kind === "secret") return { ...found, ...compared(written, present) };
  if (statOf(place) === undefined) {
    return { ...found, state: "gone", problems: compared(written, present).problems };
  }
  try {
    if (kind === "folder") {
      const there = { ca: readIn(place, "ca.pem"), cert: readIn(place, "cert.pem") };
      const { state, problems } = comparedFiles(there, present);
      return { ...found, state, problems: [...problems, ...openFiles(place)] };
    }
    const contexts = hosts.map((host) => contextName(stack, host));
    const all = contexts.map((name) => {
      const files = contextFiles(place, name);
      return comparedFiles({ ca: files["ca.pem"], cert: files["cert.pem"] }, present, name);
    });
    const problems = [...new Set(all.flatMap((one) => one.problems))];
    return { ...found, state: problems.length > 0 ? "outdated" : "up to date", problems };
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    return { ...found, state: "outdated", problems: [problem] };
  }
}

type Compared = Pick<BundleStatus, "state" | "problems">;

function comparedFiles(
  { ca, cert }: Record<"ca" | "cert", string | undefined>,
  present: BundleFacts,
  where?: string,
): Compared {
  const lead = where === undefined ? "" : `${where}: `;
  if (ca === undefined || cert === undefined) {
    return {
      state: "outdated",
      problems: [`${lead}${ca === undefined ? "ca" : "cert"}.pem is missing`],
    };
  }
  return compared(factsOf({ ca, cert }), present);
}

function compared(
  { certificate, authorities }: Pick<BundleFacts, "certificate" | "authorities">,
  present: BundleFacts,
): Compared {
  const problems = [
    ...(certificate === present.certificate ? [] : ["the certificate is another one now"]),
    ...(authorities.join() === present.authorities.join()
      ? []
      : ["the authorities to trust are others now"]),
  ];
  return { state: problems.length > 0 ? "outdated" : "up to date", problems };
}

/** What other users can read or reach in a bundle's folder. */
function openFiles(folder: string): string[] {
  const names = ["", recordName, ...(recordIn(folder)?.files ?? []), "key.pem"];
  return [...new Set(names)].flatMap((name) => {
    const mode = (statOf(join(folder, name))?.mode ?? 0) & 0o077;
    const path = join(folder, name);
    return mode === 0 ? [] : [`${path}: open to other users; chmod go= '${path}'`];
  });
}
