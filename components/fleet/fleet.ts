import * as pulumi from "@pulumi/pulumi";
import { componentTypes, stackNames } from "../identity.ts";
import { hostEndpoint } from "../model/address.ts";
import type { ClientBundle } from "../model/certificates.ts";
import { provenByProvider } from "../model/configuration/verification.ts";
import { formatProblem } from "../model/problem.ts";
import { CertificateAuthority } from "../pki/certificate-authority.ts";
import { ClientCertificate } from "../pki/client-certificate.ts";
import type { StackConfiguration } from "../stack/configuration.ts";
import { UntrustedClient } from "../verify/untrusted-client.ts";
import { convergeHost, type Shared } from "./converge-host.ts";
import { hostWarnings } from "./host-warnings.ts";
import { convergeInWaves } from "./waves.ts";
import { summarise, type HostSummary } from "./host-summary.ts";

/** Every machine of a stack behind one certificate authority. */
export class Fleet extends pulumi.ComponentResource {
  /** What is known of each machine, by its name in the configuration. */
  readonly hosts: pulumi.Output<Record<string, pulumi.Unwrap<HostSummary>>>;
  /** Files of a Docker client that every machine lets in; secret. */
  readonly clientBundle: pulumi.Output<ClientBundle>;

  constructor(name: string, args: StackConfiguration, opts?: pulumi.ComponentResourceOptions) {
    super(componentTypes.fleet, name, {}, opts);
    const warnings = args.hosts.flatMap((host) => hostWarnings(host, Date.now()));
    for (const warning of [...args.warnings, ...warnings]) {
      void pulumi.log.warn(formatProblem(warning), this);
    }
    const shared = sharedBy(args, this);
    const converged = convergeInWaves(
      args.hosts,
      args.rollout,
      (host, turn) => convergeHost(host, shared, turn, this),
      this,
    );
    const summaries = [...converged].map(
      ([host, parts]) => [host.name, summarise(host, parts)] as const,
    );
    this.hosts = pulumi.output(Object.fromEntries(summaries));
    this.clientBundle = shared.client.bundle;
    this.registerOutputs({ hosts: this.hosts });
  }
}

/** What the machines of a stack have in common: an authority, a client of it, and one that it never signed for. */
function sharedBy(args: StackConfiguration, parent: pulumi.Resource): Shared {
  const { hosts, lifetimes, generation, verification, rollout } = args;
  const stack = `${pulumi.getProject()}/${pulumi.getStack()}`;
  const authority = new CertificateAuthority(
    stackNames.authority,
    { commonName: `dockertls ${stack} CA`, validityHours: lifetimes.caHours, generation },
    { parent },
  );
  const client = new ClientCertificate(
    stackNames.client,
    {
      authority,
      commonName: `${stack} client`,
      validityHours: lifetimes.clientHours,
      renewBeforeHours: lifetimes.renewBeforeHours,
    },
    { parent },
  );
  const untrustedClient = new UntrustedClient(
    stackNames.untrustedClient,
    { validityHours: lifetimes.caHours, generation },
    { parent },
  );
  return {
    ...{ stack, lifetimes, authority, client, untrustedClient },
    hostEndpoints: Object.fromEntries(
      hosts.map(({ name, ssh }) => [name, hostEndpoint(ssh.host, ssh.port)]),
    ),
    provenByProvider: provenByProvider(
      hosts.map(({ name }) => name),
      verification,
      rollout.canaries,
    ),
  };
}
