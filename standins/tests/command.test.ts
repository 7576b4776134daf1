import { isSecret, isUnknown, reveal, UNKNOWN, type Values } from "../values.ts";
import { PluginClient, type Old } from "./plugin-client.ts";
import { DROP, connectionTo, startSshServer, type SshServer } from "./ssh-server.ts";

const COMMAND = "command:remote:Command";

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

const connection = (overrides: Values = {}) => connectionTo(server, overrides);

function make(inputs: Values, overrides: Values = {}): Promise<Old> {
  return plugin.make(COMMAND, { connection: connection(overrides), ...inputs });
}

async function checked(inputs: Values): Promise<Values> {
  return (await plugin.check(COMMAND, { connection: connection(), ...inputs })).inputs;
}

test("says its version, that it takes secrets, and that it can preview", async () => {
  expect(await plugin.version()).toBe("1.2.1");
  expect(await plugin.configure()).toEqual({ secrets: true, preview: true });
});

describe("check", () => {
  test("fills in the connection's defaults and marks what is secret", async () => {
    const { connection } = await checked({ create: "true" });
    expect(isSecret(connection)).toBe(true);
    expect(reveal(connection ?? null)).toMatchObject({
      user: "root",
      perDialTimeout: 15,
      dialErrorLimit: 0,
    });
  });

  test.each([
    ["no connection", { create: "true" }, /Missing required field 'connection'/],
    ["no host", { connection: {} }, /Missing required field 'host'/],
    [
      "a misspelt input",
      { connection: { host: "x" }, creat: "true" },
      /Unrecognized field 'creat'/,
    ],
    [
      "a number for text",
      { connection: { host: "x" }, create: 3 },
      /'create' .* must be a 'string'/,
    ],
  ])("refuses %s", async (_what, inputs, reason) => {
    const { failures } = await plugin.check(COMMAND, inputs);
    expect(failures.join()).toMatch(reason);
  });
});

describe("what runs when", () => {
  test("create runs once and keeps output without its last newline", async () => {
    const { state, id } = await make({ create: "printf 'a\\n\\n'; echo b >&2" });
    expect(state).toMatchObject({ stdout: "a\n", stderr: "b" });
    expect(id).toMatch(/^subject[0-9a-f]{8}$/);
  });

  test("without create nothing is dialled", async () => {
    const before = server.logins();
    const { state } = await make({ delete: "true" });
    expect(state).toMatchObject({ stdout: "", stderr: "" });
    expect(server.logins()).toBe(before);
  });

  test("a changed input runs create again, in place, on one new connection", async () => {
    const old = await make({ create: "echo one; cat", stdin: "1" });
    const inputs = await checked({ create: "echo one; cat", stdin: "2" });
    expect(await plugin.diff(COMMAND, old, inputs)).toMatchObject({
      changes: true,
      replaces: [],
      detail: { stdin: "update" },
    });
    const before = server.logins();
    expect((await plugin.update(COMMAND, old, inputs)).state["stdout"]).toBe("one\n2");
    expect(server.logins()).toBe(before + 1);
  });

  test("update runs instead when there is one", async () => {
    const old = await make({ create: "echo created" });
    const inputs = await checked({ create: "echo created", update: "echo updated" });
    expect((await plugin.update(COMMAND, old, inputs)).state["stdout"]).toBe("updated");
  });

  test("a resource with delete alone keeps quiet through changes", async () => {
    const old = await make({ delete: "echo one" });
    const before = server.logins();
    const { state } = await plugin.update(COMMAND, old, await checked({ delete: "echo two" }));
    expect(state["delete"]).toBe("echo two");
    expect(server.logins()).toBe(before);
  });

  test("delete runs the state's command, on the state's connection", async () => {
    const old = await make({ delete: "echo gone", addPreviousOutputInEnv: false });
    await plugin.delete(COMMAND, old);
    expect(server.executions.at(-1)).toEqual({ user: "root", command: "echo gone", env: {} });
  });

  test("triggers replace", async () => {
    const old = await make({ create: "true" });
    const triggered = await checked({ create: "true", triggers: ["a"] });
    expect((await plugin.diff(COMMAND, old, triggered)).replaces).toEqual(["triggers"]);
  });

  test("the same inputs are no change, another connection is one", async () => {
    const old = await make({ create: "true" });
    expect((await plugin.diff(COMMAND, old, old.inputs)).changes).toBe(false);
    const { inputs } = await plugin.check(COMMAND, {
      connection: connection({ user: "ops" }),
      create: "true",
    });
    expect((await plugin.diff(COMMAND, old, inputs)).detail).toEqual({ connection: "update" });
  });

  test("a read changes nothing", async () => {
    const old = await make({ create: "echo still" });
    expect(await plugin.read(COMMAND, old)).toEqual(old);
  });
});

describe("preview", () => {
  test("a creation has no output yet, and dials nothing", async () => {
    const before = server.logins();
    const { state } = await plugin.create(COMMAND, await checked({ create: "true" }), {
      preview: true,
    });
    expect([isUnknown(state["stdout"]), isUnknown(state["stderr"])]).toEqual([true, true]);
    expect(server.logins()).toBe(before);
  });

  test("an update forgets the old output when stdin is unknown or differs", async () => {
    const old = await make({ create: "cat", stdin: "1" });
    for (const stdin of [UNKNOWN, "2"]) {
      const inputs = await checked({ create: "cat", stdin });
      const { state } = await plugin.update(COMMAND, old, inputs, { preview: true });
      expect(isUnknown(state["stdout"])).toBe(true);
    }
  });
});

describe("the session", () => {
  test("stdin arrives whole, far beyond one SSH window", async () => {
    const stdin = "0123456789abcdef".repeat(192 * 1024);
    expect((await make({ create: "wc -c", stdin })).state["stdout"]).toBe(String(stdin.length));
  });

  test("a command that leaves its stdin alone still ends", async () => {
    const { state } = await make({ create: "echo done", stdin: "x".repeat(1 << 20) });
    expect(state["stdout"]).toBe("done");
  });

  test("environment and the previous output are handed over", async () => {
    const inputs = { create: 'echo "$FOO $PULUMI_COMMAND_STDOUT"', environment: { FOO: "bar" } };
    const old = await make(inputs);
    expect(old.state["stdout"]).toBe("bar ");
    const { state } = await plugin.update(COMMAND, old, old.inputs);
    expect(state["stdout"]).toBe("bar bar ");
  });

  test.each([
    ["exit 3", /^Process exited with status 3: running "exit 3":\n$/],
    ["echo a; echo b >&2; exit 4", /^Process exited with status 4: running ".*":\n(a\nb|b\na)\n$/],
    ["signal TERM", /^Process exited with status 143 from signal TERM: running/],
    [DROP, /^wait: remote command exited without exit status or exit signal: running/],
    ["printf '\"\\t\"'\nexit 5", /running "printf '\\"\\\\t\\"'\\nexit 5":\n/],
  ])("fails for %j", async (create, reason) => {
    await expect(make({ create })).rejects.toThrow(reason);
  });

  test("output is shown line by line, unless logging is none", async () => {
    await make({ create: "echo shown" });
    await make({ create: "echo hidden", logging: "none" });
    const lines = plugin.log.filter(({ ephemeral }) => ephemeral).map(({ message }) => message);
    expect(lines).toContain("shown");
    expect(lines).not.toContain("hidden");
  });
});
