// A bundle: a folder with all that docker needs to reach the machines of a stack as one of its clients.
import { chmodSync, readdirSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import { formatProblem, oneLine } from "../../components/model/problem.ts";
import { factsOf, fits, type BundleFacts } from "./certificates.ts";
import { contextArchive, contextMeta, pemFiles } from "./docker-context.ts";
import { environmentFiles } from "./environment.ts";
import type { IssuedBundle } from "../../components/model/certificates.ts";
import type { HostOutput } from "./outputs.ts";
import { ensureFolder, readIn, refuseLink, statOf, writeIn } from "./private-folder.ts";

export interface Bundle {
  readonly stack: string;
  readonly client: string;
  readonly pems: IssuedBundle;
  readonly hosts: Readonly<Record<string, HostOutput>>;
  /** The one that `env.*` are for; the first unless said otherwise. */
  readonly host?: string | undefined;
}

/** What a bundle's folder remembers of itself, in `bundle.json`. */
export interface BundleRecord extends BundleFacts {
  readonly version: 1;
  readonly stack: string;
  readonly client: string;
  /** ISO 8601. */
  readonly writtenAt: string;
  /** Names of the files that are this program's. */
  readonly files: readonly string[];
}

export const recordName = "bundle.json";
const keyName = "key.pem";

export interface WriteOptions {
  /** Absolute path of the folder. */
  readonly folder: string;
  /** Also over what is not this bundle's own. */
  readonly force: boolean;
  readonly now: Date;
}

export interface WrittenBundle {
  readonly record: BundleRecord;
  /** The key that lies in the folder, and fits: the stack's, or its owner's. */
  readonly key: string | undefined;
  /** What a person should know of what was not written, a line each. */
  readonly notes: readonly string[];
}

/**
 * Writes a bundle, or writes it again. What was interrupted is completed by the next run.
 * @throws Error where the folder is not safe, or holds what is not this bundle's; nothing was written then.
 */
export function writeBundle(bundle: Bundle, { folder, force, now }: WriteOptions): WrittenBundle {
  ensureFolder(folder);
  const before = recordIn(folder);
  if (!force) refuseAnothers(bundle, folder, before);
  closeToOthers(folder, before);
  const { key, note } = keyFor(bundle, folder, before);
  const files = filesOf(bundle, folder, key);
  const own = before?.files ?? [];
  if (!force) refuseForeignFiles(folder, Object.keys(files), own);
  for (const name of Object.keys(files)) refuseLink(folder, name);
  for (const name of own) {
    // A host that has gone; its context holds the key. But a key that lies there may be its owner's by now.
    const isOld = !Object.hasOwn(files, name) && name !== keyName && basename(name) === name;
    if (isOld) rmSync(join(folder, name), { force: true });
  }
  const record: BundleRecord = {
    ...{ version: 1, stack: bundle.stack, client: bundle.client, writtenAt: now.toISOString() },
    ...factsOf(bundle.pems),
    files: Object.keys(files),
  };
  // First, so that whatever an interruption leaves is known to be ours.
  writeIn(folder, recordName, `${JSON.stringify(record, null, 2)}\n`);
  for (const [name, content] of Object.entries(files)) writeIn(folder, name, content);
  return { record, key, notes: note === undefined ? [] : [note] };
}

/** The record of a folder; undefined where it holds no bundle. */
export function recordIn(folder: string): BundleRecord | undefined {
  const text = readIn(folder, recordName);
  if (text === undefined) return undefined;
  try {
    const record = JSON.parse(text) as Partial<BundleRecord>;
    if (record.version === 1 && Array.isArray(record.files)) return record as BundleRecord;
  } catch {
    // It says nothing, so it is nobody's.
  }
  return undefined;
}

function refuseAnothers(
  { stack, client }: Bundle,
  folder: string,
  before: BundleRecord | undefined,
): void {
  if (before === undefined || (before.stack === stack && before.client === client)) return;
  throw new Error(
    formatProblem({
      where: folder,
      what: oneLine(`holds the bundle of ${before.client} of stack ${before.stack}`),
      why: "its files would be lost",
      fix: "name another folder with --out, or replace that bundle with --force",
    }),
  );
}

/** A folder of one's own that others can look into is not made private behind its owner's back. */
function closeToOthers(folder: string, before: BundleRecord | undefined): void {
  const mode = (statOf(folder)?.mode ?? 0) & 0o777;
  if (mode === 0o700) return;
  if (before === undefined && readdirSync(folder).length > 0) {
    throw new Error(
      formatProblem({
        where: folder,
        what: `other users may look into it (mode ${mode.toString(8)})`,
        why: "a private key would not be safe there",
        fix: `name another folder with --out, or chmod 700 ${folder}`,
      }),
    );
  }
  chmodSync(folder, 0o700);
}

/** The key that goes with the bundle, and what is to be said of one that the stack does not have. */
function keyFor(
  { client, pems }: Bundle,
  folder: string,
  before: BundleRecord | undefined,
): { key: string | undefined; note?: string } {
  if (pems.key !== undefined) return { key: pems.key };
  const found = readIn(folder, keyName);
  const made = `the key of ${client} was made elsewhere`;
  if (found === undefined) {
    return {
      key: undefined,
      note: `${keyName}: not written, ${made}; contexts need it, too`,
    };
  }
  const fit = fits(found, pems.cert);
  if (fit === true) return { key: found, note: `${keyName}: left as it is, ${made}` };
  const why =
    fit === undefined
      ? "it can't be read without its passphrase, and docker takes none"
      : `it is ${before?.files.includes(keyName) === true ? "an earlier one" : "another one"}, and docker fails with it`;
  return { key: undefined, note: `${keyName}: left as it is, but ${why}; ${made}` };
}

function filesOf(
  { stack, client, pems, hosts, host }: Bundle,
  folder: string,
  key: string | undefined,
): Readonly<Record<string, string | Buffer>> {
  const names = Object.keys(hosts);
  const chosen = host ?? names[0];
  const files: [string, string | Buffer][] = Object.entries(pemFiles(pems));
  for (const [name, { endpoint, tunnel }] of Object.entries(hosts)) {
    const environment = { stack, client, host: name, endpoint, tunnel, folder };
    for (const [end, text] of Object.entries(environmentFiles(environment))) {
      if (name === chosen) files.push([`env.${end}`, text]);
      if (names.length > 1) files.push([`${name}.env.${end}`, text]);
    }
    if (key !== undefined) {
      const meta = contextMeta(name, endpoint, { stack, client, host: name });
      files.push([`${name}.dockercontext`, contextArchive(meta, { ...pems, key })]);
    }
  }
  return Object.fromEntries(files);
}

function refuseForeignFiles(
  folder: string,
  names: readonly string[],
  own: readonly string[],
): void {
  const foreign = names.filter(
    (name) => !own.includes(name) && statOf(join(folder, name)) !== undefined,
  );
  if (foreign.length === 0) return;
  throw new Error(
    formatProblem({
      where: folder,
      what: `holds ${foreign.join(", ")}, not written by this command`,
      why: "what is in there would be lost",
      fix: "name another folder with --out, or replace the files with --force",
    }),
  );
}
