import * as pulumi from "@pulumi/pulumi";
import * as tls from "@pulumi/tls";
import { certificateNames, componentTypes, leafInGeneration } from "../identity.ts";
import { renewBefore, type Lifetime } from "../model/certificates.ts";

export interface UntrustedClientArgs {
  /** As the authority's, so that it is refused for its issuer, not its age. */
  readonly lifetime: Lifetime;
  /** Generation of the stack's authority. Another one means another key and certificate. */
  readonly generation: number;
}

/**
 * A client that every machine must refuse: its certificate is good for client authentication, but self-signed.
 * The proofs try it on every endpoint; nobody else holds its key.
 */
export class UntrustedClient extends pulumi.ComponentResource {
  /** Certificate, PEM. */
  readonly certificate: pulumi.Output<string>;
  /** Private key, PEM; secret. */
  readonly privateKey: pulumi.Output<string>;

  constructor(name: string, args: UntrustedClientArgs, opts?: pulumi.ComponentResourceOptions) {
    super(componentTypes.untrustedClient, name, {}, opts);
    const prefix = leafInGeneration(name, args.generation);
    const key = new tls.PrivateKey(
      certificateNames.key(prefix),
      { algorithm: "ECDSA", ecdsaCurve: "P256" },
      { parent: this },
    );
    const certificate = new tls.SelfSignedCert(
      prefix,
      {
        privateKeyPem: key.privateKeyPem,
        subject: { commonName: "stranger", organization: "dockertls" },
        validityPeriodHours: args.lifetime.hours,
        earlyRenewalHours: renewBefore(prefix, args.lifetime),
        allowedUses: ["digital_signature", "client_auth"],
      },
      { parent: this, ignoreChanges: ["validityPeriodHours"] },
    );
    this.certificate = certificate.certPem;
    this.privateKey = pulumi.secret(key.privateKeyPem);
    this.registerOutputs({ certificate: this.certificate });
  }
}
