// A login by one key of an SSH agent that holds many: by our own client, and by the socket that @pulumi/command asks.
import "../support/errors-of-node.ts";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import ssh, { type ParsedKey } from "ssh2";
import { HeldKeys, keysHeld } from "../../provider/agent.ts";
import { connectionProblem } from "../../provider/ssh-problems.ts";
import { runRemote } from "../../provider/ssh.ts";
import { formatProblem } from "../../components/model/problem.ts";
import type { SshTarget } from "../../components/model/ssh-target.ts";
import { startAgent } from "../../standins/tests/ssh-agent.ts";
import { waitFor } from "../../lab/machines/process.ts";
import { ed25519Keys } from "../support/ssh-keys.ts";
import { startSshMachine, type SshMachine } from "../support/ssh-machine.ts";

let machine: SshMachine;
let folder: string;
let agent: Awaited<ReturnType<typeof startAgent>>;
let inherited: string | undefined;
/** The machine, its key the last of the agent's. */
let target: SshTarget;

beforeEach(async () => {
  inherited = process.env["SSH_AUTH_SOCK"];
  folder = mkdtempSync(join(tmpdir(), "dockertls-agent-"));
  machine = await startSshMachine();
  const { privateKey, ...connection } = machine.connection;
  const others = Array.from({ length: 6 }, () => ed25519Keys().private);
  agent = await startAgent(...others, privateKey);
  process.env["SSH_AUTH_SOCK"] = agent.path;
  target = { ...connection, publicKey: machine.publicKey };
});

afterEach(async () => {
  delete process.env["SSH_AUTH_SOCK"];
  if (inherited !== undefined) process.env["SSH_AUTH_SOCK"] = inherited;
  await machine.stop();
  await agent.stop();
  rmSync(folder, { recursive: true, force: true });
});

const publicKeys = (): string[][] =>
  machine.logins.map((tried) => tried.filter((one) => one === "publickey"));

/** By the agent on a socket, as @pulumi/command logs in. */
function loginBy(socket: string): Promise<unknown> {
  process.env["SSH_AUTH_SOCK"] = socket;
  const { publicKey: _, ...all } = target;
  return runRemote(all, "x", "").finally(() => (process.env["SSH_AUTH_SOCK"] = agent.path));
}

test("one key that is named is the only one that is offered", async () => {
  expect(await runRemote(target, "x", "")).toMatchObject({ exitCode: 0 });
  // Asked for by its public half, then used.
  expect(publicKeys()).toEqual([["publickey", "publickey"]]);
});

test("a server that hangs up after so many attempts says so, and what helps", () => {
  const held = new HeldKeys(
    agent.path,
    Array.from({ length: 7 }, () => parsed(ed25519Keys().public)),
  );
  const error = Object.assign(new Error("Too many authentication failures"), { code: 2 });
  const [stage, problem] = connectionProblem("ssh root@b1:22", error, { agent: held });
  expect([stage, formatProblem(problem)]).toEqual([
    "login",
    "ssh root@b1:22: the server hung up after too many of the SSH agent's 7 keys (MaxAuthTries in its sshd_config); each of them is an attempt, and the right one came too late or is not there; name the right one in identityFile by its public half, such as `identityFile: ~/.ssh/id_ed25519.pub`",
  ]);
});

function parsed(key: string): ParsedKey {
  const read = ssh.utils.parseKey(key);
  if (read instanceof Error) throw read;
  return read;
}

test("@pulumi/command finds that key alone at the socket, and logs in with it", async () => {
  const agentSocketPath = join(folder, "cache", "agent", "one");
  await runRemote({ ...target, agentSocketPath }, "x", "");

  expect(
    (await keysHeld(agentSocketPath)).map((key) => key.getPublicSSH().toString("base64")),
  ).toEqual([machine.publicKey.split(" ")[1]]);
  expect(statSync(join(folder, "cache", "agent")).mode & 0o777).toBe(0o700);
  expect(await loginBy(agentSocketPath)).toMatchObject({ exitCode: 0 });
  expect(publicKeys().at(-1)).toHaveLength(2);
});

describe("another process that serves the socket", () => {
  let other: ChildProcess;
  afterEach(() => other.kill("SIGKILL"));

  test("goes on, and when it ends this one takes over", async () => {
    const agentSocketPath = join(folder, "agent", "one");
    other = spawn(process.execPath, [
      join(import.meta.dirname, "..", "support", "agent-server.ts"),
      agentSocketPath,
      agent.path,
      machine.publicKey,
    ]);
    if (other.stdout === null) throw new Error("no output");
    await once(other.stdout, "data");
    const { ino } = statSync(agentSocketPath);

    await runRemote({ ...target, agentSocketPath }, "x", "");
    expect(statSync(agentSocketPath).ino).toBe(ino);
    expect(await loginBy(agentSocketPath)).toMatchObject({ exitCode: 0 });

    other.kill("SIGKILL");
    await once(other, "exit");
    await waitFor("the socket", 10, () =>
      keysHeld(agentSocketPath).then(
        () => true,
        () => false,
      ),
    );
    expect(await loginBy(agentSocketPath)).toMatchObject({ exitCode: 0 });
  });
});

test("a folder in which others may write is not used", async () => {
  const agentSocketPath = join("/tmp", `dockertls-${String(process.pid)}`);
  await expect(runRemote({ ...target, agentSocketPath }, "x", "")).rejects.toThrow(
    /: no socket can be made at \S+ \(others can write there\); /,
  );
  expect(machine.logins).toEqual([]);
});

describe("nobody is dialled", () => {
  test.each([
    [
      "an agent without that key",
      () => {
        target = { ...target, publicKey: ed25519Keys().public.trim() };
      },
      /the SSH agent does not hold the key that identityFile names \(it holds 7\); .*ssh-add KEY/,
    ],
    [
      "no agent",
      () => {
        delete process.env["SSH_AUTH_SOCK"];
      },
      /identityFile names a public key, and there is no SSH agent; .*without \.pub$/,
    ],
    [
      "an agent that is gone",
      () => {
        process.env["SSH_AUTH_SOCK"] = join(folder, "gone");
      },
      /no SSH agent answers at \S+gone, which SSH_AUTH_SOCK names; /,
    ],
    [
      "an agent that is gone, beside a key: @pulumi/command dials it all the same",
      () => {
        process.env["SSH_AUTH_SOCK"] = join(folder, "gone");
        target = machine.connection;
      },
      /no SSH agent answers at \S+gone, which SSH_AUTH_SOCK names; .*env -u SSH_AUTH_SOCK/,
    ],
  ])("with %s", async (_case, arrange, line) => {
    arrange();
    await expect(runRemote(target, "x", "")).rejects.toThrow(line);
    expect(machine.logins).toEqual([]);
  });
});

test("an agent that holds no key", async () => {
  const empty = await startAgent();
  await expect(loginBy(empty.path)).rejects.toThrow(
    /: no key was offered; the SSH agent holds none; add yours with `ssh-add`/,
  );
  await empty.stop();
});
