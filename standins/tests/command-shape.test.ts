// What `check` of remote.Command makes of its inputs.
import { isSecret, isUnknown, reveal, UNKNOWN, type Values } from "../values.ts";
import { COMMAND, COMMAND_TYPES } from "./contract/command.ts";
import { isSecretLine } from "./contract/contract.ts";
import { PluginClient } from "./plugin-client.ts";

const TOKEN = "command:remote:Command";
const HOST = { host: "192.0.2.1" };

let plugin: PluginClient;

beforeAll(async () => {
  plugin = await PluginClient.start("command");
  await plugin.configure();
}, 30_000);

afterAll(() => plugin.stop());

const check = (inputs: Values) => plugin.check(TOKEN, inputs);

async function checkedConnection(connection: Values): Promise<Values> {
  const { inputs, failures } = await check({ connection });
  expect(failures).toEqual([]);
  return reveal(inputs["connection"] ?? null) as Values;
}

test("what is left out of a connection stays out, but for its defaults", async () => {
  expect(await checkedConnection(HOST)).toEqual({
    ...HOST,
    user: "root",
    port: 22,
    dialErrorLimit: 10,
    perDialTimeout: 15,
  });
});

test("what is given stays, even where it is nothing", async () => {
  const given = { ...HOST, user: "ops", port: 2222, dialErrorLimit: 0, perDialTimeout: 0 };
  expect(await checkedConnection(given)).toEqual(given);
});

test("a bastion has the same defaults", async () => {
  const { proxy } = await checkedConnection({ ...HOST, proxy: HOST });
  expect(proxy).toMatchObject({ ...HOST, user: "root", port: 22, dialErrorLimit: 10 });
});

test("limits are whole numbers", async () => {
  const limits = { dialErrorLimit: 1.5, perDialTimeout: 2.9 };
  expect(await checkedConnection({ ...HOST, ...limits })).toMatchObject({
    dialErrorLimit: 1,
    perDialTimeout: 2,
  });
});

test("each credential is secret, of a bastion too", async () => {
  const credentials = { password: "p", privateKey: "k", privateKeyPassword: "q" };
  const { inputs } = await check({
    connection: { ...HOST, ...credentials, proxy: { ...HOST, ...credentials } },
  });
  const { connection } = inputs;
  if (!isSecret(connection)) throw new Error("the connection is not secret");
  const { value } = connection as { value: Values };
  for (const endpoint of [value, value["proxy"] as Values]) {
    const lines = Object.entries(COMMAND_TYPES.ProxyConnection);
    const expected = lines.filter(([, line]) => isSecretLine(line)).map(([key]) => key);
    const found = Object.keys(endpoint).filter((key) => isSecret(endpoint[key]));
    expect(found.toSorted()).toEqual(expected.toSorted());
  }
});

test("a connection of which nothing is known yet passes, as a secret", async () => {
  const { inputs, failures } = await check({ connection: UNKNOWN, create: UNKNOWN });
  expect(failures).toEqual([]);
  expect([isSecret(inputs["connection"]), isUnknown(inputs["connection"])]).toEqual([true, true]);
});

const WRONG: Readonly<Record<string, [value: Values[string], type: string]>> = {
  boolean: ["yes", "bool"],
  string: [3, "string"],
  Connection: ["192.0.2.1", "remote.Connection"],
  "map of string": [["A=b"], "map[string]string"],
  Logging: [3, "remote.Logging"],
  "list of anything": ["a", "[]interface {}"],
};

test.each(Object.entries(COMMAND.inputs))("%s (%s) refuses another type", async (key, line) => {
  const [value = null, type] = WRONG[line.split(", ")[0] ?? ""] ?? [];
  const { failures } = await check({ connection: HOST, [key]: value });
  expect(failures.join()).toContain(`'${key}' on 'remote.CommandInputs' must be a '${type ?? ""}'`);
});

test.each<[string, Values, string]>([
  ["a variable that is no text", { environment: { A: 1 } }, "must be a 'string'; got 'float64'"],
  ["the output as an input", { stdout: "x" }, "Unrecognized field 'stdout'"],
  ["an input of local.Command", { interpreter: ["sh"] }, "Unrecognized field 'interpreter'"],
  ["a misspelt field", { connection: { ...HOST, hostkey: "x" } }, "Unrecognized field 'hostkey'"],
  ["a bastion without an address", { connection: { ...HOST, proxy: {} } }, "required field 'host'"],
  [
    "a bastion behind a bastion",
    { connection: { ...HOST, proxy: { ...HOST, proxy: HOST } } },
    "Unrecognized field 'proxy'",
  ],
])("%s is refused", async (_what, inputs, reason) => {
  const { failures } = await check({ connection: HOST, ...inputs });
  expect(failures.join()).toContain(reason);
});
