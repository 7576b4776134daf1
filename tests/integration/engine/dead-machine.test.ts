// A machine that is gone for good holds up nothing but itself, and can be forgotten.
import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { DriftReport } from "../../../scripts/drift/report.ts";
import type { Exported, StateResource } from "../../../scripts/forget/deployment.ts";
import { operator, type Command } from "../../support/operator.ts";
import { closeStacks, StackRun } from "../../support/stack-run.ts";
import { bootMilliseconds, TestMachine } from "../../support/test-machine.ts";

const t1 = new TestMachine("t1");
const t2 = new TestMachine("t2");
let stack: StackRun;
let before: string;

const both = (label: string): Record<string, unknown> => ({
  daemon: { labels: [label] },
  hosts: { t1: t1.host(), t2: t2.host() },
});
const alone = { daemon: { labels: ["run=1"] }, hosts: { t1: t1.host() } };

const die = (): Promise<string> =>
  t2.sh("systemctl stop ssh.service ssh.socket docker.service docker.socket");

const forget = (...args: string[]): Promise<Command> => operator(stack, "forget", ...args);

async function drift(): Promise<{ exitCode: number | undefined; report: DriftReport }> {
  const { exitCode, stdout } = await operator(stack, "drift", "--json");
  return { exitCode, report: JSON.parse(stdout) as DriftReport };
}

const resources = async (): Promise<readonly StateResource[]> =>
  (JSON.parse(await stack.export()) as Exported).deployment?.resources ?? [];

beforeAll(async () => {
  await Promise.all([t1.pristine(), t2.pristine()]);
  before = await t1.files();
  stack = await StackRun.create(both("run=0"));
  expect((await stack.up()).exitCode).toBe(0);
}, bootMilliseconds);

afterAll(closeStacks);

test("drift finds both machines in sync", async () => {
  const { exitCode, report } = await drift();
  const hosts = report.stacks[0]?.hosts.map(({ host, state }) => `${host} ${state}`);
  expect(hosts).toEqual(["t1 in sync", "t2 in sync"]);
  expect(exitCode).toBe(0);
});

test("drift tells every stack of the project, and which of them it could not open", async () => {
  const all = await operator(stack, "drift", "--all");
  expect(all.stdout).toMatch(/^STACK +HOST +STATE +WHAT\ntest +t1 +in sync\ntest +t2 +in sync$/);
  expect(all.exitCode).toBe(0);

  const passphrase = join(stack.directory, "wrong");
  writeFileSync(passphrase, "another\n");
  const environment = { ...stack.environment, PULUMI_CONFIG_PASSPHRASE_FILE: passphrase };
  const closed = await operator({ environment }, "drift");
  expect(closed.stdout).toMatch(/\ntest +- +could not tell +stack test: .*passphrase/);
  expect(closed.exitCode).toBe(1);
});

