import * as pulumi from "@pulumi/pulumi";
import { stackNames } from "../identity.ts";
import type { Lifetime } from "../model/certificates.ts";
import type { AuthorityConfiguration } from "../model/configuration/parse.ts";
import { trustBundle } from "../model/trust-bundle.ts";
import { CertificateAuthority } from "./certificate-authority.ts";
import { crossCertificate } from "./cross-certificate.ts";

/** Who signs for one side of a connection, and whom it trusts. */
export interface Side {
  readonly authority: CertificateAuthority;
  /** What stands behind a leaf, so that whoever trusts the former authority alone can follow; undefined: nothing. */
  readonly chain: pulumi.Output<string> | undefined;
  /** Whose certificates it takes, of the stack's own authorities; PEM. */
  readonly trusts: pulumi.Output<string>;
}

/** The authorities of a stack, by who needs them. While a rotation is under way there are two. */
export interface Authorities {
  readonly machines: Side;
  readonly clients: Side;
  /** The one that a rotation leaves behind; undefined: none is under way. */
  readonly former: CertificateAuthority | undefined;
}

/**
 * The authority of a stack; during a rotation the former one beside it, and both sides such that every client gets in
 * everywhere: with a bundle from before as with one from now, on a machine that has been reached as on one that hasn't.
 */
export function authoritiesOf(
  { generation, algorithm, rotation }: AuthorityConfiguration,
  lifetime: Lifetime,
  commonName: string,
  parent: pulumi.Resource,
): Authorities {
  const of = (name: string, which: number): CertificateAuthority =>
    new CertificateAuthority(
      name,
      {
        certificate: stackNames.authority,
        ...{ commonName, lifetime, algorithm },
        generation: which,
      },
      { parent },
    );
  const newer = of(stackNames.authority, generation);
  if (rotation === undefined) {
    const alone = { authority: newer, chain: undefined, trusts: newer.certificate };
    return { machines: alone, clients: alone, former: undefined };
  }
  const former = of(stackNames.formerAuthority, rotation.from);
  const both = {
    authority: newer,
    chain: crossCertificate({ newer, older: former }, newer),
    trusts: pulumi
      .all([newer.certificate, former.certificate])
      .apply(([one, other]) => trustBundle(one, [other])),
  };
  const before = { authority: former, chain: undefined, trusts: former.certificate };
  return { machines: rotation.machines ? both : before, clients: both, former };
}
