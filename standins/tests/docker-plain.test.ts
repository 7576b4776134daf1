// The docker provider over plain TCP: a host, and no certificates.
import { createServer } from "node:net";
import { once } from "node:events";
import type { Values } from "../values.ts";
import { BRIDGE, startDockerDaemon, type DockerDaemon } from "./docker-daemon.ts";
import { PluginClient } from "./plugin-client.ts";

const GET_NETWORK = "docker:index/getNetwork:getNetwork";
const CONFIGURE = "docker native provider returned an unexpected error from Configure: ";
const UNREACHABLE = `${CONFIGURE}failed to connect to any docker daemon`;

let daemon: DockerDaemon;
let host: string;
const plugins: PluginClient[] = [];

beforeAll(async () => {
  daemon = await startDockerDaemon();
  host = `tcp://127.0.0.1:${daemon.port}`;
});

afterEach(async () => {
  await Promise.all(plugins.splice(0).map((plugin) => plugin.stop()));
});

afterAll(() => daemon.stop());

async function started(env?: Record<string, string>): Promise<PluginClient> {
  const plugin = await PluginClient.start("docker", env);
  plugins.push(plugin);
  return plugin;
}

async function ask(config: Values, args: Values, env?: Record<string, string>): Promise<Values> {
  const plugin = await started(env);
  await plugin.configure(config);
  return plugin.invoke(GET_NETWORK, args);
}

const bridge = { name: "bridge" };

test.each<[string, () => Values]>([
  ["tcp", () => ({ host })],
  ["http", () => ({ host: host.replace("tcp:", "http:") })],
  ["a name for the address", () => ({ host: host.replace("127.0.0.1", "localhost") })],
  ["a slash at the end", () => ({ host: `${host}/` })],
  [
    "nothing for certificates",
    () => {
      return { host, caMaterial: "", certMaterial: "", keyMaterial: "", context: "" };
    },
  ],
])("%s: getNetwork answers", async (_what, config) => {
  expect(await ask(config(), bridge)).toMatchObject({ id: BRIDGE.Id, driver: "bridge" });
  expect(daemon.requests.at(-1)).toBe("GET /v1.45/networks/bridge");
});

describe("the environment", () => {
  // With certificates it is the other way round: see docker.test.ts.
  test("its host does not override the configured one", async () => {
    const answer = await ask({ host }, bridge, { DOCKER_HOST: "tcp://127.0.0.1:1" });
    expect(answer).toMatchObject({ id: BRIDGE.Id });
  });

  test("its host is used when none is configured", async () => {
    expect(await ask({}, bridge, { DOCKER_HOST: host })).toMatchObject({ id: BRIDGE.Id });
  });

  test("DOCKER_TLS_VERIFY alone does not turn TLS on", async () => {
    const answer = await ask({ host }, bridge, { DOCKER_TLS_VERIFY: "1" });
    expect(answer).toMatchObject({ id: BRIDGE.Id });
  });

  test("a certificate of its own is half of the material", async () => {
    await expect(ask({ host }, bridge, { DOCKER_CA_MATERIAL: "x" })).rejects.toThrow(
      "certMaterial, keyMaterial, and caMaterial must all be specified",
    );
  });
});

describe("getNetwork refuses", () => {
  test.each<[string, Values, string]>([
    ["no name", {}, '[name] Missing required argument: The argument "name" is required'],
    ["an empty name", { name: "" }, "One of id or name must be assigned"],
    ["an argument that it has not", { ...bridge, foo: 1 }, "[foo] Invalid or unknown key"],
    ["a network that isn't there", { name: "nope" }, "daemon: network nope not found"],
    ["a daemon that is broken", { name: "broken" }, "daemon: something is wrong"],
  ])("%s", async (_what, args, reason) => {
    await expect(ask({ host }, args)).rejects.toThrow(reason);
  });
});

describe("a daemon that is not there", () => {
  test.each<[string, Values]>([
    ["nobody listens", { host: "tcp://127.0.0.1:1" }],
    ["nobody listens on IPv6", { host: "tcp://[::1]:1" }],
    ["no socket", { host: "unix:///nonexistent.sock" }],
    [
      "unchecked, as it may be told to be",
      { host: "tcp://127.0.0.1:1", disableDockerDaemonCheck: true },
    ],
  ])("%s: the provider can't be configured", async (_what, config) => {
    await expect(ask(config, bridge)).rejects.toThrow(UNREACHABLE);
  });

  test("someone else listens, and hangs up", async () => {
    const other = createServer((socket) => socket.destroy()).listen(0, "127.0.0.1");
    await once(other, "listening");
    const { port } = other.address() as { port: number };
    await expect(ask({ host: `tcp://127.0.0.1:${port}` }, bridge)).rejects.toThrow(UNREACHABLE);
    other.close();
  });

  test("one that goes away later is named", async () => {
    const short = await startDockerDaemon();
    const plugin = await started();
    const address = `tcp://127.0.0.1:${short.port}`;
    await plugin.configure({ host: address });
    await short.stop();
    await expect(plugin.invoke(GET_NETWORK, bridge)).rejects.toThrow(
      `invoking ${GET_NETWORK}: 1 error occurred:\n\t* failed to create Docker client: Error ` +
        `pinging Docker server, please make sure that ${address} is reachable`,
    );
  });
});

test.each<[string, string, string]>([
  ["no scheme", "127.0.0.1:2375", 'parse "127.0.0.1:2375": first path segment in URL cannot'],
  ["no address", "tcp", "unable to parse docker host `tcp`"],
])("a host with %s can't be configured", async (_what, wrong, reason) => {
  await expect(ask({ host: wrong }, bridge)).rejects.toThrow(CONFIGURE + reason);
});
