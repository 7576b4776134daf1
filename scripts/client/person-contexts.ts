// The docker contexts of the person who runs this, in docker's own configuration. Nothing but contexts of this
// program's is written there, and nothing but those is replaced.
import { createHash } from "node:crypto";
import { readdirSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import type { ClientBundle } from "../../components/model/certificates.ts";
import { formatProblem } from "../../components/model/problem.ts";
import type { Bundle } from "./bundle.ts";
import { contextMeta, pemFiles, type ContextMark, type ContextMeta } from "./docker-context.ts";
import { ensureFolder, readIn, statOf, writeIn } from "./private-folder.ts";

/** Where docker keeps its configuration. */
export const dockerConfiguration = (environment: NodeJS.ProcessEnv): string =>
  environment["DOCKER_CONFIG"] ?? join(homedir(), ".docker");

/** Machines of several stacks may have one name. */
export const contextName = (stack: string, host: string): string =>
  `${(stack.split("/").at(-1) ?? stack).replace(/[^\w.+-]/g, "_")}-${host}`;

/** Docker's own names for the folders of a context. */
const folderOf = (name: string): string => createHash("sha256").update(name).digest("hex");
const metaFolder = (configuration: string, name: string): string =>
  join(configuration, "contexts", "meta", folderOf(name));
export const tlsFolder = (configuration: string, name: string): string =>
  join(configuration, "contexts", "tls", folderOf(name), "docker");

export interface PersonContext {
  readonly name: string;
  readonly host: string;
  readonly what: "created" | "updated" | "up to date";
}

/**
 * Creates a context for each machine, or brings it up to date.
 * @throws Error where one of their names is taken by another context; nothing was written then.
 */
export function writeContexts(
  { stack, client, pems, hosts }: Bundle & { readonly pems: ClientBundle },
  configuration: string,
  force: boolean,
): PersonContext[] {
  const all = Object.entries(hosts).map(([host, { endpoint }]) => {
    const name = contextName(stack, host);
    return { name, host, meta: contextMeta(name, endpoint, { stack, client, host }) };
  });
  const taken = all.filter(({ name, meta }) => !isOurs(configuration, name, meta));
  if (taken.length > 0 && !force) {
    throw new Error(
      formatProblem({
        where: join(configuration, "contexts"),
        what: `${taken.map(({ name }) => name).join(", ")}: there is another context of that name`,
        why: `it is not of ${client} of stack ${stack}, and would be lost`,
        fix: "remove it (`docker context rm NAME`), or replace it with --force",
      }),
    );
  }
  return all.map(({ name, host, meta }) => {
    const before = contextFiles(configuration, name);
    const files = { ...pemFiles(pems), "meta.json": `${JSON.stringify(meta)}\n` };
    if (Object.entries(files).every(([file, text]) => before[file] === text)) {
      return { name, host, what: "up to date" };
    }
    const isNew = before["meta.json"] === undefined;
    for (const [file, text] of Object.entries(files)) {
      const folder = file === "meta.json" ? metaFolder : tlsFolder;
      ensureFolder(folder(configuration, name));
      writeIn(folder(configuration, name), file, text);
    }
    return { name, host, what: isNew ? "created" : "updated" };
  });
}

/** The files of a context; of one that is not there, none. */
export function contextFiles(
  configuration: string,
  name: string,
): Readonly<Record<string, string | undefined>> {
  const inTls = (file: string): string | undefined => readIn(tlsFolder(configuration, name), file);
  return {
    "meta.json": readIn(metaFolder(configuration, name), "meta.json"),
    ...{ "ca.pem": inTls("ca.pem"), "cert.pem": inTls("cert.pem"), "key.pem": inTls("key.pem") },
  };
}

/** Whether there is no context of that name, or one of the same client for the same machine. */
function isOurs(configuration: string, name: string, { Metadata }: ContextMeta): boolean {
  const text = readIn(metaFolder(configuration, name), "meta.json");
  const mark = text === undefined ? Metadata?.dockertls : markIn(text);
  return isSame(mark, Metadata?.dockertls);
}

const isSame = (one: ContextMark | undefined, other: ContextMark | undefined): boolean =>
  one?.stack === other?.stack && one?.client === other?.client && one?.host === other?.host;

/** Whose context it is; undefined for one that is not this program's. */
function markIn(text: string): ContextMark | undefined {
  try {
    return (JSON.parse(text) as ContextMeta).Metadata?.dockertls;
  } catch {
    return undefined;
  }
}

/** Contexts of that client for machines that the stack has no more. */
export function leftContexts({ stack, client, hosts }: Bundle, configuration: string): string[] {
  const folder = join(configuration, "contexts", "meta");
  if (statOf(folder) === undefined) return [];
  return readdirSync(folder).flatMap((entry) => {
    const text = readIn(join(folder, entry), "meta.json");
    const mark = text === undefined ? undefined : markIn(text);
    if (text === undefined || mark?.stack !== stack || mark.client !== client) return [];
    return Object.hasOwn(hosts, mark.host) ? [] : [(JSON.parse(text) as ContextMeta).Name];
  });
}
