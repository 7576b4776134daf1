import * as pulumi from "@pulumi/pulumi";
import type { ConfiguredHost, StackConfiguration } from "../config.ts";
import { Host } from "../host/host.ts";
import type { ClientBundle } from "../model/certificates.ts";
import { managedSettings } from "../model/daemon-json.ts";
import { mirrorsIn } from "../model/mirrors.ts";
import { CertificateAuthority } from "../pki/certificate-authority.ts";
import { ClientCertificate } from "../pki/client-certificate.ts";
import { ServerCertificate } from "../pki/server-certificate.ts";
import { EndpointProof } from "../verify/endpoint-proof.ts";
import { proveWithProvider } from "../verify/provider-proof.ts";
import { Stranger } from "../verify/stranger.ts";

/** What the stack says of one machine. */
export interface HostSummary {
  /** What `docker -H` takes: `tcp://address:port`. */
  readonly endpoint: pulumi.Output<string>;
  /** Host name that dockerd gives itself. */
  readonly name: pulumi.Output<string>;
  readonly serverVersion: pulumi.Output<string>;
  readonly operatingSystem: pulumi.Output<string>;
  /** Registry mirrors in effect. */
  readonly registryMirrors: pulumi.Output<string[]>;
  /** Whether live-restore is in effect: containers outlive a restart of dockerd. */
  readonly liveRestore: pulumi.Output<boolean>;
  /** End of the served certificate's life, ISO 8601. */
  readonly certificateExpiresAt: pulumi.Output<string>;
  /** What `pulumi up` can't repair, a line each. */
  readonly findings: pulumi.Output<string[]>;
  /** Keys of daemon.json that others have set; names only. */
  readonly unmanagedKeys: pulumi.Output<string[]>;
}

/** What the machines of a stack have in common. */
interface Shared {
  readonly args: StackConfiguration;
  /** `project/stack`. */
  readonly stack: string;
  readonly authority: CertificateAuthority;
  readonly client: ClientCertificate;
  readonly stranger: Stranger;
}

/** Every machine of a stack behind one certificate authority. */
export class Fleet extends pulumi.ComponentResource {
  /** What is known of each machine, by its name in the configuration. */
  readonly hosts: pulumi.Output<Record<string, pulumi.Unwrap<HostSummary>>>;
  /** Files of a Docker client that every machine lets in; secret. */
  readonly clientBundle: pulumi.Output<ClientBundle>;

  constructor(name: string, args: StackConfiguration, opts?: pulumi.ComponentResourceOptions) {
    super("dockertls:index:Fleet", name, {}, opts);
    const { lifetimes } = args.tls;
    const stack = `${pulumi.getProject()}/${pulumi.getStack()}`;
    const authority = new CertificateAuthority(
      "ca",
      { commonName: `dockertls ${stack} CA`, validityHours: lifetimes.caHours, generation: 1 },
      { parent: this },
    );
    const client = new ClientCertificate(
      "client",
      {
        authority,
        commonName: `${stack} client`,
        validityHours: lifetimes.clientHours,
        renewBeforeHours: lifetimes.renewBeforeHours,
      },
      { parent: this },
    );
    const stranger = new Stranger(
      "stranger",
      { validityHours: lifetimes.caHours },
      { parent: this },
    );
    const shared = { args, stack, authority, client, stranger };
    const summaries = args.hosts.map((host) => [host.name, this.#host(host, shared)] as const);
    this.hosts = pulumi.output(Object.fromEntries(summaries));
    this.clientBundle = client.bundle;
    this.registerOutputs({ hosts: this.hosts });
  }

  #host(host: ConfiguredHost, { args, stack, authority, client, stranger }: Shared): HostSummary {
    const { directory, port, lifetimes } = args.tls;
    const server = new ServerCertificate(
      `${host.name}-server`,
      {
        authority,
        commonName: host.name,
        address: host.address,
        extraSans: host.extraSans,
        validityHours: lifetimes.serverHours,
        renewBeforeHours: lifetimes.renewBeforeHours,
      },
      { parent: this },
    );
    const machine = new Host(
      host.name,
      {
        owner: `${stack}/${host.name}`,
        login: host.login,
        tls: { directory, port },
        daemon: host.daemon,
        daemonIsSecret: host.daemonIsSecret,
        ca: authority.certificate,
        certificate: server.certificate,
        privateKey: server.privateKey,
      },
      { parent: this },
    );
    const settings = managedSettings({ directory, port }, host.daemon);
    const proof = new EndpointProof(
      `${host.name}-proof`,
      {
        host: host.name,
        address: host.address,
        port,
        ca: authority.certificate,
        clientCertificate: client.certificate,
        clientKey: client.privateKey,
        strangerCertificate: stranger.certificate,
        strangerKey: stranger.privateKey,
        serverCertificate: server.certificate,
        liveRestore: settings["live-restore"] === true,
        registryMirrors: host.daemonIsSecret
          ? pulumi.secret(mirrorsIn(settings))
          : mirrorsIn(settings),
        settingsAreSecret: host.daemonIsSecret,
        converged: machine.converged,
      },
      { parent: this },
    );
    return {
      endpoint: proveWithProvider(`${host.name}-docker`, proof, client.bundle, this),
      name: proof.daemonName,
      serverVersion: proof.serverVersion,
      operatingSystem: proof.operatingSystem,
      registryMirrors: proof.registryMirrorsInEffect,
      liveRestore: proof.liveRestoreInEffect,
      certificateExpiresAt: proof.certificateExpiresAt,
      findings: machine.findings,
      unmanagedKeys: machine.unmanagedKeys,
    };
  }
}
