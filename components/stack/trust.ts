import { readFileSync } from "node:fs";
import { codeOf, quotedPath, wayToRead } from "./files.ts";
import type { HostConfiguration } from "../model/configuration/parse.ts";
import { oneLine, type Problem } from "../model/problem.ts";
import { authoritiesIn, type TrustedAuthority } from "../model/trust-bundle.ts";

/** The authorities that a machine's `alsoTrust` names, files read; or what is wrong with them. */
export function readTrust(host: HostConfiguration): {
  readonly authorities: readonly TrustedAuthority[];
  readonly problems: readonly Problem[];
} {
  const problems: Problem[] = [];
  const authorities = host.alsoTrust.flatMap((entry, at) => {
    const where = `dockertls:hosts.${host.name}.alsoTrust.${String(at)}`;
    const isText = entry.includes("-----BEGIN");
    const name = isText ? "" : `${quotedPath(entry)} `;
    try {
      const read = authoritiesIn(isText ? entry : readFileSync(entry, "utf8"));
      if (!("what" in read)) return read;
      problems.push({ ...read, where, what: `${name}${read.what}` });
    } catch (error) {
      problems.push({
        where,
        what: `${name}can't be read (${codeOf(error)})`,
        why: "whom it names would be shut out",
        fix: wayToRead(
          error,
          "correct the path, which is relative to the project, or write the PEM text itself",
        ),
      });
    }
    return [];
  });
  return { authorities, problems };
}

/** Warnings about authorities that have ended: dockerd lets none of their clients in. */
export function endedTrust(
  name: string,
  authorities: readonly TrustedAuthority[],
  now: number,
): Problem[] {
  return authorities
    .filter(({ endsAt }) => endsAt <= now)
    .map(({ subject, endsAt }) => ({
      where: `dockertls:hosts.${name}.alsoTrust`,
      what: `${oneLine(subject, 100)} ended on ${new Date(endsAt).toISOString().slice(0, 10)}`,
      why: "dockerd lets no client of it in any more",
      fix: "take it out",
    }));
}
