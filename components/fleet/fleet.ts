import * as pulumi from "@pulumi/pulumi";
import type { ConfiguredHost, StackConfiguration } from "../stack/configuration.ts";
import { componentTypes, hostNames, stackNames } from "../identity.ts";
import { Host, type TlsContents } from "../host/host.ts";
import { type ClientBundle } from "../model/certificates.ts";
import { bracketed, endpoint, placeOf } from "../model/address.ts";
import { managedSettings } from "../model/daemon-json/merge.ts";
import { dialled, isLocalOnly, type Api } from "../model/daemon-json/listener.ts";
import { mirrorsIn } from "../model/daemon-json/mirrors.ts";
import { formatProblem } from "../model/problem.ts";
import { fingerprintsOf, trustBundle } from "../model/trust-bundle.ts";
import { CertificateAuthority } from "../pki/certificate-authority.ts";
import { ClientCertificate } from "../pki/client-certificate.ts";
import { ServerCertificate } from "../pki/server-certificate.ts";
import { provenByProvider } from "../model/configuration/verification.ts";
import { endedTrust } from "../stack/trust.ts";
import { EndpointProof, type TlsProofArgs } from "../verify/endpoint-proof.ts";
import { proveWithProvider } from "../verify/provider-proof.ts";
import { Stranger } from "../verify/stranger.ts";

