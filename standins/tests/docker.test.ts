import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Values } from "../values.ts";
import { testAuthority } from "./certificates.ts";
import { BRIDGE, startDockerDaemon, type DockerDaemon } from "./docker-daemon.ts";
import { PluginClient } from "./plugin-client.ts";

const GET_NETWORK = "docker:index/getNetwork:getNetwork";
const authority = testAuthority();
const client = authority.client();

let daemon: DockerDaemon;
const plugins: PluginClient[] = [];

beforeAll(async () => {
  daemon = await startDockerDaemon(authority.server("127.0.0.1"), authority);
});

afterEach(async () => {
  await Promise.all(plugins.splice(0).map((plugin) => plugin.stop()));
});

afterAll(() => daemon.stop());

function material(overrides: Values = {}): Values {
  return {
    host: `tcp://127.0.0.1:${daemon.port}`,
    caMaterial: authority.cert,
    certMaterial: client.cert,
    keyMaterial: client.key,
    ...overrides,
  };
}

/** Each configuration has a process of its own, as in the engine. */
async function configured(config: Values, env?: Record<string, string>): Promise<PluginClient> {
  const plugin = await PluginClient.start("docker", env);
  plugins.push(plugin);
  await plugin.configure(config);
  return plugin;
}

test("getNetwork answers what the daemon says, over mutual TLS", async () => {
  const plugin = await configured(material());
  expect(await plugin.version()).toBe("5.2.0");
  expect(await plugin.invoke(GET_NETWORK, { name: "bridge" })).toEqual({
    id: BRIDGE.Id,
    name: "bridge",
    driver: "bridge",
    scope: "local",
    internal: false,
    options: BRIDGE.Options,
    ipamConfigs: [{ subnet: "172.17.0.0/16", gateway: "172.17.0.1", ipRange: "", auxAddress: {} }],
    containers: [
      expect.objectContaining({ containerId: "a1", name: "first", endpointId: "e1" }),
      expect.objectContaining({ containerId: "b2", ipv4Address: "172.17.0.3/16" }),
    ],
  });
  expect(daemon.requests.at(-1)).toBe("GET /v1.45/networks/bridge");
});

test("a network that isn't there is an error, in the daemon's words", async () => {
  const plugin = await configured(material());
  await expect(plugin.invoke(GET_NETWORK, { name: "nope" })).rejects.toThrow(
    `invoking ${GET_NETWORK}: 1 error occurred:\n\t* Could not find docker network: ` +
      "Error response from daemon: network nope not found\n\n",
  );
});

test("plaintext is spoken when no certificate is given", async () => {
  const plain = await startDockerDaemon();
  const plugin = await configured({ host: `tcp://127.0.0.1:${plain.port}` });
  expect(await plugin.invoke(GET_NETWORK, { name: "bridge" })).toMatchObject({ id: BRIDGE.Id });
  await plain.stop();
});