describe("one of them is dead", () => {
  beforeAll(die);

  test("preview and refresh report it, and do not fail", async () => {
    const line = `ssh root@${t2.address}:22: unreachable`;
    const preview = await stack.preview();
    expect(preview.all).toContain(line);
    expect(preview.exitCode).toBe(0);
    const refresh = await stack.refresh("--yes");
    expect(refresh.all).toContain(line);
    expect(refresh.exitCode).toBe(0);
  });

  // proves: drift.read-only
  test("drift could not tell, and changes neither a machine nor the state, nor takes a lock", async () => {
    const state = await stack.export();
    const locks = join(stack.directory, "state/.pulumi/locks/organization/dockertls/test");
    mkdirSync(locks, { recursive: true });
    writeFileSync(join(locks, "other.json"), '{"pid": 1, "username": "u", "hostname": "h"}');

    const { exitCode, report } = await drift();

    rmSync(join(locks, "other.json"));
    expect(report.stacks[0]?.hosts).toMatchObject([
      { host: "t1", state: "in sync" },
      {
        host: "t2",
        state: "unreachable",
        problems: [expect.stringMatching(/^t2: ssh .*unreachable/)],
      },
    ]);
    expect(exitCode).toBe(1);
    expect(await stack.export()).toBe(state);
  });

  // proves: drift.exit-code
  test("what drifted on the other is told nevertheless", async () => {
    await t1.sh("sed -i s/run=0/run=9/ /etc/docker/daemon.json");
    const { stdout, exitCode } = await operator(stack, "drift");
    expect(stdout).toMatch(
      /^test +t1 +drift +daemon\.json: labels: expected \["run=0"\], found \["run=9"\]$/m,
    );
    expect(stdout).toMatch(/^test +t2 +unreachable +t2: ssh root@/m);
    expect(exitCode).toBe(2);
    // Looking has put nothing in effect.
    expect(await t1.info("{{.Labels}}")).toBe("[run=0]");
  });

  test("an up that continues on errors fails for it alone, and converges the other", async () => {
    stack.configure(both("run=1"));
    const up = await stack.up("--continue-on-error");
    expect(up.exitCode).not.toBe(0);
    expect(up.all).toContain(`ssh root@${t2.address}:22: unreachable`);
    expect(await t1.info("{{.Labels}}")).toBe("[run=1]");
  });

  test("forget refuses what it does not know, in one line", async () => {
    const unknown = await forget("t9");
    expect(unknown.stderr).toMatch(/^stack test: t9: [^\n]*; name one of these: t1, t2$/);
    const nowhere = await forget("t2", "--stack", "nosuch");
    expect(nowhere.stderr).toMatch(/^stack nosuch: there is no stack of that name; [^\n]*$/);
    expect([unknown.exitCode, nowhere.exitCode]).toEqual([1, 1]);
  });

  test("forget refuses a stack that is locked, and leaves it as it is", async () => {
    const state = await stack.export();
    const locks = join(stack.directory, "state/.pulumi/locks/organization/dockertls/test");
    writeFileSync(join(locks, "other.json"), '{"pid": 1, "username": "u", "hostname": "h"}');
    const { exitCode, stderr } = await forget("t2");
    rmSync(join(locks, "other.json"));
    expect(stderr).toMatch(
      /^stack test: it is locked by u@h [^\n]*; [^\n]*; [^\n]*pulumi cancel[^\n]*$/,
    );
    expect(exitCode).toBe(1);
    expect(await stack.export()).toBe(state);
  });

  // proves: forget.state
  test("taken out of the configuration and forgotten, the next up and preview are green", async () => {
    stack.configure(alone);
    // Its undo can't reach it: without forgetting, this fails for ever.
    expect((await stack.up()).exitCode).not.toBe(0);
    const state = await stack.export();

    const { exitCode, stdout } = await forget("t2");

    expect(stdout).toMatch(/^t2: forgotten \(\d+ resources? of stack test\); [^\n]*$/);
    expect(exitCode).toBe(0);
    const copy = /the previous state is in (\S+)/.exec(stdout)?.[1] ?? "";
    expect(JSON.parse(readFileSync(copy, "utf8"))).toEqual(JSON.parse(state));
    expect((statSync(copy).mode & 0o777).toString(8)).toBe("600");
    rmSync(copy);
    const mine = (await resources()).filter(({ urn }) => /::t2\b/.test(urn));
    expect(mine.map(({ urn }) => urn)).toEqual([]);
    const mark = await t1.mark();
    expect((await stack.up()).exitCode).toBe(0);
    expect((await stack.preview("--expect-no-changes")).exitCode).toBe(0);
    expect(await t1.dockerStarts(mark)).toBe(0);
  });
});

// proves: forget.comes-back
test("should it come back: configured again under its name, it is converged again", async () => {
  await t2.sh("systemctl start ssh.service docker.service");
  await t2.waitFor("sshd", 20, "ss -Hltn 'sport = :22' | grep -q .");
  stack.configure(both("run=1"));
  const up = await stack.up();
  expect(up.all).not.toMatch(/error/);
  expect(up.exitCode).toBe(0);
  expect(await t2.info("{{.Labels}}")).toBe("[run=1]");
});

// proves: forget.former-machine
test("a previous machine that can't be restored is forgotten alone, the current one stays", async () => {
  await die();
  const exported = JSON.parse(await stack.export()) as Exported;
  const all = exported.deployment?.resources ?? [];
  const undo = all.find(({ urn }) => urn.endsWith("::t2-undo"));
  const today = all.find(({ urn }) => urn.endsWith("::t1-undo"));
  // As an up leaves it that could not reach the machine at the previous address.
  const { urn = "", parent = "" } = today ?? {};
  const former = { ...undo, urn, parent, id: "former", delete: true };
  const file = join(stack.directory, "former.json");
  const deployment = { ...exported.deployment, resources: [...all, former] };
  writeFileSync(file, JSON.stringify({ ...exported, deployment }));
  await stack.expectSuccess(["stack", "import", "--file", file]);
  const up = await stack.up("--continue-on-error");
  expect(up.all).toMatch(/t1-undo/);

  const { stdout, exitCode } = await forget("t1");

  expect(stdout).toMatch(
    /^t1: forgot the previous machine, at the address before the change \(1 resource of stack test\)/,
  );
  expect(exitCode).toBe(0);
  const mine = (await resources()).filter((one) => one.urn === urn);
  expect(mine).toHaveLength(1);
  expect(mine[0]?.delete).toBeUndefined();
});

test("forgotten while it is configured, destroy gives the other back as it was", async () => {
  const { exitCode } = await forget("t2");
  expect(exitCode).toBe(0);

  const destroy = await stack.destroy();

  expect(destroy.all).not.toMatch(/error/);
  expect(destroy.exitCode).toBe(0);
  expect(await t1.files()).toBe(before);
});
