// The clients of a stack, for a person.
import { columns, plain, type Terminal } from "../../doctor/terminal.ts";
import { oneLine } from "../../components/model/problem.ts";
import { shown } from "../client/told.ts";
import { usualFolder } from "../client/written.ts";
import type { BundleStatus, ClientsReport, ClientStatus } from "./listing.ts";

/** A line for each bundle that was written, or one that says that there is none. */
export function clientsTable(
  { stack, clients }: ClientsReport,
  terminal: Terminal = plain,
): string[] {
  if (clients.length === 0) return [`stack ${stack} has no clients`];
  const header = ["CLIENT", "ISSUER", "FINGERPRINT", "DAYS", "BUNDLE"];
  const rows = clients.flatMap((client) => rowsOf(stack, client));
  const lines = columns([header, ...rows], terminal, (row) => {
    const word = /^(outdated|up to date)/.exec(row.at(-1) ?? "")?.[0];
    return word === undefined ? undefined : { word, colour: word === "outdated" ? "red" : "green" };
  });
  // Where the text has a line of its own, there may be nothing before it.
  return lines.filter((line) => line.trim() !== "");
}

function rowsOf(stack: string, status: ClientStatus): string[][] {
  const { client, issuer, certificate, daysLeft, bundles } = status;
  const texts =
    bundles.length === 0 ? ["none written here"] : bundles.map((one) => textOf(stack, client, one));
  return texts.map((text, at) =>
    at === 0
      ? [client, oneLine(issuer), certificate.slice(0, 11), String(daysLeft), text]
      : ["", "", "", "", text],
  );
}

function textOf(stack: string, client: string, bundle: BundleStatus): string {
  const { kind, place, writtenAt, state, problems } = bundle;
  const where = { folder: shown(place), contexts: `contexts in ${place}`, secret: "secret for CI" }[
    kind
  ];
  const when = `written ${writtenAt.slice(0, 16).replace("T", " ")}`;
  const isOutdated = state === "outdated" || (state === "gone" && problems.length > 0);
  return [
    `${state}: ${where}, ${when}`,
    ...problems,
    ...(isOutdated ? [renewal(stack, client, bundle)] : []),
  ].join("; ");
}

/** The command that writes it again. */
export function renewal(
  stack: string,
  client: string,
  { kind, place }: Pick<BundleStatus, "kind" | "place">,
): string {
  const own = `-- ${client} --stack ${stack}`;
  if (kind === "secret") return `npm run --silent client ${own} --ci`;
  if (kind === "contexts") return `npm run client ${own} --contexts`;
  return `npm run client ${own}${place === usualFolder(stack, client) ? "" : ` --out ${shown(place)}`}`;
}
