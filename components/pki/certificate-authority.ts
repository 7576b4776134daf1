import * as pulumi from "@pulumi/pulumi";
import * as tls from "@pulumi/tls";
import { authorityInGeneration, certificateNames, componentTypes } from "../identity.ts";

export interface CertificateAuthorityArgs {
  /** Common name of the authority, without its generation. Part of the certificate from its birth. */
  readonly commonName: string;
  /** Life in hours. Has no effect on an authority that exists: a new one would replace every leaf. */
  readonly validityHours: number;
  /**
   * Which authority in the line of this stack's, from 1. Another number is a new authority, and a new
   * key and certificate for everyone under it; nothing else ever makes one.
   */
  readonly generation: number;
}

/** Who signs for the machines and the clients of one stack. Its key never leaves the state. */
export class CertificateAuthority extends pulumi.ComponentResource {
  /** The authority's certificate, PEM; public. */
  readonly certificate: pulumi.Output<string>;
  /** Its private key, PEM; secret. */
  readonly privateKey: pulumi.Output<string>;
  /** Which authority in the line of this stack's it is; keys and certificates under it are of the same. */
  readonly generation: number;

  constructor(
    name: string,
    args: CertificateAuthorityArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super(componentTypes.certificateAuthority, name, {}, opts);
    this.generation = args.generation;
    const prefix = authorityInGeneration(name, args.generation);
    const key = new tls.PrivateKey(
      certificateNames.key(prefix),
      // P-256, since the provider's own default, P-224, is no curve that TLS 1.3 knows.
      { algorithm: "ECDSA", ecdsaCurve: "P256" },
      { parent: this, ignoreChanges: ["algorithm", "ecdsaCurve", "rsaBits"] },
    );
    const authority = new tls.SelfSignedCert(
      prefix,
      {
        privateKeyPem: key.privateKeyPem,
        isCaCertificate: true,
        subject: {
          // Of each generation's own: where two authorities share a subject, clients try the wrong key.
          commonName: `${args.commonName} g${String(args.generation)}`,
          organization: "dockertls",
        },
        validityPeriodHours: args.validityHours,
        allowedUses: ["cert_signing", "crl_signing"],
        setSubjectKeyId: true,
      },
      {
        parent: this,
        ignoreChanges: ["subject", "validityPeriodHours", "allowedUses", "setSubjectKeyId"],
      },
    );
    this.certificate = authority.certPem;
    this.privateKey = pulumi.secret(key.privateKeyPem);
    this.registerOutputs({ certificate: this.certificate });
  }
}
