import { generateKeyPairSync } from "node:crypto";
import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import ssh from "ssh2";
import type { Values } from "../values.ts";
import { ed25519Keys } from "../../tests/support/ssh-keys.ts";
import { PluginClient, type Old } from "./plugin-client.ts";
import { startAgent } from "./ssh-agent.ts";
import { PASSWORD, connectionTo, startSshServer, type SshServer } from "./ssh-server.ts";

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

describe("dialling", () => {
  const authentication =
    /^after 0 failed attempts: ssh: handshake failed: ssh: unable to authenticate, attempted methods \[none( publickey)?\], no supported methods remain$/;

  test("a password works too", async () => {
    const withPassword = { host: "127.0.0.1", port: server.port, password: PASSWORD };
    const { state } = await plugin.make(COMMAND, { connection: withPassword, create: "echo in" });
    expect(state["stdout"]).toBe("in");
  });

  test("a key that the server doesn't know is refused", async () => {
    await expect(make({ create: "true" }, { privateKey: ed25519Keys().private })).rejects.toThrow(
      authentication,
    );
  });

  test("another host key is refused; none at all accepts any", async () => {
    const other = await startSshServer();
    await other.stop();
    await expect(make({ create: "true" }, { hostKey: other.hostKey })).rejects.toThrow(
      "after 0 failed attempts: ssh: handshake failed: ssh: host key mismatch",
    );
    expect((await make({ create: "echo any" }, { hostKey: null })).state["stdout"]).toBe("any");
  });

  test("behind another host key nothing runs, whatever the operation", async () => {
    const old = await make({ delete: "true" });
    const other = ed25519Keys().public.trim();
    const moved = connectionTo(server, { hostKey: other });
    const { inputs } = await plugin.check(COMMAND, { connection: moved, create: "true" });
    const before = server.executions.length;
    await expect(plugin.update(COMMAND, old, inputs)).rejects.toThrow("ssh: host key mismatch");
    const state = { ...old.state, connection: inputs["connection"] ?? null };
    await expect(plugin.delete(COMMAND, { ...old, state })).rejects.toThrow(
      "ssh: host key mismatch",
    );
    expect(server.executions).toHaveLength(before);
  });

  test("a server without a key of the configured kind is refused, by its kinds", async () => {
    const { public: ecdsa } = ssh.utils.generateKeyPairSync("ecdsa", { bits: 256 });
    await expect(make({ create: "true" }, { hostKey: ecdsa.trim() })).rejects.toThrow(
      "ssh: no common algorithm for host key; we offered: [ecdsa-sha2-nistp256], peer offered: [ssh-ed25519]",
    );
  });

  test.each([
    ["an unreadable host key", { hostKey: "nonsense" }, "failed to parse host key"],
    [
      "a host key that was cut off",
      {
        hostKey: `ssh-ed25519 ${"AAAAC3NzaC1lZDI1NTE5AAAAI".padEnd(67, "J")}`,
      },
      "failed to parse host key: ssh: no key found",
    ],
    ["an unreadable key", { privateKey: "nonsense" }, "ssh: no key found"],
    ["no agent", { agentSocketPath: "/nonexistent" }, "dial unix /nonexistent: connect: no such"],
  ])("%s fails at once, however many failures are forgiven", async (_what, overrides, reason) => {
    const failed = make({ create: "true" }, { ...overrides, dialErrorLimit: 10 });
    await expect(failed).rejects.toThrow(reason);
  });

  test("tries again as often as it is told, and says so", async () => {
    const closed = createServer().listen(0, "127.0.0.1");
    await once(closed, "listening");
    const { port } = closed.address() as AddressInfo;
    closed.close();
    await expect(make({ create: "true" }, { port, dialErrorLimit: 2 })).rejects.toThrow(
      `after 2 failed attempts: dial tcp 127.0.0.1:${port}: connect: connection refused`,
    );
    const lines = plugin.log.map(({ message }) => message);
    expect(lines).toEqual(
      expect.arrayContaining(["Dial 1/2 failed: retrying", "Dial 2/2 failed: retrying"]),
    );
  });

  test("an IPv6 address is dialled as one", async () => {
    await expect(make({ create: "true" }, { host: "::1", port: 1 })).rejects.toThrow(
      "after 0 failed attempts: dial tcp [::1]:1: connect: connection refused",
    );
  });

  test("cancelled, it stops to dial, but a command that runs goes on", async () => {
    const cancelled = await PluginClient.start("command");
    try {
      await cancelled.configure();
      const running = cancelled.make(COMMAND, {
        connection: connection(),
        create: "sleep 1; echo on",
      });
      const dialling = cancelled.make(COMMAND, {
        connection: connection({ port: 1, dialErrorLimit: -1 }),
        create: "true",
      });
      const stopped = expect(dialling).rejects.toThrow("context canceled");
      while (!server.executions.some(({ command }) => command.startsWith("sleep 1"))) {
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      await cancelled.cancel();
      await stopped;
      expect((await running).state["stdout"]).toBe("on");
    } finally {
      await cancelled.stop();
    }
  });

  // proves: login.agent
  test("the agent of the environment is asked when there is no key", async () => {
    const agent = await startAgent(server.clientKey);
    const withAgent = await PluginClient.start("command", { SSH_AUTH_SOCK: agent.path });
    try {
      await withAgent.configure();
      const { privateKey: _, ...keyless } = connection();
      const made = await withAgent.make(COMMAND, { connection: keyless, create: "echo agent" });
      expect(made.state["stdout"]).toBe("agent");
    } finally {
      await withAgent.stop();
      await agent.stop();
    }
  });

  test("a bastion is passed through, and checked like any other host", async () => {
    const bastion = await startSshServer();
    const proxy = { host: "127.0.0.1", port: bastion.port, privateKey: bastion.clientKey };
    const { state } = await make({ create: "echo behind" }, { proxy });
    expect(state["stdout"]).toBe("behind");
    expect([bastion.logins(), bastion.executions.length]).toEqual([1, 0]);
    await expect(
      make({ create: "true" }, { proxy: { ...proxy, hostKey: server.hostKey, dialErrorLimit: 0 } }),
    ).rejects.toThrow(
      "proxy: after 0 failed attempts: ssh: handshake failed: ssh: host key mismatch",
    );
    await bastion.stop();
  });

  test("a key in PKCS #8, as the tls plugin gives it, is understood", async () => {
    const pkcs8 = generateKeyPairSync("ed25519").privateKey.export({
      type: "pkcs8",
      format: "pem",
    });
    await expect(make({ create: "true" }, { privateKey: pkcs8.toString() })).rejects.toThrow(
      authentication,
    );
  });
});
