// The desired state of a host, from its configuration.
import type { HostConfiguration } from "../components/model/configuration/parse.ts";
import type { DesiredHost } from "../components/model/desired/desired-host.ts";
import { sha256 } from "../components/model/digest.ts";

/** What the checks of a host need to know of its stack. */
export interface StackFacts {
  /** `project/stack`. */
  readonly stack: string;
  /** Where each host of the stack is reached, `address:port`, by its name. */
  readonly hostEndpoints: Readonly<Record<string, string>>;
}

/** Without the certificates, which only the state knows: good for `checkPreconditions` and `findings`. */
export function desiredOf(host: HostConfiguration, { stack }: StackFacts): DesiredHost {
  const unknown = sha256("");
  return {
    owner: `${stack}/${host.name}`,
    listener: host.listener,
    daemon: host.daemon,
    daemonIsSecret: true,
    allowContainerRestart: host.allowContainerRestart,
    unmanaged: host.unmanaged,
    ...(host.listener.api === "mutual-tls"
      ? { tlsFiles: { ca: unknown, cert: unknown, key: unknown } }
      : {}),
  };
}
