// A search for secrets where they must not be: what processes show while something goes on, and what lies
// on a disk. Both say how much they have searched, so that "none" is not the word of one who looked at nothing.
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { parseUrn } from "../../components/identity.ts";
import type { Exported } from "../../scripts/forget/deployment.ts";
import type { TestMachine } from "./test-machine.ts";

/** What is searched for, by the name under which it is told. */
export type Secrets = ReadonlyMap<string, string>;

export interface Search {
  readonly place: string;
  /** How many command lines, files or lines were looked at. */
  readonly searched: number;
  /** Which secrets were found, and where. */
  readonly found: readonly string[];
}

/** The parts of a PEM key that nobody else has, as they are and as base64 makes of them on their way. */
export function tracesOf(name: string, pem: string): [string, string][] {
  const lines = pem.split("\n");
  // Where the private number is: the rest may be the public key, which may be anywhere, or what all keys
  // of a kind begin with.
  const line = lines[pem.includes("OPENSSH") ? 4 : 1] ?? "";
  if (line.length < 20) throw new Error(`${name}: no key in the form that is looked for`);
  const at = Math.ceil(pem.indexOf(line) / 3) * 3;
  const encoded = Buffer.from(pem.slice(at)).toString("base64").slice(0, 40);
  return [
    [name, line],
    [`${name} in base64`, encoded],
  ];
}

/** Traces of every private key in a state whose secrets are shown. */
export function keysIn({ deployment }: Exported): [string, string][] {
  return (deployment?.resources ?? []).flatMap(({ urn, outputs }) => {
    const pem = (outputs as Record<string, unknown> | undefined)?.["privateKeyPem"];
    const text = typeof pem === "string" ? pem : plaintextOf(pem);
    return text.includes("PRIVATE KEY") ? tracesOf(parseUrn(urn).name, text) : [];
  });
}

/** Of a secret that is shown: a JSON text within a wrapper. */
function plaintextOf(value: unknown): string {
  const text: unknown =
    typeof value === "object" && value !== null ? Reflect.get(value, "plaintext") : undefined;
  return typeof text === "string" ? String(JSON.parse(text)) : "";
}

export const foundIn = (text: string, secrets: Secrets): string[] =>
  [...secrets].filter(([, secret]) => text.includes(secret)).map(([name]) => name);

/** Command lines of every process of this machine, again and again while work goes on. */
export async function sampledHere(work: () => Promise<unknown>): Promise<ReadonlySet<string>> {
  const seen = new Set<string>();
  const sample = (): void => {
    for (const pid of readdirSync("/proc")) {
      if (!/^\d+$/.test(pid)) continue;
      try {
        seen.add(readFileSync(`/proc/${pid}/cmdline`, "latin1"));
      } catch {
        // It has ended.
      }
    }
  };
  const sampling = setInterval(sample, 20);
  try {
    await work();
  } finally {
    clearInterval(sampling);
  }
  return seen;
}

/**
 * Command lines of every process on a machine B, in the same way, and environments but for the proxies in those of
 * what dockerd has started: it gives them the one that it uses itself.
 */
export async function sampledThere(
  machine: TestMachine,
  work: () => Promise<unknown>,
): Promise<ReadonlySet<string>> {
  await machine.sh("rm -f /run/sampling; touch /run/sampling");
  const sampling = machine.exec(
    `while [ -e /run/sampling ]; do
       cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' '\\n'
       for process in /proc/[0-9]*/environ; do
         # Read once: between two looks a process may become what dockerd starts in it.
         environment=$(tr '\\0' '\\n' <"$process")
         case $environment in *HTTP_PROXY=*) printf '%s\\n' "$environment" | grep -iv '_proxy=' ;; *) printf '%s\\n' "$environment" ;; esac
       done 2>/dev/null
     done | awk '!seen[$0]++'`,
  );
  try {
    await work();
  } finally {
    await machine.sh("rm /run/sampling");
  }
  return new Set((await sampling).stdout.split("\n"));
}

export function searchedLines(place: string, lines: ReadonlySet<string>, secrets: Secrets): Search {
  const found = [...lines].flatMap((line) => foundIn(line, secrets));
  return { place, searched: lines.size, found: [...new Set(found)] };
}

/** Every file below a folder of this machine but those that are to hold secrets. */
export function searchedHere(folder: string, secrets: Secrets, except: readonly string[]): Search {
  const found: string[] = [];
  let searched = 0;
  const walk = (path: string): void => {
    if (except.includes(path)) return;
    const stat = statSync(path, { throwIfNoEntry: false });
    if (stat?.isDirectory() === true) {
      for (const name of readdirSync(path)) walk(join(path, name));
    } else if (stat?.isFile() === true) {
      searched += 1;
      found.push(
        ...foundIn(readFileSync(path, "latin1"), secrets).map((name) => `${name}: ${path}`),
      );
    }
  };
  walk(folder);
  return { place: `files below ${folder}`, searched, found };
}

/** Every file on a machine's disk. */
export async function searchedThere(machine: TestMachine, secrets: Secrets): Promise<Search> {
  // /run is another file system than the one that is searched.
  await machine.sh("umask 077; cat >/run/secrets", [...secrets.values(), ""].join("\n"));
  const files = await machine.sh("find / -xdev -type f | wc -l");
  const found = await machine.sh(
    "find / -xdev -type f -exec grep -lsaF -f /run/secrets {} + || true; rm /run/secrets",
  );
  return {
    place: `disk of ${machine.name}`,
    searched: Number(files),
    found: found.split("\n").filter((path) => path !== ""),
  };
}
