import * as pulumi from "@pulumi/pulumi";
import { stackNames } from "../identity.ts";
import type { Lifetime } from "../model/certificates.ts";
import type { AuthorityKeys } from "../model/authority-change.ts";
import type { OwnAuthorities } from "../model/authority-checks.ts";
import type { AuthorityConfiguration } from "../model/configuration/parse.ts";
import type { OwnAuthority } from "../model/own-authority.ts";
import { trustBundle } from "../model/trust-bundle.ts";
import { CertificateAuthority } from "./certificate-authority.ts";
import { crossCertificate } from "./cross-certificate.ts";

/** The authorities of a stack, files read. */
export type AuthoritiesConfiguration = Omit<AuthorityConfiguration, keyof OwnAuthorities> &
  OwnAuthorities;

/** Who signs for one side of a connection, and whom it trusts. */
export interface Side {
  readonly authority: CertificateAuthority;
  /** What stands behind a leaf, so that whoever trusts the former authority alone, or a root, can follow; undefined: nothing. */
  readonly chain: pulumi.Output<string> | undefined;
  /**
   * Whose certificates it takes, of the stack's own authorities; PEM. A daemon trusts the authority alone, or whoever the
   * root above it signs for would be let in; a client has what stands above as well, since OpenSSL wants a root.
   */
  readonly trusts: pulumi.Output<string>;
}

/** The authorities of a stack, by who needs them. While a rotation is under way there are two. */
export interface Authorities {
  readonly machines: Side;
  readonly clients: Side;
  /** The one that a rotation leaves behind; undefined: none is under way. */
  readonly former: CertificateAuthority | undefined;
  /** By what each of them is known as the same one, by its generation. */
  readonly keys: AuthorityKeys;
  /** Whether clients trust roots that daemons don't. */
  readonly hasAbove: boolean;
}

/**
 * The authority of a stack; during a rotation the former one beside it, and both sides such that every client gets in
 * everywhere: with a bundle from before as with one from now, on a machine that has been reached as on one that hasn't.
 */
export function authoritiesOf(
  { generation, algorithm, rotation, own, formerOwn }: AuthoritiesConfiguration,
  lifetime: Lifetime,
  commonName: string,
  parent: pulumi.Resource,
): Authorities {
  const of = (name: string, which: number, madeElsewhere?: OwnAuthority): CertificateAuthority =>
    new CertificateAuthority(
      name,
      {
        certificate: stackNames.authority,
        ...{ commonName, lifetime, algorithm },
        generation: which,
        own: madeElsewhere,
      },
      { parent },
    );
  const newer = of(stackNames.authority, generation, own);
  if (rotation === undefined) {
    const alone = { authority: newer, chain: chainOf(newer) };
    return {
      machines: { ...alone, trusts: newer.certificate },
      clients: { ...alone, trusts: withAbove(newer) },
      former: undefined,
      keys: { [generation]: newer.identity },
      hasAbove: newer.above.length > 0,
    };
  }
  const former = of(stackNames.formerAuthority, rotation.from, formerOwn);
  // The chain to a root of its own would lead those astray who trust the former one: nobody tries two.
  const both = { authority: newer, chain: crossCertificate({ newer, older: former }, newer) };
  const before = { authority: former, chain: chainOf(former), trusts: former.certificate };
  return {
    machines: rotation.phase > 1 ? { ...both, trusts: together(newer, [], former, []) } : before,
    clients: { ...both, trusts: together(newer, newer.above, former, former.above) },
    former,
    keys: { [rotation.from]: former.identity, [generation]: newer.identity },
    hasAbove: newer.above.length + former.above.length > 0,
  };
}

/** An intermediate, and those between it and the root, which nobody has to be shown. */
function chainOf({ certificate, above }: CertificateAuthority): Side["chain"] {
  if (above.length === 0) return undefined;
  return certificate.apply((own) => [own, ...above.slice(0, -1)].join(""));
}

/** What a client trusts: OpenSSL wants a root. */
function withAbove({ certificate, above }: CertificateAuthority): Side["trusts"] {
  return certificate.apply((own) => trustBundle(own, above));
}

/** Both authorities of a rotation, each with what stands above it. */
function together(
  newer: CertificateAuthority,
  aboveNewer: readonly string[],
  former: CertificateAuthority,
  aboveFormer: readonly string[],
): Side["trusts"] {
  return pulumi
    .all([newer.certificate, former.certificate])
    .apply(([one, other]) => trustBundle(one, [...aboveNewer, other, ...aboveFormer]));
}
