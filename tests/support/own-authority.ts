// Authorities as people bring them: roots and intermediates with whatever limits a test needs.
import { createPrivateKey, webcrypto } from "node:crypto";
import { AsnConvert } from "@peculiar/asn1-schema";
import {
  GeneralName,
  GeneralSubtree,
  GeneralSubtrees,
  NameConstraints,
  id_ce_nameConstraints,
} from "@peculiar/asn1-x509";
import { stolenAuthority, type Authority, type Identity } from "./authority.ts";

const x509 = await import("@peculiar/x509");

type Names = Partial<Pick<GeneralName, "dNSName" | "iPAddress" | "rfc822Name" | "registeredID">>;

export interface MadeOptions {
  /** Who signs for it; a root signs for itself. */
  readonly under?: Made;
  /** As `CN=X`; names are UTF8Strings, as OpenSSL writes them. */
  readonly subject?: string;
  readonly pathLength?: number;
  readonly isAuthority?: boolean;
  readonly signs?: boolean;
  /** Extended key usages. */
  readonly uses?: readonly string[];
  readonly permitted?: readonly Names[];
  readonly excluded?: readonly Names[];
  /** Days from now. */
  readonly from?: number;
  readonly to?: number;
  /** The key of this one, as a renewal has it. */
  readonly keyOf?: Made;
  readonly kind?: keyof typeof kinds;
}

export interface Made extends Identity {
  readonly x509: InstanceType<typeof x509.X509Certificate>;
  readonly keys: webcrypto.CryptoKeyPair;
  readonly kind: keyof typeof kinds;
}

const kinds = {
  P256: { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" },
  P384: { name: "ECDSA", namedCurve: "P-384", hash: "SHA-384" },
  RSA: {
    ...{ name: "RSASSA-PKCS1-v1_5", modulusLength: 2048, hash: "SHA-256" },
    publicExponent: new Uint8Array([1, 0, 1]),
  },
  ED25519: { name: "Ed25519" },
} as const;

const day = 86_400_000;
let made = 0;

/** An authority; a usable root unless options say otherwise. */
export async function make(options: MadeOptions = {}): Promise<Made> {
  made += 1;
  const { under, pathLength, isAuthority = true, signs = true, keyOf } = options;
  const { from = -1, to = 3650, kind = keyOf?.kind ?? "P256" } = options;
  const keys =
    keyOf?.keys ??
    ((await webcrypto.subtle.generateKey(kinds[kind], true, [
      "sign",
      "verify",
    ])) as webcrypto.CryptoKeyPair);
  const subject = new x509.Name([
    { CN: [{ utf8String: options.subject ?? `Authority ${String(made)}` }] },
  ]);
  const certificate = await x509.X509CertificateGenerator.create({
    subject,
    issuer: under?.x509.subjectName ?? subject,
    notBefore: new Date(Date.now() + from * day),
    notAfter: new Date(Date.now() + to * day),
    signingAlgorithm: kinds[under?.kind ?? kind],
    publicKey: keys.publicKey,
    signingKey: under?.keys.privateKey ?? keys.privateKey,
    extensions: [
      new x509.BasicConstraintsExtension(isAuthority, pathLength, true),
      new x509.KeyUsagesExtension(
        signs ? x509.KeyUsageFlags.keyCertSign : x509.KeyUsageFlags.digitalSignature,
        true,
      ),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      ...(options.uses === undefined
        ? []
        : [new x509.ExtendedKeyUsageExtension([...options.uses])]),
      ...constraints(options),
    ],
  });
  const pkcs8 = await webcrypto.subtle.exportKey("pkcs8", keys.privateKey);
  return {
    x509: certificate,
    ...{ keys, kind },
    certificate: `${certificate.toString("pem")}\n`,
    privateKey: `${x509.PemConverter.encode(pkcs8, "PRIVATE KEY")}\n`,
  };
}

function constraints({ permitted, excluded }: MadeOptions): InstanceType<typeof x509.Extension>[] {
  if (permitted === undefined && excluded === undefined) return [];
  const subtrees = (names: readonly Names[] | undefined): GeneralSubtrees | undefined =>
    names === undefined
      ? undefined
      : new GeneralSubtrees(
          names.map((name) => new GeneralSubtree({ base: new GeneralName(name) })),
        );
  const value = new NameConstraints();
  const [allowed, forbidden] = [subtrees(permitted), subtrees(excluded)];
  if (allowed !== undefined) value.permittedSubtrees = allowed;
  if (forbidden !== undefined) value.excludedSubtrees = forbidden;
  return [new x509.Extension(id_ce_nameConstraints, true, AsnConvert.serialize(value))];
}

/** Signs for machines and clients with it. */
export const signer = (one: Made): Promise<Authority> => stolenAuthority(one);

/** The key, in another form. */
export function keyAs(
  { privateKey }: Identity,
  options: { readonly type: "pkcs8" | "sec1" | "pkcs1"; readonly passphrase?: string },
): string {
  const { type, passphrase } = options;
  const locked = passphrase === undefined ? {} : { cipher: "aes-256-cbc", passphrase };
  return createPrivateKey(privateKey)
    .export({ format: "pem", type, ...locked } as never)
    .toString();
}
