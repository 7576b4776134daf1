import * as pulumi from "@pulumi/pulumi";
import * as tls from "@pulumi/tls";

export interface CertificateAuthorityArgs {
  /** Common name of the authority, without its generation. Part of the certificate from its birth. */
  readonly commonName: string;
  /** Life in hours. Has no effect on an authority that exists: a new one would replace every leaf. */
  readonly validityHours: number;
  /**
   * Which authority in the line of this stack's, from 1. A higher number is a new authority, and
   * every certificate under it is reissued; nothing else ever makes one.
   */
  readonly generation: number;
}

/** Who signs for the machines and the clients of one stack. Its key never leaves the state. */
export class CertificateAuthority extends pulumi.ComponentResource {
  /** The authority's certificate, PEM; public. */
  readonly certificate: pulumi.Output<string>;
  /** Its private key, PEM; secret. */
  readonly privateKey: pulumi.Output<string>;

  constructor(
    name: string,
    args: CertificateAuthorityArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("dockertls:index:CertificateAuthority", name, {}, opts);
    const prefix = `${name}-g${String(args.generation)}`;
    const key = new tls.PrivateKey(
      `${prefix}-key`,
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
