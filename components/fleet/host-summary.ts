import type * as pulumi from "@pulumi/pulumi";
import { bracketed } from "../model/address.ts";
import { dialled, isLocalOnly, type Api } from "../model/daemon-json/listener.ts";
import type { ConfiguredHost } from "../stack/configuration.ts";
import type { ConvergedHost } from "./converge-host.ts";

/** What the stack's outputs say of one machine. */
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
  /** When the served certificate expires, ISO 8601; empty with plain TCP. */
  readonly certificateExpiresAt: pulumi.Output<string>;
  /** Clients that the endpoint turned away in the last proof, a line each; none with plain TCP. */
  readonly refusals: pulumi.Output<string[]>;
  /** What `pulumi up` can't repair, a line each. */
  readonly findings: pulumi.Output<string[]>;
  /** Keys of daemon.json that others have set; names only. */
  readonly unmanagedKeys: pulumi.Output<string[]>;
}

export function summarise(
  host: ConfiguredHost,
  { machine, proof, endpoint }: ConvergedHost,
): HostSummary {
  const { listener } = host;
  return {
    api: listener.api,
    endpoint,
    ...(isLocalOnly(listener) ? { tunnel: tunnelCommand(host) } : {}),
    name: proof.daemonName,
    serverVersion: proof.serverVersion,
    operatingSystem: proof.operatingSystem,
    registryMirrors: proof.registryMirrorsInEffect,
    liveRestore: proof.liveRestoreInEffect,
    certificateExpiresAt: proof.certificateExpiresAt,
    refusals: proof.refusals,
    findings: machine.findings,
    unmanagedKeys: machine.unmanagedKeys,
  };
}

function tunnelCommand({ address, listener, ssh }: ConfiguredHost): string {
  // Bound to the very address that the certificate names.
  const target = `${bracketed(dialled(listener, address))}:${String(listener.port)}`;
  const { bastion } = ssh;
  const jump =
    bastion === undefined
      ? ""
      : ` -J ${bastion.user}@${bracketed(bastion.host)}:${String(bastion.port)}`;
  return `ssh -N -L ${target}:${target}${jump} -p ${String(ssh.port)} ${ssh.user}@${ssh.host}`;
}
