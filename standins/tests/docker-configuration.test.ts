// What becomes of the docker provider when its inputs change, before anything is dialled.
import { UNKNOWN, type Values } from "../values.ts";
import { PluginClient } from "./plugin-client.ts";

const host = "tcp://192.0.2.1:2375";
const tls = { caMaterial: "a", certMaterial: "b", keyMaterial: "c" };

let plugin: PluginClient;

beforeAll(async () => {
  plugin = await PluginClient.start("docker");
}, 30_000);

afterAll(() => plugin.stop());

test.each<[string, Values, Values, Record<string, string>]>([
  ["the same", {}, {}, {}],
  ["another host", {}, { host: "tcp://other:2375" }, { host: "update" }],
  ["a host that isn't known yet", {}, { host: UNKNOWN }, {}],
  [
    "certificates, from now on",
    {},
    tls,
    { caMaterial: "add", certMaterial: "add", keyMaterial: "add" },
  ],
  [
    "no certificates any more",
    tls,
    {},
    { caMaterial: "delete", certMaterial: "delete", keyMaterial: "delete" },
  ],
])("%s: an update in place, or no change", async (_what, olds, news, detail) => {
  const difference = await plugin.diffConfig({ host, ...olds }, { host, ...news });
  expect(difference).toMatchObject({ detail, replaces: [] });
  expect(difference.changes).toBe(Object.keys(detail).length > 0);
});

test("inputs may all be unknown, in a preview", async () => {
  const unknown = { host: UNKNOWN, caMaterial: UNKNOWN };
  expect(await plugin.checkConfig(unknown)).toEqual({ inputs: unknown, failures: [] });
});
