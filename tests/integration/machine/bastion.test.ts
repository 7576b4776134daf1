// A machine that only another one reaches: the look, the commands and the proofs all go through that.
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ed25519Keys } from "../../support/ssh-keys.ts";
import { closeStacks, StackRun } from "../../support/stack-run.ts";
import { bootMilliseconds, TestMachine } from "../../support/test-machine.ts";

const gate = new TestMachine("t1");
const machine = new TestMachine("t2");
const own = ed25519Keys();
const { knownHosts, identityFile } = machine.ssh;
let stack: StackRun;
let before: string;
let keyFile: string;

beforeAll(async () => {
  await Promise.all([gate.pristine(), machine.pristine()]);
  // Nobody but the gate gets an answer.
  await machine.sh(
    `ip rule add to ${gate.address} lookup main priority 1 && ip rule add blackhole priority 2`,
  );
  await gate.sh(
    "useradd -m -s /usr/sbin/nologin jump && install -d -o jump -m 700 ~jump/.ssh && " +
      "cat >~jump/.ssh/authorized_keys",
    own.public,
  );
  stack = await StackRun.onFakeEngine({ hosts: {} });
  keyFile = join(stack.directory, "jump-key");
  writeFileSync(keyFile, own.private, { mode: 0o600 });
  before = await machine.files();
}, bootMilliseconds);

afterAll(closeStacks);

const bastion = (): Record<string, unknown> => ({
  ...{ address: gate.address, user: "jump", knownHosts, identityFile: keyFile },
});

const behind = (ssh: Readonly<Record<string, unknown>>): Record<string, unknown> => ({
  hosts: { t2: machine.host({ ssh: { knownHosts, identityFile, ...ssh } }) },
});

test("without the bastion it is unreachable", async () => {
  stack.configure(behind({}));
  const preview = await stack.preview();
  expect(preview.all).toMatch(
    new RegExp(`ssh root@${machine.addressPattern}:22: unreachable \\(no login within 10 s\\)`),
  );
});

// proves: login.bastion
test("through it the machine is converged, by two logins, and proven", async () => {
  stack.configure(behind({ bastion: bastion() }));
  const mark = await machine.mark();

  const up = await stack.up();

  expect(up.all).not.toMatch(/error|warning/);
  expect(up.exitCode).toBe(0);
  const { accepted } = await machine.logins(mark);
  expect(accepted).toBeLessThanOrEqual(3);
  // Each of them came from the gate.
  const lines = await machine.since(mark, "-u ssh");
  const from = lines.flatMap(
    (line) => /^Accepted publickey for root from (\S+)/.exec(line)?.[1] ?? [],
  );
  expect(from).toEqual(Array.from({ length: accepted }, () => gate.address));
  expect(await machine.info("{{.LiveRestoreEnabled}}")).toBe("true");
  expect(await stack.output("hosts")).toMatchObject({
    t2: {
      endpoint: `tcp://${machine.address}:2376`,
      refusals: expect.arrayContaining(["a client without a certificate: refused"]),
      findings: [],
    },
  });
});

// proves: login.alias
test("~/.ssh/config says the same by an alias: nothing changes", async () => {
  const config = join(stack.directory, "ssh-config");
  writeFileSync(
    config,
    `Host gate
  HostName ${gate.address}
  User jump
  IdentityFile ${keyFile}
Host web-1
  HostName ${machine.address}
  User root
  IdentityFile ${identityFile}
  ProxyJump gate
Host *
  UserKnownHostsFile ${knownHosts}
`,
  );
  // ssh reads the file of the account, whatever HOME says; so it is told another one.
  const tools = join(stack.directory, "tools");
  mkdirSync(tools);
  writeFileSync(join(tools, "ssh"), `#!/bin/sh\nexec /usr/bin/ssh -F '${config}' "$@"\n`);
  chmodSync(join(tools, "ssh"), 0o755);
  stack.environment["PATH"] = `${tools}:${stack.environment["PATH"] ?? ""}`;
  stack.configure({ hosts: { t2: { ssh: { alias: "web-1" } } } });

  const preview = await stack.preview("--expect-no-changes");

  expect(preview.all).not.toMatch(/error/);
  expect(preview.exitCode).toBe(0);
});

test("a bastion that may not lead there is told as such", async () => {
  await gate.sh(
    "echo 'DisableForwarding yes' >/etc/ssh/sshd_config.d/no.conf && systemctl reload ssh",
  );
  stack.configure(behind({ bastion: bastion() }));

  const preview = await stack.preview();

  expect(preview.all).toContain(
    `ssh jump@${gate.address}:22: the bastion does not let this user go on to ${machine.address}:22; `,
  );
  expect(preview.all).toContain("set `AllowTcpForwarding` and `PermitOpen` for this user");
  await gate.sh("rm /etc/ssh/sshd_config.d/no.conf && systemctl reload ssh");
});

test("what drifts is repaired through it, and the machine is given back", async () => {
  await machine.sh("echo '{}' >/etc/docker/daemon.json");

  const up = await stack.up();
  expect(up.exitCode).toBe(0);
  expect(await machine.sh("cat /etc/docker/daemon.json")).toContain('"tlsverify": true');

  const destroy = await stack.destroy();
  if (destroy.exitCode !== 0) throw new Error(destroy.all);
  expect(await machine.files()).toBe(before);
});
