import { readFileSync } from "node:fs";
import type { AuthorityFault, AuthorityTexts } from "../model/authority-texts.ts";
import type { AuthoritySettings } from "../model/configuration/parse.ts";
import { ownAuthority, type OwnAuthority } from "../model/own-authority.ts";
import type { Problem } from "../model/problem.ts";
import { codeOf, expanded, quotedPath, wayToRead } from "./files.ts";

/** The authority that a setting gives, its files read, or what is wrong with it; `now` in milliseconds since 1970. */
export function readAuthority(
  setting: "authority" | "previousAuthority",
  given: AuthoritySettings | undefined,
  now: number,
): { readonly own: OwnAuthority | undefined; readonly problems: readonly Problem[] } {
  if (given === undefined) return { own: undefined, problems: [] };
  const problem = ({ setting: part, ...rest }: AuthorityFault): Problem => ({
    where: `dockertls:tls.${setting}.${part}`,
    ...rest,
  });
  const unreadable: AuthorityFault[] = [];
  const texts = Object.fromEntries(
    parts.map((part) => {
      const read = textOf(part, given[part]);
      if (typeof read === "object") unreadable.push(read);
      return [part, read];
    }),
  );
  if (unreadable.length > 0) return { own: undefined, problems: unreadable.map(problem) };
  const own = ownAuthority(texts as unknown as AuthorityTexts, now);
  return "faults" in own
    ? { own: undefined, problems: own.faults.map(problem) }
    : { own, problems: [] };
}

const parts = ["certificatePem", "privateKeyPem", "chainPem"] as const;

/** PEM text as it is, and the content of a file that is named. */
function textOf(
  setting: keyof AuthorityTexts,
  given: string | undefined,
): string | undefined | AuthorityFault {
  if (given === undefined || isPemText(given)) return given;
  try {
    return readFileSync(expanded(given), "utf8");
  } catch (error) {
    // Where a key belongs, what stands there may be a part of one.
    const name = setting === "privateKeyPem" ? "the file that it names" : quotedPath(given);
    return {
      setting,
      what: `${name} can't be read (${codeOf(error)})`,
      why: "nothing can be signed",
      fix: wayToRead(
        error,
        setting === "privateKeyPem"
          ? "correct the path, which is relative to the project, or set the PEM text itself as a secret"
          : "correct the path, which is relative to the project, or write the PEM text itself",
      ),
    };
  }
}

/** Whether a setting holds PEM itself, and does not name a file of it. */
export function isPemText(given: unknown): boolean {
  return typeof given === "string" && given.includes("-----BEGIN");
}
