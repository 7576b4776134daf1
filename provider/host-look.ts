import type { DesiredHost } from "../components/model/desired/desired-host.ts";
import { isShutOut } from "../components/model/drift/findings.ts";
import type { FirewallFacts } from "../components/model/firewall/firewall-facts.ts";
import { dialled, isBehindSsh } from "../components/model/daemon-json/listener.ts";
import type { MachineFacts } from "../components/model/observed/facts.ts";
import { MachineError } from "../components/model/problem.ts";
import type { EndpointProbe } from "../components/model/observed/endpoint-probe.ts";
import type { SshTarget } from "../components/model/ssh-target.ts";
import { askFirewall } from "./firewall.ts";
import { look } from "./look.ts";
import { probeEndpoint } from "./served-certificate.ts";
import { openerOf } from "./tunnel.ts";

export interface HostLookArgs {
  /** Name of the machine in the configuration. */
  readonly host: string;
  readonly connection: SshTarget;
  /** Whether remote programs run through sudo. */
  readonly sudo: boolean;
  readonly desired: DesiredHost;
}

/** What a look finds, before it is compared with anything. */
export interface HostLook {
  readonly facts: MachineFacts;
  /** The port of its API, as probed from here. */
  readonly endpointProbe: EndpointProbe;
  /** Asked for where that port is closed to this machine. */
  readonly firewall?: FirewallFacts | undefined;
  /** Seconds since 1970 by this machine's clock, when the look began. */
  readonly asked: number;
}

/** What went wrong on a host, with its name in front. */
export function problemOfHost(host: string, error: unknown): MachineError {
  if (error instanceof MachineError) {
    const { problem } = error;
    const named = problem.where.startsWith(`${host}: `);
    return named ? error : new MachineError({ ...problem, where: `${host}: ${problem.where}` });
  }
  return new MachineError({
    where: `${host}: look`,
    what: `its answer can't be used (${error instanceof Error ? error.message : "unknown"})`,
    why: "its state is not known",
    fix: "see what is unusual on the machine, and report this",
  });
}

/** Looks over SSH and probes the API at the same time; through SSH where it can't be dialled from here. */
export async function lookAtHost(args: HostLookArgs): Promise<HostLook> {
  const asked = Date.now() / 1000;
  const { host, connection, sudo, desired } = args;
  const { listener, daemon } = desired;
  const dataRoot = daemon["data-root"];
  const inside = {
    ...{ host, connection, sudo, listener },
    ...(typeof dataRoot === "string" ? { dataRoot } : {}),
  };
  const endpoint = { host: dialled(listener, connection.host), port: listener.port };
  const overTls = listener.api === "mutual-tls";
  if (!isBehindSsh(listener, connection)) {
    const [facts, endpointProbe] = await Promise.all([
      look(inside),
      probeEndpoint(endpoint, overTls),
    ]);
    const firewall = isShutOut(facts, desired, connection.host, endpointProbe)
      ? await askFirewall(args)
      : undefined;
    return { facts, endpointProbe, firewall, asked };
  }
  let endpointProbe: EndpointProbe = {};
  const facts = await look({
    ...inside,
    besides: async (client) => {
      endpointProbe = await probeEndpoint(
        { ...endpoint, open: openerOf(client, connection) },
        overTls,
      );
    },
  });
  return { facts, endpointProbe, asked };
}
