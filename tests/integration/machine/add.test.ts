// A person's first machine: `npm run add` looks at it and writes its entry, and `up` converges it.
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { parse } from "yaml";
import { hostKeysFor } from "../../../components/model/known-hosts.ts";
import { checkout } from "../../../lab/paths.ts";
import { fingerprintOf } from "../../support/ssh-keys.ts";
import { timed } from "../../support/stopwatch.ts";
import { closeStacks, expectNoChanges, StackRun } from "../../support/stack-run.ts";
import { bootMilliseconds, TestMachine } from "../../support/test-machine.ts";

const machine = new TestMachine("t1");
const { identityFile, knownHosts } = machine.ssh;
let stack: StackRun;
let file: string;
let fingerprint: string;

beforeAll(async () => {
  await machine.pristine();
  // What `add` writes takes the place of this.
  stack = await StackRun.onFakeEngine({});
  file = join(stack.directory, "Pulumi.new.yaml");
  const [key = ""] = hostKeysFor(readFileSync(knownHosts, "utf8"), machine.address, 22);
  fingerprint = fingerprintOf(key);
}, bootMilliseconds);

afterAll(closeStacks);

afterEach(() => rmSync(file, { force: true }));

interface Added {
  readonly exitCode: number | undefined;
  readonly stdout: string;
}

/** As in a script: nobody is there to be asked. */
function add(...args: string[]): Promise<Added> {
  const own = ["--config-file", file, "--identity", identityFile];
  return timed("engine", async () => {
    const { exitCode, stdout } = await execa(
      process.execPath,
      [join(checkout, "scripts", "add.ts"), ...args, ...own],
      {
        ...{ cwd: checkout, env: { ...stack.environment, INIT_CWD: checkout }, extendEnv: false },
        ...{ reject: false, timeout: 120_000, stdin: "ignore" as const },
      },
    );
    return { exitCode, stdout };
  });
}

const settingsIn = (path: string): Readonly<Record<string, unknown>> => {
  const { config } = parse(readFileSync(path, "utf8")) as { config: Record<string, unknown> };
  return { hosts: config["dockertls:hosts"] };
};

const isWritten = (): boolean => {
  try {
    return readFileSync(file, "utf8") !== "";
  } catch {
    return false;
  }
};

// proves: add.never-trusts-silently
test("a host key that nobody has compared, or another than the given one, is not trusted", async () => {
  const silent = await add(`root@${machine.address}`);
  expect(silent.stdout).toContain(`its host key is not verified: ssh-ed25519 ${fingerprint}; `);
  const other = `SHA256:${"A".repeat(43)}`;
  const wrong = await add(`root@${machine.address}`, "--fingerprint", other, "--yes");
  expect(wrong.stdout).toContain(
    `no host key of this server has the fingerprint ${other}; it shows`,
  );
  expect([silent.exitCode, wrong.exitCode, isWritten()]).toEqual([1, 1, false]);
});

// proves: add.refuses
test("a machine that can't be managed is refused with the reason, and nothing is written", async () => {
  const before = await machine.files();
  await machine.sh("mv /etc/sudoers.d/ops /root/ops");
  const sudoless = await add(`ops@${machine.address}`, "--fingerprint", fingerprint);
  await machine.sh("mv /root/ops /etc/sudoers.d/ops");
  const place = (await machine.sh("command -v dockerd")).trim();
  await machine.sh(`mv ${place} /root/dockerd-away`);
  const dockerless = await add(`root@${machine.address}`, "--fingerprint", fingerprint);
  await machine.sh(`mv /root/dockerd-away ${place}`);

  expect(sudoless.stdout).toMatch(/refused +sudo: .*; remote programs need root; .*sudoers/);
  expect(dockerless.stdout).toMatch(/refused +docker/);
  expect([sudoless.exitCode, dockerless.exitCode, isWritten()]).toEqual([1, 1, false]);
  expect(await machine.files()).toBe(before);
});

// proves: add.first-machine
test("what it writes is all that `up` needs; a second time nothing is written", async () => {
  await machine.sh(
    `mkdir -p /etc/docker && printf '{"log-level": "warn"}' >/etc/docker/daemon.json`,
  );
  const before = await machine.files();
  const closes = "INPUT -p tcp --dport 2376 -j REJECT --reject-with icmp-admin-prohibited";
  await machine.sh(`iptables -A ${closes}`);

  const added = await add(`ops@${machine.address}`, "--fingerprint", fingerprint);
  await machine.sh(`iptables -D ${closes}`);

  expect(added.exitCode).toBe(0);
  expect(added.stdout).toMatch(/login +as ops by .*, root by sudo without a password/);
  expect(added.stdout).toMatch(/daemon\.json +keeps log-level \(unmanaged\)/);
  expect(added.stdout).toMatch(
    /first up +puts the API behind TLS on port 2376; restarts dockerd once/,
  );
  expect(added.stdout.replaceAll(/\s+/g, " ")).toMatch(
    / -- finding tcp .*found none \(EHOSTUNREACH\); iptables on the machine closes the port .*`iptables -I INPUT -s /,
  );
  expect(await machine.files()).toBe(before);
  const text = readFileSync(file, "utf8");
  const again = await add(`ops@${machine.address}`);
  expect(again.stdout).toMatch(/there already +as t1/);
  expect([again.exitCode, readFileSync(file, "utf8")]).toEqual([0, text]);

  stack.configure(settingsIn(file));
  const up = await stack.up();
  expect(up.all).not.toMatch(/error/);
  expect(up.exitCode).toBe(0);
  await expectNoChanges(stack);
  expect((await stack.destroy()).exitCode).toBe(0);
  expect(await machine.files()).toBe(before);
});

test("a machine of another stack is refused", async () => {
  writeFileSync(file, "config:\n  dockertls:hosts:\n    a:\n      address: 192.0.2.1\n");
  await machine.sh("mkdir -p /var/lib/dockertls");
  await machine.sh("printf 'version=1\\nowner=dockertls/other/x\\n' >/var/lib/dockertls/record");
  const { stdout, exitCode } = await add(`root@${machine.address}`, "--fingerprint", fingerprint);
  await machine.sh("rm -r /var/lib/dockertls");
  expect(stdout).toMatch(/refused +owner: this machine belongs to dockertls\/other\/x/);
  expect(exitCode).toBe(1);
});
