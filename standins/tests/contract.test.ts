// The contract of standins/tests/contract against what the plugin in use says of itself.
import type { PackageSchema } from "./contract/schema.ts";
import { configurationIn, functionIn, resourceIn, typesIn } from "./contract/schema.ts";
import { COMMAND, COMMAND_TYPES } from "./contract/command.ts";
import { CONFIGURATION, DOCKER_TYPES, GET_NETWORK } from "./contract/docker.ts";
import {
  CERT_REQUEST,
  LOCALLY_SIGNED_CERT,
  PRIVATE_KEY,
  SELF_SIGNED_CERT,
  TLS_TYPES,
} from "./contract/tls.ts";
import { PluginClient } from "./plugin-client.ts";

async function schemaOf(plugin: string): Promise<PackageSchema> {
  const client = await PluginClient.start(plugin);
  try {
    return (await client.schema()) as PackageSchema;
  } finally {
    await client.stop();
  }
}

test("command: remote.Command", async () => {
  const schema = await schemaOf("command");
  expect(resourceIn(schema, "command:remote:Command")).toEqual(COMMAND);
  const names = Object.keys(COMMAND_TYPES);
  expect(typesIn(schema, "command:remote", names)).toEqual(COMMAND_TYPES);
}, 30_000);

describe("tls", () => {
  let schema: PackageSchema;
  beforeAll(async () => {
    schema = await schemaOf("tls");
  }, 30_000);

  test.each([
    ["tls:index/privateKey:PrivateKey", PRIVATE_KEY],
    ["tls:index/certRequest:CertRequest", CERT_REQUEST],
    ["tls:index/selfSignedCert:SelfSignedCert", SELF_SIGNED_CERT],
    ["tls:index/locallySignedCert:LocallySignedCert", LOCALLY_SIGNED_CERT],
  ])("%s", (token, contract) => {
    expect(resourceIn(schema, token)).toEqual(contract);
  });

  test("the subjects", () => {
    expect(typesIn(schema, "tls:index", Object.keys(TLS_TYPES))).toEqual(TLS_TYPES);
  });
});

test("docker: configuration and getNetwork", async () => {
  const schema = await schemaOf("docker");
  expect(configurationIn(schema)).toEqual(CONFIGURATION);
  expect(functionIn(schema, "docker:index/getNetwork:getNetwork")).toEqual(GET_NETWORK);
  expect(typesIn(schema, "docker:index", Object.keys(DOCKER_TYPES))).toEqual(DOCKER_TYPES);
}, 30_000);
