// The provider's configuration and the function getNetwork, with what they are made of.
import {
  BOOLEAN,
  reference,
  SECRET,
  STRING,
  STRING_MAP,
  STRINGS,
  type FunctionSchema,
  type Properties,
  type Types,
} from "../schema.ts";

const REGISTRY = "docker:index/ProviderRegistryAuth:ProviderRegistryAuth";
const CONTAINER = "docker:index/getNetworkContainer:getNetworkContainer";
const IPAM = "docker:index/getNetworkIpamConfig:getNetworkIpamConfig";

export const CONFIGURATION: Properties = {
  caMaterial: STRING,
  certMaterial: STRING,
  certPath: STRING,
  context: STRING,
  disableDockerDaemonCheck: BOOLEAN,
  host: STRING,
  keyMaterial: STRING,
  registryAuth: { type: "array", items: reference(REGISTRY) },
  sshOpts: STRINGS,
};

const CONTAINER_PROPERTIES = {
  containerId: STRING,
  endpointId: STRING,
  ipv4Address: STRING,
  ipv6Address: STRING,
  macAddress: STRING,
  name: STRING,
};

export const TYPES: Types = {
  [REGISTRY]: {
    type: "object",
    properties: {
      address: STRING,
      authDisabled: BOOLEAN,
      configFile: STRING,
      configFileContent: STRING,
      password: SECRET,
      username: STRING,
    },
    required: ["address"],
  },
  [CONTAINER]: {
    type: "object",
    properties: CONTAINER_PROPERTIES,
    required: Object.keys(CONTAINER_PROPERTIES),
  },
  [IPAM]: {
    type: "object",
    properties: { auxAddress: STRING_MAP, gateway: STRING, ipRange: STRING, subnet: STRING },
  },
};

const OUTPUTS: Properties = {
  containers: { type: "array", items: reference(CONTAINER) },
  driver: STRING,
  id: STRING,
  internal: BOOLEAN,
  ipamConfigs: { type: "array", items: reference(IPAM) },
  name: STRING,
  options: STRING_MAP,
  scope: STRING,
};

export const NETWORK: FunctionSchema = {
  inputs: { type: "object", properties: { name: STRING }, required: ["name"] },
  outputs: { type: "object", properties: OUTPUTS, required: Object.keys(OUTPUTS) },
};
