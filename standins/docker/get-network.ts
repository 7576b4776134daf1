import type { Values } from "../values.ts";
import type { Daemon } from "./daemon.ts";

/** `GET /networks/{name}`, as far as it is read here. */
interface Network {
  readonly Id: string;
  readonly Name: string;
  readonly Driver: string;
  readonly Scope: string;
  readonly Internal: boolean;
  readonly Options: Record<string, string> | null;
  readonly IPAM: {
    readonly Config:
      | {
          readonly Subnet?: string;
          readonly Gateway?: string;
          readonly IPRange?: string;
          readonly AuxiliaryAddresses?: Record<string, string>;
        }[]
      | null;
  };
  readonly Containers: Record<
    string,
    {
      readonly Name: string;
      readonly EndpointID: string;
      readonly MacAddress: string;
      readonly IPv4Address: string;
      readonly IPv6Address: string;
    }
  > | null;
}

export async function getNetwork(daemon: Daemon, name: string): Promise<Values> {
  if (name === "") throw new Error("One of id or name must be assigned");
  const version = await daemon.ping().catch((error: unknown) => {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(
      `failed to create Docker client: Error pinging Docker server, please make sure that ` +
        `${daemon.host} is reachable and has a  '_ping' endpoint. Error: ${reason}`,
    );
  });
  const { status, body } = await daemon.get(`/v${version}/networks/${encodeURI(name)}`);
  if (status !== 200) {
    const { message } = body as { message?: string };
    throw new Error(
      `Could not find docker network: Error response from daemon: ${message ?? status}`,
    );
  }
  return outputs(body as Network);
}

function outputs(network: Network): Values {
  const containers = Object.entries(network.Containers ?? {})
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([containerId, container]) => ({
      containerId,
      name: container.Name,
      endpointId: container.EndpointID,
      macAddress: container.MacAddress,
      ipv4Address: container.IPv4Address,
      ipv6Address: container.IPv6Address,
    }));
  const ipamConfigs = (network.IPAM.Config ?? []).map((config) => ({
    subnet: config.Subnet ?? "",
    gateway: config.Gateway ?? "",
    ipRange: config.IPRange ?? "",
    auxAddress: config.AuxiliaryAddresses ?? {},
  }));
  return {
    id: network.Id,
    name: network.Name,
    driver: network.Driver,
    scope: network.Scope,
    internal: network.Internal,
    options: network.Options ?? {},
    ipamConfigs,
    containers,
  };
}
