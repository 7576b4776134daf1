import * as pulumi from "@pulumi/pulumi";
import type { TlsContents } from "../host/desired-inputs.ts";
import { Host } from "../host/host.ts";
import { hostNames } from "../identity.ts";
import type { Lifetime } from "../model/certificates.ts";
import { dialled, isBehindSsh } from "../model/daemon-json/listener.ts";
import { daemonSettings } from "../model/daemon-json/merge.ts";
import type { AuthoritiesInput } from "../model/authority-change.ts";
import { mirrorsIn } from "../model/daemon-json/mirrors.ts";
import type { KeyAlgorithm } from "../model/key-algorithm.ts";
import { fingerprintsOf, trustBundle } from "../model/trust-bundle.ts";
import type { Side } from "../pki/authorities.ts";
import { ServerCertificate } from "../pki/server-certificate.ts";
import type { ConfiguredHost } from "../stack/configuration.ts";
import { EndpointProof, type TlsProofArgs } from "../verify/endpoint-proof.ts";
import { proveWithProvider } from "../verify/provider-proof.ts";
import type { UntrustedClient } from "../verify/untrusted-client.ts";
import type { Clients } from "./clients.ts";

/** What the machines of a stack have in common. */
export interface Shared {
  /** `project/stack`. */
  readonly stack: string;
  /** Who signs for machines, and whom machines trust. */
  readonly side: Side;
  readonly serverLifetime: Lifetime;
  readonly authorities: AuthoritiesInput;
  /** Whether clients trust roots that daemons don't. */
  readonly clientsTrustMore: boolean;
  readonly algorithm: KeyAlgorithm;
  /** Where each host of the stack is reached over SSH, by its name. */
  readonly hostEndpoints: Readonly<Record<string, string>>;
  /** Hosts that the docker provider connects to as well. */
  readonly provenByProvider: ReadonlySet<string>;
  readonly clients: Clients;
  readonly untrustedClient: UntrustedClient;
}

/** A machine in its desired state, and the proof of it. */
export interface ConvergedHost {
  readonly machine: Host;
  readonly proof: EndpointProof;
  /** `tcp://address:port`, once every client that is to prove it has worked against it. */
  readonly endpoint: pulumi.Output<string>;
}

/** Issues a machine's certificate, converges the machine when its turn has come, and proves its endpoint. */
export function convergeHost(
  host: ConfiguredHost,
  shared: Shared,
  turn: Promise<void>,
  parent: pulumi.Resource,
): ConvergedHost {
  const { name, listener } = host;
  const server = listener.api === "mutual-tls" ? serverIdentity(host, shared, parent) : undefined;
  const machine = new Host(
    name,
    {
      owner: `${shared.stack}/${name}`,
      ssh: host.ssh,
      inlineHostKey: host.hasInlineHostKey,
      sudo: host.sudo,
      hostEndpoints: shared.hostEndpoints,
      takeOver: host.takeOver,
      waitFor: host.waitFor,
      healthCheck: host.healthCheck,
      maintenance: host.maintenance !== false,
      listener,
      daemon: host.daemon,
      daemonIsSecret: host.daemonIsSecret,
      allowContainerRestart: host.allowContainerRestart,
      unmanaged: host.unmanaged,
      tls: server?.files,
      certificateValidFrom: server?.validFrom,
      authorities: shared.authorities,
      turn,
    },
    { parent },
  );
  const proof = proveEndpoint(host, server?.proof, machine.converged, parent);
  // The docker provider dials by itself, as soon as the engine has it, and knows no tunnel.
  const byProvider =
    !isBehindSsh(listener, host.ssh) &&
    shared.provenByProvider.has(name) &&
    host.maintenance === false;
  const bundle = listener.api === "mutual-tls" ? shared.clients.own.bundle : undefined;
  const endpoint = byProvider
    ? proveWithProvider(hostNames.dockerProvider(name), proof, bundle, parent)
    : proof.endpoint;
  return { machine, proof, endpoint };
}

function proveEndpoint(
  host: ConfiguredHost,
  tls: TlsProofArgs | undefined,
  converged: pulumi.Output<string>,
  parent: pulumi.Resource,
): EndpointProof {
  const { name, address, listener, daemonIsSecret } = host;
  const settings = daemonSettings(host.daemon);
  const mirrors = mirrorsIn(settings);
  return new EndpointProof(
    hostNames.proof(name),
    {
      host: name,
      address: dialled(listener, address),
      port: listener.port,
      tunnel: isBehindSsh(listener, host.ssh) ? host.ssh : undefined,
      tls,
      liveRestore: settings["live-restore"] === true,
      registryMirrors: daemonIsSecret ? pulumi.secret(mirrors) : mirrors,
      settingsAreSecret: daemonIsSecret,
      converged,
      maintenance: host.maintenance === false ? undefined : true,
    },
    { parent },
  );
}

/** The machine's certificate and key: as its TLS files, and as what a proof of it takes. */
function serverIdentity(
  host: ConfiguredHost,
  { side, clientsTrustMore, serverLifetime, algorithm, clients, untrustedClient }: Shared,
  parent: pulumi.Resource,
): {
  readonly files: TlsContents;
  readonly validFrom: pulumi.Output<string>;
  readonly proof: TlsProofArgs;
} {
  const alsoTrusted = host.authorities.map(({ pem }) => pem);
  const server = new ServerCertificate(
    hostNames.server(host.name),
    {
      ...{ side, algorithm, lifetime: serverLifetime },
      commonName: host.name,
      address: host.address,
      extraSans: host.extraSans,
      maintenance: host.maintenance !== false,
    },
    { parent },
  );
  const { own, admitted, groupAuthorities } = clients;
  return {
    files: {
      ca: pulumi
        .all([side.trusts, ...groupAuthorities])
        .apply(([ours = "", ...groups]) => trustBundle(ours, [...groups, ...alsoTrusted])),
      cert: server.chain,
      key: server.privateKey,
    },
    validFrom: server.validFrom,
    proof: {
      ca: own.trusts,
      ...(clientsTrustMore ? { trusted: side.trusts } : {}),
      clientCertificate: own.certificate,
      clientKey: own.privateKey,
      strangerCertificate: untrustedClient.certificate,
      strangerKey: untrustedClient.privateKey,
      serverCertificate: server.certificate,
      misused: { certificate: server.certificate, privateKey: server.privateKey },
      ...(admitted.length === 0 ? {} : { admitted }),
      ...(alsoTrusted.length === 0 ? {} : { alsoTrusted: fingerprintsOf(alsoTrusted) }),
    },
  };
}
