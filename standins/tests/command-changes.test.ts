// What changes do to a remote.Command, what becomes of secrets, and what a failure leaves.
import { isSecret, isUnknown, secret, UNKNOWN, type Values } from "../values.ts";
import { ed25519Keys } from "../../tests/support/ssh-keys.ts";
import { PluginClient, type Old } from "./plugin-client.ts";
import { connectionTo, startSshServer, type SshServer } from "./ssh-server.ts";

const TOKEN = "command:remote:Command";

let plugin: PluginClient;
let server: SshServer;

beforeAll(async () => {
  server = await startSshServer();
  plugin = await PluginClient.start("command");
  await plugin.configure();
}, 30_000);

afterAll(async () => {
  await plugin.stop();
  await server.stop();
});

function make(inputs: Values, overrides: Values = {}): Promise<Old> {
  return plugin.make(TOKEN, { connection: connectionTo(server, overrides), ...inputs });
}

async function checked(inputs: Values, overrides: Values = {}): Promise<Values> {
  const connection = connectionTo(server, overrides);
  return (await plugin.check(TOKEN, { connection, ...inputs })).inputs;
}

describe("a changed connection", () => {
  test.each<[string, Values]>([
    ["host", { host: "127.0.0.2" }],
    ["port", { port: 1 }],
    ["user", { user: "ops" }],
    ["private key", { privateKey: ed25519Keys().private }],
    ["host key", { hostKey: null }],
    ["limit", { dialErrorLimit: 5 }],
    ["host, not known yet,", { host: UNKNOWN }],
  ])("another %s is an update in place", async (_what, overrides) => {
    const old = await make({ create: "true" });
    const difference = await plugin.diff(TOKEN, old, await checked({ create: "true" }, overrides));
    expect(difference).toMatchObject({ detail: { connection: "update" }, replaces: [] });
  });

  test("one that is wholly unknown is none before the update itself", async () => {
    const old = await make({ create: "true" });
    const { inputs } = await plugin.check(TOKEN, { connection: UNKNOWN, create: "true" });
    expect((await plugin.diff(TOKEN, old, inputs)).changes).toBe(false);
    const { state } = await plugin.update(TOKEN, old, inputs, { preview: true });
    expect(isUnknown(state["stdout"])).toBe(true);
  });

  test("one unknown credential makes it unknown in a preview", async () => {
    const inputs = await checked({ create: "true" }, { privateKey: UNKNOWN });
    const { state } = await plugin.create(TOKEN, inputs, { preview: true });
    expect(isUnknown(state["connection"])).toBe(true);
  });

  test("is used from the update on, by another user", async () => {
    const old = await make({ create: "true", delete: "echo gone" });
    const inputs = await checked({ create: "true", delete: "echo gone" }, { user: "ops" });
    const updated = await plugin.update(TOKEN, old, inputs);
    await plugin.delete(TOKEN, updated);
    expect(server.executions.slice(-3).map(({ user }) => user)).toEqual(["root", "ops", "ops"]);
  });
});

describe("other changes", () => {
  const inputs = { create: "true", stdin: "1", environment: { A: "b" }, triggers: ["t"] };

  test.each<[string, Values, string, string]>([
    ["another variable", { environment: { A: "c" } }, "environment.A", "update"],
    ["one more trigger", { triggers: ["t", "u"] }, "triggers[1]", "add"],
    ["a delete", { delete: "true" }, "delete", "add"],
    ["a text that became secret", { stdin: secret("1") }, "stdin", "update"],
  ])("%s", async (_what, change, path, kind) => {
    const old = await make(inputs);
    const { detail } = await plugin.diff(TOKEN, old, await checked({ ...inputs, ...change }));
    expect(detail).toEqual({ [path]: kind });
  });

  test("no triggers any more: it is replaced", async () => {
    const old = await make(inputs);
    const { triggers: _, ...rest } = inputs;
    expect((await plugin.diff(TOKEN, old, await checked(rest))).replaces).toEqual(["triggers"]);
  });

  test("without a create any more the old output stays", async () => {
    const old = await make({ create: "echo first" });
    const { state } = await plugin.update(TOKEN, old, await checked({ delete: "true" }));
    expect(state["stdout"]).toBe("first");
    expect(state).not.toHaveProperty("create");
  });
});

test("secret inputs stay secret in the state, what the command prints does not become so", async () => {
  const { state } = await make({
    create: secret("cat"),
    stdin: secret("key"),
    environment: secret({ A: "b" }),
  });
  const secrets = Object.keys(state).filter((key) => isSecret(state[key]));
  expect(secrets.toSorted()).toEqual(["connection", "create", "environment", "stdin"]);
  expect(state["stdout"]).toBe("key");
});

describe("a failure", () => {
  test("of an update is an error, with what the command said", async () => {
    const old = await make({ create: "true" });
    const inputs = await checked({ create: "echo why >&2; exit 10" });
    await expect(plugin.update(TOKEN, old, inputs)).rejects.toThrow(
      'Process exited with status 10: running "echo why >&2; exit 10":\nwhy\n',
    );
  });

  test("of a delete is one too, so that the resource stays", async () => {
    const old = await make({ delete: "echo why >&2; exit 30" });
    await expect(plugin.delete(TOKEN, old)).rejects.toThrow(/^Process exited with status 30/);
  });

  test("names the command, but nothing of its standard input", async () => {
    const failed = make({ create: "cat >/dev/null; exit 1", stdin: secret("PRIVATE KEY") });
    const message = await failed.then(String, String);
    expect(message).toContain('running "cat >/dev/null; exit 1"');
    expect(message).not.toContain("PRIVATE KEY");
  });
});

test("delete gets standard input and the previous output", async () => {
  const stdin = "x".repeat(100_000);
  const old = await make({ create: "echo made", delete: '[ "$(wc -c)" -eq 100000 ]', stdin });
  await plugin.delete(TOKEN, old);
  expect(server.executions.at(-1)?.env).toEqual({ PULUMI_COMMAND_STDOUT: "made" });
});