/** What the stack says of one machine. */
export interface HostSummary {
  /** How clients connect. */
  readonly api: Api;
  /** What `docker -H` takes: `tcp://address:port`; on the machine itself where there is a `tunnel`. */
  readonly endpoint: pulumi.Output<string>;
  /** The command that brings the endpoint here, where dockerd listens on loopback alone. */
  readonly tunnel?: string;
  /** Host name that dockerd gives itself. */
  readonly name: pulumi.Output<string>;
  readonly serverVersion: pulumi.Output<string>;
  readonly operatingSystem: pulumi.Output<string>;
  /** Registry mirrors in effect. */
  readonly registryMirrors: pulumi.Output<string[]>;
  /** Whether live-restore is in effect: containers outlive a restart of dockerd. */
  readonly liveRestore: pulumi.Output<boolean>;
  /** End of the served certificate's life, ISO 8601; empty with plain TCP. */
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
  /** Where each machine is reached. */
  readonly places: Readonly<Record<string, string>>;
  /** Machines that the docker provider connects to as well. */
  readonly withProvider: ReadonlySet<string>;
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
    super(componentTypes.fleet, name, {}, opts);
    const { lifetimes, generation } = args;
    const stack = `${pulumi.getProject()}/${pulumi.getStack()}`;
    const authority = new CertificateAuthority(
      stackNames.authority,
      { commonName: `dockertls ${stack} CA`, validityHours: lifetimes.caHours, generation },
      { parent: this },
    );
    const client = new ClientCertificate(
      stackNames.client,
      {
        authority,
        commonName: `${stack} client`,
        validityHours: lifetimes.clientHours,
        renewBeforeHours: lifetimes.renewBeforeHours,
      },
      { parent: this },
    );
    const stranger = new Stranger(
      stackNames.untrustedClient,
      { validityHours: lifetimes.caHours, generation },
      { parent: this },
    );
    const places = Object.fromEntries(
      args.hosts.map(({ name: host, ssh }) => [host, placeOf(ssh.host, ssh.port)]),
    );
    const names = args.hosts.map(({ name: host }) => host);
    const withProvider = provenByProvider(names, args.verification);
    const shared = { args, stack, places, withProvider, authority, client, stranger };
    const summaries = args.hosts.map((host) => [host.name, this.#host(host, shared)] as const);
    this.hosts = pulumi.output(Object.fromEntries(summaries));
    this.clientBundle = client.bundle;
    this.registerOutputs({ hosts: this.hosts });
  }

  #host(host: ConfiguredHost, shared: Shared): HostSummary {
    const { stack, places, client } = shared;
    const { listener } = host;
    const settings = managedSettings(listener, host.daemon);
    const server = listener.api === "mutual-tls" ? this.#server(host, shared) : undefined;
    if (listener.api === "plain-tcp") void pulumi.log.warn(openDoor(host), this);
    if (host.takeOver) void pulumi.log.warn(takesOver(host), this);
    for (const ended of endedTrust(host.name, host.authorities, Date.now())) {
      void pulumi.log.warn(formatProblem(ended), this);
    }
    const machine = new Host(
      host.name,
      {
        owner: `${stack}/${host.name}`,
        ssh: host.ssh,
        sudo: host.sudo,
        places,
        takeOver: host.takeOver,
        listener,
        daemon: host.daemon,
        daemonIsSecret: host.daemonIsSecret,
        allowContainerRestart: host.allowContainerRestart,
        unmanaged: host.unmanaged,
        tls: server?.files,
      },
      { parent: this },
    );
    const tunnel = isLocalOnly(listener) ? host.ssh : undefined;
    const proof = new EndpointProof(
      hostNames.proof(host.name),
      {
        host: host.name,
        address: dialled(listener, host.address),
        port: listener.port,
        tunnel,
        tls: server?.proof,
        liveRestore: settings["live-restore"] === true,
        registryMirrors: host.daemonIsSecret
          ? pulumi.secret(mirrorsIn(settings))
          : mirrorsIn(settings),
        settingsAreSecret: host.daemonIsSecret,
        converged: machine.converged,
      },
      { parent: this },
    );
    const bundle = listener.api === "mutual-tls" ? client.bundle : undefined;
    return {
      api: listener.api,
      // The docker provider dials by itself, and knows no tunnel.
      endpoint:
        tunnel === undefined && shared.withProvider.has(host.name)
          ? proveWithProvider(hostNames.dockerProvider(host.name), proof, bundle, this)
          : proof.endpoint,
      ...(tunnel === undefined ? {} : { tunnel: tunnelCommand(host) }),
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

  /** The machine's identity, as its files and as what a proof of it takes. */
  #server(
    host: ConfiguredHost,
    { args, authority, client, stranger }: Shared,
  ): { readonly files: TlsContents; readonly proof: TlsProofArgs } {
    const { lifetimes } = args;
    const others = host.authorities.map(({ pem }) => pem);
    const server = new ServerCertificate(
      hostNames.server(host.name),
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
    return {
      files: {
        ca: authority.certificate.apply((own) => trustBundle(own, others)),
        cert: server.certificate,
        key: server.privateKey,
      },
      proof: {
        ca: authority.certificate,
        clientCertificate: client.certificate,
        clientKey: client.privateKey,
        strangerCertificate: stranger.certificate,
        strangerKey: stranger.privateKey,
        serverCertificate: server.certificate,
        ...(others.length === 0 ? {} : { alsoTrusted: fingerprintsOf(others) }),
      },
    };
  }
}

/** What every run says of a machine that anyone may command. */
function openDoor({ name, address, listener }: ConfiguredHost): string {
  const who = isLocalOnly(listener) ? "every user of the machine" : "whoever can connect";
  return formatProblem({
    where: `dockertls:hosts.${name}.api`,
    what: `plain-tcp at ${endpoint(dialled(listener, address), listener.port)}`,
    why: `${who} has root there, without a key or a trace`,
    fix: "set it to mutual-tls, or keep the port behind a firewall",
  });
}

/** What every run says of a machine that would be taken from others once more. */
function takesOver({ name }: ConfiguredHost): string {
  return formatProblem({
    where: `dockertls:hosts.${name}.takeOver`,
    what: "is true",
    why: "whoever takes the machine over from this stack some day loses it again at the next up",
    fix: "take the setting out once up has gone through",
  });
}

function tunnelCommand({ address, listener, ssh }: ConfiguredHost): string {
  // Bound to the very address that the certificate names.
  const target = `${bracketed(dialled(listener, address))}:${String(listener.port)}`;
  return `ssh -N -L ${target}:${target} -p ${String(ssh.port)} ${ssh.user}@${ssh.host}`;
}
