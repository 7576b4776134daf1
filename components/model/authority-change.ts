import type { Problem } from "./problem.ts";

/** The authorities of a stack by their generation: the present one, and the one that a rotation leaves behind. */
export type AuthorityKeys = Readonly<Record<string, string>>;

/** What each machine's record keeps of them. */
export interface AuthoritiesInput {
  /** The present generation. */
  readonly generation: number;
  readonly keys: AuthorityKeys;
}

/** Stands for the key of an authority that this program has made. */
export const generated = "generated";

/**
 * What would replace an authority by accident; undefined: nothing. A generation has one authority from its birth, and
 * each has its own; `before` are those of the last run, undefined where it did not say.
 */
export function authorityProblem(
  before: AuthorityKeys | undefined,
  now: AuthorityKeys,
  generation: number,
): Problem | undefined {
  for (const [which, key] of Object.entries(now)) {
    const isPresent = which === String(generation);
    const where = `dockertls:tls.${isPresent ? "authority" : "previousAuthority"}`;
    const last = before?.[which];
    if (last !== undefined && last !== key) {
      return {
        where,
        what: changeOf(last, key, which),
        why: "every certificate under it would be replaced, and whoever holds an old one cut off",
        fix: isPresent
          ? "put it back as it was; or raise tls.generation, with tls.phase 1 if nobody is to be cut off"
          : `write the authority of generation ${which} there, as it was; or take tls.phase out to replace it at once`,
      };
    }
    const elsewhere = Object.entries({ ...before, ...now }).find(
      ([other, known]) => other !== which && known === key && key !== generated,
    )?.[0];
    if (isPresent && elsewhere !== undefined) {
      return {
        where,
        what: `is the authority of generation ${elsewhere} still`,
        why: `generation ${which} would leave everybody in who is in now`,
        fix: "write another authority, or take it out for one that is made here; or put the generation back",
      };
    }
  }
  return undefined;
}

function changeOf(last: string, key: string, generation: string): string {
  if (last === generated) return `is set, and generation ${generation} has one that was made here`;
  return key === generated
    ? `is missing, and generation ${generation} has one of your own`
    : `is another one than generation ${generation} has had`;
}
