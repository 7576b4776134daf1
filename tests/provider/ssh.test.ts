import "../support/errors-of-node.ts";
import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import { runRemote } from "../../provider/ssh.ts";
import { HostStateResource } from "../../provider/host-state.ts";
import { answerOf, desiredHost, freshMachine, recordedHost } from "../support/machine-answer.ts";
import { startAgent } from "../../standins/tests/ssh-agent.ts";
import { ed25519Keys } from "../support/ssh-keys.ts";
import { lockedKey, startSshMachine, type SshMachine } from "../support/ssh-machine.ts";
import { ToldLines } from "../support/told.ts";

let machine: SshMachine;
let agent: string | undefined;

beforeEach(async () => {
  agent = process.env["SSH_AUTH_SOCK"];
  delete process.env["SSH_AUTH_SOCK"];
  machine = await startSshMachine();
});

afterEach(async () => {
  if (agent !== undefined) process.env["SSH_AUTH_SOCK"] = agent;
  await machine.stop();
});

const where = (): string => `ssh root@127.0.0.1:${String(machine.connection.port)}`;

test("output, errors and exit code come back whole, whatever their size", async () => {
  const stdout = "ä€𝄞".repeat(100_000);
  machine.reply = { stdout, stderr: "warning\n", exitCode: 7 };
  expect(await runRemote(machine.connection, "exec sh -s", "input")).toEqual({
    exitCode: 7,
    stdout,
    stderr: "warning\n",
  });
  expect(machine.runs).toEqual([{ command: "exec sh -s", stdin: "input" }]);
});

describe("a machine that is not the one", () => {
  // proves: ssh.other-host-key
  test("shows another host key: it is told nothing, not even who is there", async () => {
    const [algorithm, offered] = machine.connection.hostKey.split(" ");
    const hostKey = ed25519Keys().public;
    await expect(runRemote({ ...machine.connection, hostKey }, "x", "secret")).rejects.toThrow(
      `${where()}: the server's host key is not the configured one; it offers ${algorithm ?? ""} ${offered ?? ""}; this may be another machine, or someone in between; if the machine was reinstalled, verify that key and put it into hostKey or knownHosts`,
    );
    expect(machine.logins).toEqual([[]]);
    expect(machine.runs).toEqual([]);
  });

  test("has a host key of another kind only", async () => {
    const other = await startSshMachine({ type: "ecdsa" });
    const { hostKey } = machine.connection;
    await expect(runRemote({ ...other.connection, hostKey }, "x", "secret")).rejects.toThrow(
      /^ssh root@127\.0\.0\.1:\d+: the server has no host key of the configured kind; /,
    );
    expect(other.runs).toEqual([]);
    await other.stop();
  });
});

describe("authentication", () => {
  test("that is refused is tried once: again and again locks people out", async () => {
    const privateKey = ed25519Keys().private;
    await expect(runRemote({ ...machine.connection, privateKey }, "x", "")).rejects.toThrow(
      `${where()}: authentication refused; the machine can't be looked at, and trying again might lock the account; check ssh.user and the key: identityFile or privateKey`,
    );
    expect(machine.logins).toHaveLength(1);
    expect(machine.logins[0]?.filter((method) => method === "publickey")).toHaveLength(1);
  });

  test("of an agent's keys is tried once with each of them, and the line says so", async () => {
    const keys = Array.from({ length: 8 }, () => ed25519Keys().private);
    const holder = await startAgent(...keys);
    process.env["SSH_AUTH_SOCK"] = holder.path;
    const { privateKey: _, ...connection } = machine.connection;
    await expect(runRemote(connection, "x", "")).rejects.toThrow(
      /authentication refused; .*check ssh\.user and the 8 keys of the SSH agent \(`ssh-add -l`\)$/,
    );
    expect(machine.logins).toHaveLength(1);
    expect(machine.logins[0]?.filter((method) => method === "publickey")).toHaveLength(8);
    await holder.stop();
    delete process.env["SSH_AUTH_SOCK"];
  });

  test.each([undefined, ""])(
    "without a key and without an agent (%j) does not read like a wrong key",
    async (agent) => {
      if (agent !== undefined) process.env["SSH_AUTH_SOCK"] = agent;
      const { privateKey, ...connection } = machine.connection;
      expect(privateKey).toContain("PRIVATE KEY");
      await expect(runRemote(connection, "x", "")).rejects.toThrow(
        /: no key was offered; neither identityFile nor privateKey is set .*ssh-add`$/,
      );
      delete process.env["SSH_AUTH_SOCK"];
    },
  );

  test.each([
    [
      "locked",
      lockedKey(),
      "the private key is protected by a passphrase; nobody is there to type it; load it into an SSH agent, and name its public half in identityFile",
    ],
    [
      "a public one",
      ed25519Keys().public,
      "the key is a public one; a login takes the private key; name the file without .pub in identityFile",
    ],
    [
      "no key",
      "-----BEGIN OPENSSH PRIVATE KEY-----\ngeheim\n",
      "the private key can't be read; nobody can log in with it; name an ed25519, ECDSA or RSA key that `ssh-keygen -y -f KEY` can read",
    ],
  ])(
    "with a key that can't be used (%s) dials nobody and quotes nothing",
    async (_case, privateKey, line) => {
      const result = runRemote({ ...machine.connection, privateKey }, "x", "");
      await expect(result).rejects.toThrow(`${where()}: ${line}`);
      await expect(result).rejects.not.toThrow("geheim");
      expect(machine.logins).toEqual([]);
    },
  );
});

test("a server that hangs up before it says who it is is unreachable, at once", async () => {
  const server = createServer((socket) => socket.destroy()).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  await expect(runRemote({ ...machine.connection, port }, "x", "")).rejects.toThrow(
    "unreachable (",
  );
  server.close();
});

describe("an answer that is none", () => {
  const inputs = (sudo = false) => ({
    host: "b1",
    connection: machine.connection,
    sudo,
    desired: recordedHost(desiredHost()),
  });
  const look = (sudo = false) => new HostStateResource().create(inputs(sudo), new ToldLines());
  const whole = answerOf(freshMachine());

  test("cut short by the connection", async () => {
    machine.reply = { stdout: whole.slice(0, whole.length / 2), hangUp: true };
    await expect(look()).rejects.toThrow(
      /^b1: probe: no whole answer \(.*\); the machine's state is not known; run it again; if that stays, log in by hand and see what the shell says \(`getent passwd root` names it\)$/,
    );
  });

  test("cut short by the shell", async () => {
    machine.reply = { stdout: "", stderr: "sh: 1: Syntax error: end of file\n", exitCode: 2 };
    await expect(look()).rejects.toThrow(
      "b1: probe: no whole answer (exit code 2: sh: 1: Syntax error: end of file); ",
    );
  });

  test("because sudo wants a password", async () => {
    machine.reply = { stderr: "sudo: a password is required\n", exitCode: 1 };
    await expect(look(true)).rejects.toThrow(
      "b1: sudo: sudo: a password is required; remote programs need root; allow it in sudoers: root ALL=(ALL) NOPASSWD: ALL",
    );
  });

  test("is recorded by a refresh, not thrown", async () => {
    machine.reply = { stdout: "Welcome!\n" };
    const seen = await new HostStateResource().read(
      { ...inputs(), operatingSystem: "Debian" },
      new ToldLines(),
    );
    expect(seen).toMatchObject({ operatingSystem: "Debian" });
    expect(seen["unreachable"]).toMatch(/^b1: probe: no whole answer/);
  });
});
