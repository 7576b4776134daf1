// Stand-ins that stay from run to run: connections share their process, and nothing else.
import { pluginVersions } from "../../lab/engine/versions.ts";
import { residentPlugins, stopResidentPlugins } from "../../tests/support/resident-plugins.ts";
import { startDockerDaemon, type DockerDaemon } from "./docker-daemon.ts";
import { PluginClient } from "./plugin-client.ts";

const clients: PluginClient[] = [];
const daemons: DockerDaemon[] = [];

afterAll(async () => {
  await Promise.all([...clients, ...daemons].map((one) => one.stop()));
  await stopResidentPlugins();
});

const residents = (origin: "stand-in" | "installed"): Promise<NodeJS.ProcessEnv> =>
  residentPlugins(
    pluginVersions.map((version) => ({ ...version, origin })),
    process.env,
  );

async function attach(name: string): Promise<PluginClient> {
  const { PULUMI_DEBUG_PROVIDERS: list = "" } = await residents("stand-in");
  const [, port = ""] = new RegExp(String.raw`(?:^|,)${name}:(\d+)`).exec(list) ?? [];
  const client = await PluginClient.attach(port);
  clients.push(client);
  return client;
}

test("each connection has a configuration of its own", async () => {
  const [one, other] = [await attach("docker"), await attach("docker")];
  for (const client of [one, other]) {
    const daemon = await startDockerDaemon();
    daemons.push(daemon);
    await client.configure({ host: `tcp://127.0.0.1:${daemon.port}` });
  }
  const asked = (): boolean[] =>
    daemons.map(({ requests }) => requests.some((request) => request.includes("/networks/")));

  await one.invoke("docker:index/getNetwork:getNetwork", { name: "bridge" });

  expect(asked()).toEqual([true, false]);
  const third = await attach("docker");
  await expect(
    third.invoke("docker:index/getNetwork:getNetwork", { name: "bridge" }),
  ).rejects.toThrow("the provider is not configured");
});

test("each connection speaks to its own engine, and is cancelled by it alone", async () => {
  const [one, other] = [await attach("command"), await attach("command")];
  const closed = { host: "127.0.0.1", port: 1, dialErrorLimit: 1, password: "x" };
  const create = (client: PluginClient): Promise<unknown> =>
    client.create("command:remote:Command", { connection: closed, create: "true" });

  await expect(create(one)).rejects.toThrow("after 1 failed attempts");
  expect(one.log.map(({ message }) => message)).toEqual(["Dial 1/1 failed: retrying"]);
  expect(other.log).toEqual([]);

  await one.cancel();
  await expect(create(one)).rejects.toThrow("context canceled");
  await expect(create(other)).rejects.toThrow("after 1 failed attempts");
});

test("an engine whose plugins are no stand-ins is told of none", async () => {
  expect(await residents("installed")).toEqual({});
});
