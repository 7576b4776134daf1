// What a person is told once a bundle is written.
import { join, relative } from "node:path";
import { oneLine } from "../../components/model/problem.ts";
import type { Bundle, WrittenBundle } from "./bundle.ts";
import { daysLeft } from "../../components/model/certificates.ts";
import { posixQuoted } from "./environment.ts";

/** A path as a person would type it here. */
export function shown(path: string): string {
  const fromHere = relative(process.env["INIT_CWD"] ?? process.cwd(), path);
  return fromHere.startsWith("..") ? path : fromHere;
}

export function told(
  bundle: Bundle,
  folder: string,
  { record, key, notes }: WrittenBundle,
  now: Date,
): string[] {
  const names = Object.keys(bundle.hosts);
  const host = bundle.host ?? names[0] ?? "";
  const { tunnel } = bundle.hosts[host] ?? {};
  const days = daysLeft(Date.parse(record.notAfter), now.getTime());
  const other = names.find((name) => name !== host);
  const more =
    other === undefined ? [] : [`the other machines: HOST.env.sh, such as ${other}.env.sh`];
  return [
    `${bundle.client} of stack ${bundle.stack}: written to ${shown(folder)}`,
    `signed by ${oneLine(record.issuer)}; ends ${record.notAfter.slice(0, 10)}, in ${days} days`,
    ...notes.map((note) => oneLine(note)),
    "",
    `docker at ${host}, in this shell (or .fish, .ps1, .cmd):`,
    ...(tunnel === undefined ? [] : [`  ${tunnel} &`]),
    `  . ${posixQuoted(join(folder, "env.sh"))}`,
    ...more,
    ...(key === undefined
      ? []
      : [
          "or as a context, on this machine or another:",
          `  docker context import ${host} ${posixQuoted(join(folder, `${host}.dockercontext`))}`,
        ]),
    "",
    `Whoever has this folder is root on every machine of the stack.`,
  ];
}
