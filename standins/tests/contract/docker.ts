import type * as docker from "@pulumi/docker";
import type * as types from "@pulumi/docker/types/output.js";
import type { FieldsOf, InputsOf } from "./contract.ts";

/** The provider's own inputs. */
export const CONFIGURATION = {
  caMaterial: "string",
  certMaterial: "string",
  certPath: "string",
  context: "string",
  disableDockerDaemonCheck: "boolean",
  host: "string",
  keyMaterial: "string",
  registryAuth: "list of ProviderRegistryAuth",
  sshOpts: "list of string",
} satisfies InputsOf<docker.ProviderArgs>;

export const GET_NETWORK = {
  inputs: { name: "string, required" } satisfies InputsOf<docker.GetNetworkArgs>,
  outputs: {
    containers: "list of getNetworkContainer, required",
    driver: "string, required",
    id: "string, required",
    internal: "boolean, required",
    ipamConfigs: "list of getNetworkIpamConfig, required",
    name: "string, required",
    options: "map of string, required",
    scope: "string, required",
  } satisfies FieldsOf<docker.GetNetworkResult>,
};

export const DOCKER_TYPES = {
  getNetworkContainer: {
    containerId: "string, required",
    endpointId: "string, required",
    ipv4Address: "string, required",
    ipv6Address: "string, required",
    macAddress: "string, required",
    name: "string, required",
  } satisfies FieldsOf<types.GetNetworkContainer>,
  getNetworkIpamConfig: {
    auxAddress: "map of string",
    gateway: "string",
    ipRange: "string",
    subnet: "string",
  } satisfies FieldsOf<types.GetNetworkIpamConfig>,
};
