// What a certificate of an authority allows, which Node's own class does not say.
import { createRequire } from "node:module";
import type * as Schema from "@peculiar/asn1-schema";
import type * as X509 from "@peculiar/asn1-x509";

/** A list of names that an authority may sign for, or must not. */
export interface Subtrees {
  readonly dnsNames: readonly string[];
  /** Networks, as `10.0.0.0/8`. */
  readonly networks: readonly string[];
}

/** Which names an authority may sign for (RFC 5280, 4.2.1.10). */
export interface NameConstraints {
  readonly permitted: Subtrees;
  readonly excluded: Subtrees;
  /** Whether there are names of kinds that dockerd does not check. */
  readonly hasOthers: boolean;
}

/** What stands in the extensions of an authority's certificate. */
export interface AuthorityExtensions {
  /** Whether it says that it is an authority. */
  readonly isAuthority: boolean;
  /** How many authorities may stand below it; undefined: any number. */
  readonly pathLength: number | undefined;
  /** Whether its key may sign certificates. */
  readonly signs: boolean;
  /** Uses that certificates below it are limited to, as object identifiers; undefined: none. */
  readonly uses: readonly string[] | undefined;
  readonly nameConstraints: NameConstraints | undefined;
}

/** @param der a whole certificate. */
export function extensionsOf(der: Buffer): AuthorityExtensions {
  const { AsnConvert, x509 } = loaded();
  const { extensions } = AsnConvert.parse(der, x509.Certificate).tbsCertificate;
  const found = <T>(id: string, kind: new () => T): T | undefined => {
    const extension = extensions?.find(({ extnID }) => extnID === id);
    return extension === undefined ? undefined : AsnConvert.parse(extension.extnValue, kind);
  };
  const usage = found(x509.id_ce_keyUsage, x509.KeyUsage);
  const uses = found(x509.id_ce_extKeyUsage, x509.ExtendedKeyUsage);
  const constraints = found(x509.id_ce_nameConstraints, x509.NameConstraints);
  const basic = found(x509.id_ce_basicConstraints, x509.BasicConstraints);
  return {
    isAuthority: basic?.cA === true,
    pathLength: basic?.pathLenConstraint,
    signs: usage === undefined || usage.toJSON().includes("keyCertSign"),
    uses: uses === undefined ? undefined : [...uses],
    nameConstraints: constraints === undefined ? undefined : namesOf(constraints),
  };
}

/** Loaded here: every run would pay for them, and few have an authority of their own. */
export function loaded(): Pick<typeof Schema, "AsnConvert"> & { readonly x509: typeof X509 } {
  const load = createRequire(import.meta.url);
  const { AsnConvert } = load("@peculiar/asn1-schema") as typeof Schema;
  return { AsnConvert, x509: load("@peculiar/asn1-x509") as typeof X509 };
}

function namesOf({ permittedSubtrees, excludedSubtrees }: X509.NameConstraints): NameConstraints {
  const bases = [...basesOf(permittedSubtrees), ...basesOf(excludedSubtrees)];
  // Mail addresses and URIs are in no certificate of ours, and whoever verifies knows them.
  const known = ["dNSName", "iPAddress", "rfc822Name", "uniformResourceIdentifier"];
  return {
    permitted: subtrees(permittedSubtrees),
    excluded: subtrees(excludedSubtrees),
    hasOthers: bases.some((base) => !known.some((kind) => Reflect.get(base, kind) !== undefined)),
  };
}

function basesOf(list: X509.GeneralSubtrees | undefined): X509.GeneralName[] {
  return list === undefined ? [] : [...list].map(({ base }) => base);
}

function subtrees(list: X509.GeneralSubtrees | undefined): Subtrees {
  const bases = basesOf(list);
  return {
    dnsNames: bases.flatMap(({ dNSName }) => (dNSName === undefined ? [] : [dNSName])),
    networks: bases.flatMap(({ iPAddress }) => (iPAddress === undefined ? [] : [iPAddress])),
  };
}
