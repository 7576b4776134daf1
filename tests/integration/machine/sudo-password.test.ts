// sudo that asks for a password: the line that runs programs as root, on a real machine, without an engine.
import { readFileSync } from "node:fs";
import { remoteShell } from "../../../components/model/remote-shell.ts";
import { knownHostKey } from "../../../components/model/known-hosts.ts";
import type { SshTarget } from "../../../components/model/ssh-target.ts";
import { askFirewall } from "../../../provider/firewall.ts";
import { look } from "../../../provider/look.ts";
import { runAsRoot } from "../../../provider/ssh.ts";
import { bootMilliseconds, TestMachine } from "../../support/test-machine.ts";

const machine = new TestMachine("t1");
/** With all that a shell might take for its own. */
const password = String.raw`it's "$HOME" \n %s !x`;
let target: SshTarget;

const sudoers = (rule: string): Promise<string> =>
  machine.sh("cat >/etc/sudoers.d/ops", `${rule}\n`);
const asks = "ops ALL=(ALL) ALL";

beforeAll(async () => {
  await machine.pristine();
  await machine.sh("chpasswd", `ops:${password}\n`);
  await sudoers(asks);
  const { knownHosts, identityFile } = machine.ssh;
  const found = knownHostKey(readFileSync(knownHosts, "utf8"), machine.address, 22);
  if (!("key" in found)) throw new Error("no host key");
  target = {
    ...{ host: machine.address, port: 22, user: "ops", hostKey: found.key },
    privateKey: readFileSync(identityFile, "utf8"),
    sudoPassword: password,
  };
}, bootMilliseconds);

const program = "id -un; cat /etc/shadow | wc -l; printf '%s\\n' end\n";
const ran = {
  exitCode: 0,
  stderr: "",
  stdout: expect.stringMatching(/^root\n\d+\nend\n$/) as string,
};

const run = (changes: Partial<SshTarget> = {}) =>
  runAsRoot({ connection: { ...target, ...changes }, sudo: true }, remoteShell, program);

// proves: login.sudo-password
test.each(["/bin/sh", "/bin/bash"])("a user whose shell is %s", async (shell) => {
  await machine.sh(`usermod -s ${shell} ops`);
  expect(await run()).toEqual(ran);
});

test("where sudo asks for none, and where a ticket is left of another login", async () => {
  await sudoers("ops ALL=(ALL) NOPASSWD: ALL");
  expect(await run()).toEqual(ran);
  await sudoers(`${asks}\nDefaults timestamp_type=global`);
  await machine.sh("su ops -c 'sudo -S -v 2>/dev/null'", `${password}\n`);
  expect(await machine.succeeds("su ops -c 'sudo -n true'")).toBe(true);
  expect(await run()).toEqual(ran);
  await sudoers(asks);
});

test.each([asks, "ops ALL=(ALL) NOPASSWD: ALL"])(
  "where the login comes from is known behind sudo, which keeps it to itself: %s",
  async (rule) => {
    await sudoers(rule);
    const facts = await askFirewall({ host: "t1", connection: target, sudo: true });
    await sudoers(asks);
    expect(facts).toMatchObject({
      source: expect.stringMatching(/^\d+\.\d+\.\d+\.\d+$/) as string,
      destination: machine.address,
      iptables: expect.stringMatching(/^-P INPUT ACCEPT$/m) as string,
    });
    expect(facts?.source).not.toBe(machine.address);
  },
);

test("a lecture and a warning in front are no hindrance", async () => {
  await sudoers(`${asks}\nDefaults lecture=always`);
  const { stdout, exitCode } = await run();
  expect({ stdout, exitCode }).toEqual({ stdout: ran.stdout, exitCode: 0 });
  await sudoers(asks);
});

test("a wrong one is one attempt, and is told without it", async () => {
  const mark = await machine.mark();

  const looking = look({
    host: "t1",
    connection: { ...target, sudoPassword: "geheim" },
    sudo: true,
  });

  await expect(looking).rejects.toThrow(
    "t1: sudo: sudo: no password was provided; remote programs need root, and trying again might " +
      "lock the account; set the password of ops as the secret `sudoPassword`",
  );
  const attempts = await machine.since(mark, "-t sudo");
  expect(attempts.filter((line) => line.includes("authentication failure"))).toHaveLength(1);
  expect(attempts.join("\n")).not.toContain("geheim");
});

test("without one the line says what would help", async () => {
  const { sudoPassword: _, ...without } = target;
  await expect(look({ host: "t1", connection: without, sudo: true })).rejects.toThrow(
    /^t1: sudo: sudo: a password is required; remote programs need root; .*`sudoPassword`, as a secret$/,
  );
});
