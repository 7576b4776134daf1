import * as pulumi from "@pulumi/pulumi";
import type { TlsFile } from "../model/daemon-json/listener.ts";
import { recordedListener, type RecordedHost } from "../model/desired/recorded-host.ts";
import { sha256 } from "../model/digest.ts";
import type { HostArgs } from "./host.ts";
import { machineScript } from "./remote/scripts.ts";

/** Contents of the TLS files of a machine, PEM. A change of any restarts dockerd. */
export interface TlsContents {
  /** Whom the daemon trusts. */
  readonly ca: pulumi.Input<string>;
  /** The daemon's certificate. */
  readonly cert: pulumi.Input<string>;
  /** Its private key; secret. */
  readonly key: pulumi.Input<string>;
}

/** A desired state, of which parts may be known only when a certificate is issued. */
export type DesiredInputs = {
  readonly [Part in Exclude<keyof RecordedHost, "tlsFiles">]-?: pulumi.Input<
    NonNullable<RecordedHost[Part]>
  >;
} & { readonly tlsFiles?: Readonly<Record<TlsFile, pulumi.Input<string>>> };

/**
 * Each part by itself: in a preview the digest of a certificate that is about to be issued is not
 * known, and would take all the rest along.
 */
export function desiredInputs(args: HostArgs): DesiredInputs {
  const { owner, daemonIsSecret, allowContainerRestart, unmanaged, tls } = args;
  const daemon = daemonIsSecret ? pulumi.secret(args.daemon) : args.daemon;
  const listener = recordedListener(args.listener);
  const { digest: script } = machineScript();
  const desired = {
    ...{ owner, listener, daemonIsSecret, allowContainerRestart, unmanaged, daemon, script },
  };
  if (tls === undefined) return desired;
  const tlsFiles = { ca: digestOf(tls.ca), cert: digestOf(tls.cert), key: digestOf(tls.key) };
  return { ...desired, tlsFiles };
}

/** Digests of random keys tell nothing about them, so they may be seen in a diff. */
function digestOf(content: pulumi.Input<string>): pulumi.Output<string> {
  return pulumi.unsecret(pulumi.output(content).apply(sha256));
}
