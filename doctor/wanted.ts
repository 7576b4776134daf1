// What a host's API shall be, by the configuration: the one place of the doctor that knows its form.
import type { Configuration, HostConfiguration } from "../components/model/configuration.ts";
import { tlsSchema } from "../components/model/configuration-schema.ts";
import { sha256 } from "../components/model/digest.ts";
import type { DesiredHost } from "../components/model/desired.ts";
import type { Envelope } from "../components/model/envelope.ts";

/** What the doctor judges a host by. */
export interface Judged {
  readonly configuration: Pick<Configuration, "tls">;
  /** `project/stack`. */
  readonly stack: string;
}

/** What all hosts of a stack have in common; undefined when that can't be read. */
export function settingsOf(tls: unknown): Judged["configuration"] | undefined {
  const settings = tlsSchema.safeParse(tls).data;
  if (settings === undefined) return undefined;
  const { directory, port, ...lifetimes } = settings;
  return { tls: { directory, port, lifetimes } };
}

export interface WantedApi {
  readonly port: number;
  /** What the probe is told; see components/host/remote/probe.sh. */
  readonly settings: Envelope["settings"];
}

export function apiOf(_host: HostConfiguration, { tls }: Judged["configuration"]): WantedApi {
  const { directory, port } = tls;
  return { port, settings: { directory, port: String(port) } };
}

/** Without the certificates, which only the state knows: good for `groundwork` and `findings`. */
export function desiredOf(host: HostConfiguration, { configuration, stack }: Judged): DesiredHost {
  const { directory, port } = configuration.tls;
  const unknown = sha256("");
  return {
    owner: `${stack}/${host.name}`,
    tls: { directory, port },
    daemon: host.daemon,
    daemonIsSecret: true,
    tlsFiles: { "ca.pem": unknown, "cert.pem": unknown, "key.pem": unknown },
  };
}