test("certificates come from a folder, or from the environment", async () => {
  const folder = mkdtempSync(join(tmpdir(), "dockertls-plugin-"));
  try {
    writeFileSync(join(folder, "ca.pem"), authority.cert);
    writeFileSync(join(folder, "cert.pem"), client.cert);
    writeFileSync(join(folder, "key.pem"), client.key);
    const { host, caMaterial, certMaterial, keyMaterial } = material() as Record<string, string>;
    const environment = {
      DOCKER_HOST: host ?? "",
      DOCKER_CA_MATERIAL: caMaterial ?? "",
      DOCKER_CERT_MATERIAL: certMaterial ?? "",
      DOCKER_KEY_MATERIAL: keyMaterial ?? "",
    };
    for (const plugin of [
      await configured({ host: host ?? "", certPath: folder }),
      await configured({}, environment),
    ]) {
      expect(await plugin.invoke(GET_NETWORK, { name: "bridge" })).toMatchObject({ id: BRIDGE.Id });
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});

describe("refuses to be configured", () => {
  const unreachable = "failed to connect to any docker daemon";
  const stranger = testAuthority("another CA");
  const strangerClient = stranger.client();
  const broken = (type: string) => `-----BEGIN ${type}-----\nAAAA\n-----END ${type}-----\n`;

  test.each<[string, () => Values, string]>([
    ["a daemon that is down", () => material({ host: "tcp://127.0.0.1:1" }), unreachable],
    ["another CA's server", () => material({ caMaterial: stranger.cert }), unreachable],
    [
      "another CA's client",
      () => material({ certMaterial: strangerClient.cert, keyMaterial: strangerClient.key }),
      unreachable,
    ],
    ["plaintext on a TLS port", () => ({ host: `tcp://127.0.0.1:${daemon.port}` }), unreachable],
    [
      "half of the material",
      () => material({ keyMaterial: "" }),
      "certMaterial, keyMaterial, and caMaterial must all be specified",
    ],
    [
      "a key of another certificate",
      () => material({ keyMaterial: strangerClient.key }),
      "tls: private key does not match public key",
    ],
    [
      "a broken certificate",
      () => material({ certMaterial: broken("CERTIFICATE") }),
      "x509: malformed certificate",
    ],
    [
      "a broken key",
      () => material({ keyMaterial: broken("EC PRIVATE KEY") }),
      "tls: failed to parse private key",
    ],
    [
      "a broken CA",
      () => material({ caMaterial: broken("CERTIFICATE") }),
      "could not add RootCA pem",
    ],
    ["material and a folder", () => material({ certPath: "/x" }), "certPath must not be specified"],
    [
      "a folder that isn't there",
      () => ({ host: `tcp://127.0.0.1:${daemon.port}`, certPath: "/nonexistent" }),
      'failed to create tls config: could not read CA certificate "/nonexistent/ca.pem"',
    ],
    ["no PEM", () => material({ caMaterial: "x" }), "could not add RootCA pem"],
    ["no address", () => ({ host: "foo" }), "unable to parse docker host `foo`"],
  ])("%s", async (_what, config, reason) => {
    const said = configured(config()).then(String, String);
    expect(await said).toContain(
      "docker native provider returned an unexpected error from Configure",
    );
    expect(await said).toContain(reason);
  });

  test("a server whose certificate names another address", async () => {
    const elsewhere = await startDockerDaemon(authority.server("10.9.9.9"), authority);
    const config = material({ host: `tcp://127.0.0.1:${elsewhere.port}` });
    await expect(configured(config)).rejects.toThrow(unreachable);
    await elsewhere.stop();
  });

  test("the environment's host overrides the configured one", async () => {
    await expect(configured(material(), { DOCKER_HOST: "tcp://127.0.0.1:1" })).rejects.toThrow(
      unreachable,
    );
  });
});

test("a daemon that goes down later is named in the error", async () => {
  const short = await startDockerDaemon(authority.server("127.0.0.1"), authority);
  const host = `tcp://127.0.0.1:${short.port}`;
  const plugin = await configured(material({ host }));
  await short.stop();
  await expect(plugin.invoke(GET_NETWORK, { name: "bridge" })).rejects.toThrow(
    `Error pinging Docker server, please make sure that ${host} is reachable and has a  '_ping' ` +
      `endpoint. Error: Cannot connect to the Docker daemon at ${host}. Is the docker daemon running?`,
  );
});

test("a changed host or key updates the provider in place", async () => {
  const plugin = await PluginClient.start("docker");
  plugins.push(plugin);
  const diff = await plugin.diffConfig(material(), material({ host: "tcp://other:2376" }));
  expect(diff).toMatchObject({ changes: true, replaces: [], detail: { host: "update" } });
  const { failures } = await plugin.checkConfig({ hots: "tcp://typo:2376" });
  expect(failures.join()).toContain("`docker:hots` is not a valid configuration key");
});
