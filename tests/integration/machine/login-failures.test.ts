// A machine that can't be, or must not be, logged in to: one clear line, and it stays untouched.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { closeStacks, StackRun, type Run } from "../../support/stack-run.ts";
import { bootMilliseconds, TestMachine } from "../../support/test-machine.ts";

const machine = new TestMachine("t1");
const { knownHosts, identityFile } = machine.ssh;
/** In the lab's network, and no machine's. */
const nobody = machine.address.replace(/\d+$/, "99");
let stack: StackRun;
let before: string;
let strangerKey: string;

beforeAll(async () => {
  await machine.pristine();
  before = await machine.files();
  stack = await StackRun.onFakeEngine({ hosts: { t1: machine.host() } });
  strangerKey = join(stack.directory, "stranger");
  execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", strangerKey]);
}, bootMilliseconds);

afterAll(closeStacks);

afterEach(async () => {
  expect(await machine.files()).toBe(before);
});

async function upWith(changes: Readonly<Record<string, unknown>>): Promise<Run> {
  stack.configure({ hosts: { t1: machine.host(changes) } });
  const up = await stack.up();
  expect(up.exitCode).not.toBe(0);
  // What a person has to read to know what is wrong: not a program.
  expect(up.all).not.toMatch(/DOCKERTLS_ENVELOPE|write_whole/);
  return up;
}

const publicKeyOf = (file: string): string =>
  readFileSync(`${file}.pub`, "utf8").trim().split(" ").slice(0, 2).join(" ");

// proves: login.host-key
test("a host key other than the configured one", async () => {
  const mark = await machine.mark();

  const up = await upWith({ ssh: { identityFile, hostKey: publicKeyOf(strangerKey) } });

  const line = new RegExp(
    String.raw`ssh root@${machine.addressPattern}:22: the server's host key is not the configured one; it offers ssh-ed25519 (\S+); .*; .*hostKey or knownHosts`,
  );
  expect(up.all).toMatch(line);
  // The line shows the key that the person has to verify.
  expect(readFileSync(knownHosts, "utf8")).toContain(line.exec(up.all)?.[1]);
  expect((await machine.logins(mark)).accepted).toBe(0);
});

// proves: login.one-attempt
test("an authentication that is refused is not tried again", async () => {
  const mark = await machine.mark();

  const up = await upWith({ ssh: { knownHosts, identityFile: strangerKey } });

  expect(up.all).toMatch(
    new RegExp(
      String.raw`ssh root@${machine.addressPattern}:22: authentication refused; [^;]+; check ssh\.user`,
    ),
  );
  // Machines that count lock people out.
  expect(await machine.logins(mark)).toEqual({ accepted: 0, refused: 1 });
});

test("a user without sudo's leave", async () => {
  const up = await upWith({ sudo: false, ssh: { user: "ops", knownHosts, identityFile } });

  expect(up.all).toMatch(/t1: [^\n]*root[^\n]*;[^\n;]+;[^\n]+/);
});

// proves: login.other-user
test("case 13: root's key with a forced command, as images of clouds have it: what it says is told, and the fix", async () => {
  const file = "/root/.ssh/authorized_keys";
  const key = await machine.sh(`cat ${file}`);
  const says = String.raw`echo 'Please login as the user \"ops\" rather than the user \"root\".'`;
  const options = `no-port-forwarding,command="${says};echo;sleep 1;exit 142"`;
  await machine.sh(`cat >${file}`, `${options} ${key}`);

  const up = await upWith({});

  await machine.sh(`cat >${file}`, key);
  expect(up.all).toContain(
    't1: probe: no whole answer (exit code 142: Please login as the user "ops" rather than the user "root".); this login is not for programs; set `ssh.user: ops` and `sudo: true`',
  );
});

test("a password that has expired, in the machine's own words", async () => {
  await machine.sh("cp -p /etc/shadow /etc/shadow- /run && chage -d 0 ops");

  const up = await upWith({ sudo: true, ssh: { user: "ops", knownHosts, identityFile } });

  await machine.sh("cp -p /run/shadow /run/shadow- /etc");
  expect(up.all).toMatch(/Your password has expired\..*; set another .*`passwd ops`/);
});

test("sudo that wants a terminal", async () => {
  await machine.sh("echo 'Defaults requiretty' >/etc/sudoers.d/zz");

  const up = await upWith({ sudo: true, ssh: { user: "ops", knownHosts, identityFile } });

  await machine.sh("rm /etc/sudoers.d/zz");
  expect(up.all).toMatch(/t1: sudo: .*must have a tty.*; take `Defaults requiretty` out/);
});

test("an address where no machine is, within a bounded time", async () => {
  const begun = Date.now();

  const up = await upWith({
    address: nobody,
    ssh: { identityFile, hostKey: publicKeyOf(strangerKey) },
  });

  expect(Date.now() - begun).toBeLessThan(60_000);
  expect(up.all).toMatch(
    new RegExp(
      String.raw`ssh root@${nobody.replaceAll(".", "\\.")}:22: unreachable \([^)]*\); [^;]+; check the address`,
    ),
  );
});

test("a shell and a sudo that print something first are no hindrance", async () => {
  await machine.sh("echo 'Defaults lecture=always' >/etc/sudoers.d/zz");
  await machine.sh(
    "cp -p /home/ops/.bashrc /run/bashrc && sed -i '1i echo Welcome; echo again >&2' /home/ops/.bashrc",
  );
  stack.configure({
    hosts: { t1: machine.host({ sudo: true, ssh: { user: "ops", knownHosts, identityFile } }) },
  });

  expect((await stack.up()).exitCode).toBe(0);
  expect((await stack.destroy()).exitCode).toBe(0);

  await machine.sh("rm /etc/sudoers.d/zz && cp -p /run/bashrc /home/ops/.bashrc");
});

test("the right login right after all these works", async () => {
  stack.configure({ hosts: { t1: machine.host() } });

  const up = await stack.up();
  expect(up.exitCode).toBe(0);

  expect((await stack.destroy()).exitCode).toBe(0);
});
