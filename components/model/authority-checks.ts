// Authorities of one's own that are right by themselves, and wrong together with the rest of the stack.
import { subjectAlternativeNames, type Lifetime } from "./certificates.ts";
import { forbiddenNames } from "./name-constraints.ts";
import { handoverFault, type OwnAuthority } from "./own-authority.ts";
import type { Problem } from "./problem.ts";

/** The authorities of a stack that were made elsewhere. */
export interface OwnAuthorities {
  readonly own: OwnAuthority | undefined;
  /** The one that a rotation under way leaves behind. */
  readonly formerOwn: OwnAuthority | undefined;
}

interface Named {
  readonly name: string;
  readonly address: string;
  readonly extraSans: readonly string[];
}

/** @param hosts those that have a certificate. */
export function authorityProblems(
  { own, formerOwn }: OwnAuthorities,
  hosts: readonly Named[],
  isRotating: boolean,
): Problem[] {
  const former = isRotating ? formerOwn : undefined;
  return [
    ...(own === undefined ? [] : outOfBounds("authority", own, hosts)),
    ...(former === undefined ? [] : outOfBounds("previousAuthority", former, hosts)),
    ...(own !== undefined && own.key === former?.key ? [sameKey] : []),
    ...(former === undefined ? [] : dumb(former)),
  ];
}

const sameKey: Problem = {
  where: "dockertls:tls.previousAuthority",
  what: "has the key of tls.authority",
  why: "a rotation leads from one authority to another",
  fix: "write the one that signed until now there, and its successor as tls.authority",
};

function outOfBounds(
  setting: string,
  { limits }: OwnAuthority,
  hosts: readonly Named[],
): Problem[] {
  return hosts.flatMap(({ name, address, extraSans }): Problem[] => {
    const names = subjectAlternativeNames(address, extraSans);
    const forbidden = limits.flatMap(({ nameConstraints }) =>
      nameConstraints === undefined ? [] : forbiddenNames(nameConstraints, names),
    );
    if (forbidden.length === 0) return [];
    return [
      {
        where: `dockertls:tls.${setting}.certificatePem`,
        what: `its name constraints do not permit ${[...new Set(forbidden)].join(", ")} (host ${name})`,
        why: "every client would refuse that machine",
        fix: "have it issued again for these names too, or dial the machine by one that it permits",
      },
    ];
  });
}

function dumb(former: OwnAuthority): Problem[] {
  const fault = handoverFault(former);
  if (fault === undefined) return [];
  return [
    {
      where: "dockertls:tls.phase",
      what: `the previous authority can't sign for its successor: ${fault}`,
      why: "with old bundles nobody could follow, and a rotation in phases would cut them off",
      fix: "take tls.phase out: one `pulumi up` replaces the authority at once, and everybody needs a new bundle then",
    },
  ];
}

const hour = 3_600_000;

/**
 * A life that ends with its authority at the latest. It goes by halves, since a life that shrank by the hour would be
 * another one in every run, and every certificate reissued.
 */
export function within(life: Lifetime, endsAt: number, now: number): Lifetime {
  const left = Math.floor((endsAt - now) / hour);
  let { hours } = life;
  while (hours > Math.max(left, 1)) hours = Math.ceil(hours / 2);
  return hours === life.hours ? life : { hours, renewBeforeHours: undefined, isDefault: false };
}

/** From when on the owner of an authority should have renewed it: when two thirds of its life are over. */
export function renewsFrom({
  validFrom,
  endsAt,
}: Pick<OwnAuthority, "validFrom" | "endsAt">): number {
  return endsAt - (endsAt - validFrom) / 3;
}

/** What a person should know of an authority that ends before long. */
export function endingSoon(setting: string, own: OwnAuthority | undefined, now: number): Problem[] {
  if (own === undefined || now < renewsFrom(own)) return [];
  return [
    {
      where: `dockertls:tls.${setting}.certificatePem`,
      what: `it ends on ${new Date(own.endsAt).toISOString().slice(0, 10)}, or one above it does`,
      why: "nobody renews it but its owner, and what it signs ends with it, after ever shorter lives",
      fix: "have it renewed with the same key, write the new certificate here, and run `pulumi up`",
    },
  ];
}
