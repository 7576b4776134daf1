import * as pulumi from "@pulumi/pulumi";
import { componentTypes, stackNames } from "../identity.ts";
import { hostEndpoint } from "../model/address.ts";
import type { IssuedBundle } from "../model/certificates.ts";
import { provenByProvider } from "../model/configuration/verification.ts";
import { formatProblem } from "../model/problem.ts";
import { authoritiesOf } from "../pki/authorities.ts";
import type { StackConfiguration } from "../stack/configuration.ts";
import { UntrustedClient } from "../verify/untrusted-client.ts";
import { clientsOf } from "./clients.ts";
import { convergeHost, type Shared } from "./converge-host.ts";
import { hostWarnings } from "./host-warnings.ts";
import { convergeInWaves } from "./waves.ts";
import { summarise, type HostSummary } from "./host-summary.ts";

/** Every machine of a stack behind one certificate authority, and everyone who may connect. */
export class Fleet extends pulumi.ComponentResource {
  /** What is known of each machine, by its name in the configuration. */
  readonly hosts: pulumi.Output<Record<string, pulumi.Unwrap<HostSummary>>>;
  /** Files of the program's own client, which every machine lets in; secret. */
  readonly clientBundle: pulumi.Output<IssuedBundle>;
  /** Files of the clients that the configuration names, by their names; secret. */
  readonly clientBundles: pulumi.Output<Record<string, IssuedBundle>>;

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
    this.clientBundle = shared.clients.own.bundle;
    this.clientBundles = shared.clients.bundles;
    this.registerOutputs({ hosts: this.hosts });
  }
}

/** What the machines of a stack have in common: authorities, clients of them, and one that none of them signed for. */
function sharedBy(args: StackConfiguration, parent: pulumi.Resource): Shared {
  const { authority, hosts, lifetimes, verification, rollout } = args;
  const stack = `${pulumi.getProject()}/${pulumi.getStack()}`;
  const authorities = authoritiesOf(authority, lifetimes.ca, `dockertls ${stack} CA`, parent);
  const clients = clientsOf(args, authorities, stack, parent);
  const untrustedClient = new UntrustedClient(
    stackNames.untrustedClient,
    { lifetime: lifetimes.ca, generation: authority.generation },
    { parent },
  );
  return {
    ...{ stack, clients, untrustedClient, algorithm: authority.algorithm },
    serverLifetime: lifetimes.server,
    side: authorities.machines,
    authorities: { generation: authority.generation, keys: authorities.keys },
    clientsTrustMore: authorities.hasAbove,
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
