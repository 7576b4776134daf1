// Whose machine it is: names and addresses that change, machines that are swapped or reinstalled, and
// stacks that claim one machine. One story, told in order, with a container on each machine.
import { refusedByStart } from "../../support/refused-settings.ts";
import { closeStacks, expectNoChanges, StackRun, type Run } from "../../support/stack-run.ts";
import { bootMilliseconds, TestMachine } from "../../support/test-machine.ts";

const t1 = new TestMachine("t1");
const t2 = new TestMachine("t2");
const machines = [t1, t2];
/** Another address for t1, in the lab's network. */
const alias = t1.address.replace(/\d+$/, "111");

type Hosts = Readonly<Record<string, unknown>>;
const before = new Map<TestMachine, string>();
const fates = new Map<TestMachine, string>();
let stack: StackRun;
let other: StackRun;

beforeAll(async () => {
  await Promise.all(machines.map((machine) => prepare(machine)));
  stack = await StackRun.onFakeEngine({ hosts: { t1: t1.host() } });
}, bootMilliseconds);

afterAll(closeStacks);

async function prepare(machine: TestMachine): Promise<void> {
  await machine.pristine();
  await machine.runContainer("box1");
  fates.set(machine, await machine.fate("box1"));
  before.set(machine, await machine.files());
}

/** A machine at an address that known_hosts does not name. */
async function host(machine: TestMachine, address: string): Promise<object> {
  const { ssh } = machine.host() as { ssh: { identityFile: string } };
  const key = await machine.sh(
    "ssh-keygen -y -f /etc/ssh/ssh_host_ed25519_key | cut -d ' ' -f 1,2",
  );
  return { address, ssh: { identityFile: ssh.identityFile, hostKey: key } };
}

function up(run: StackRun, hosts: Hosts, ...flags: string[]): Promise<Run> {
  run.configure({ hosts });
  return run.up(...flags);
}

async function expectUp(run: StackRun, hosts: Hosts): Promise<void> {
  const { all, exitCode } = await up(run, hosts);
  expect(all).not.toMatch(/error/);
  expect(exitCode).toBe(0);
}

const recorded = (machine: TestMachine, key: string): Promise<string> =>
  machine.sh(`sed -n 's/^${key}=//p' /var/lib/dockertls/record`);

async function expectHeld(machine: TestMachine, owner: string): Promise<void> {
  expect(await recorded(machine, "owner")).toBe(owner);
  expect(await machine.succeeds("ss -Hltn 'sport = :2376' | grep -q .")).toBe(true);
}

async function expectGivenBack(machine: TestMachine): Promise<void> {
  expect(await machine.files()).toBe(before.get(machine));
  expect(await machine.info("{{.LiveRestoreEnabled}}")).toBe("false");
}

async function expectContainersUntouched(): Promise<void> {
  for (const machine of machines) expect(await machine.fate("box1")).toBe(fates.get(machine));
}

// proves: identity.rename
test("a host that is renamed stays converged: one restart, and nothing given back", async () => {
  await expectUp(stack, { t1: t1.host() });
  const mark = await t1.mark();

  await expectUp(stack, { web: t1.host() });

  expect(await t1.dockerStarts(mark)).toBe(1);
  await expectHeld(t1, "dockertls/test/web");
  await expectContainersUntouched();
  await expectNoChanges(stack);
});

// proves: identity.renumber
test("a machine that is renumbered stays converged, and its old address is not dialled", async () => {
  await t1.sh(`ip address del ${t1.address}/24 dev host0 && ip address add ${alias}/24 dev host0`);
  const mark = await t1.mark();

  await expectUp(stack, { web: await host(t1, alias) });

  expect(await t1.dockerStarts(mark)).toBe(1);
  await expectHeld(t1, "dockertls/test/web");
  expect(await recorded(t1, "address")).toBe(`${alias}:22`);
  await expectContainersUntouched();
  await expectNoChanges(stack);
  // Nor does a later preview say that anything would be taken away.
  await t1.sh("chmod 0666 /etc/docker/daemon.json");
  const preview = await stack.preview();
  await t1.sh(`ip address add ${t1.address}/24 dev host0`);
  expect(preview.all).toMatch(/~ +dockertls-host:index:HostState web-state update/);
  expect(preview.all).not.toMatch(/[~+-] +command:remote:Command web-undo (?!refresh)/);
});

// proves: identity.another-machine
test("an address that leads to another machine: the first one is given back by the same up", async () => {
  // What gives it back has to be brought there first, to where the machine is no more by the configuration.
  await t1.sh("rm /var/lib/dockertls/script-*");

  await expectUp(stack, { web: t2.host() });

  await expectHeld(t2, "dockertls/test/web");
  await expectGivenBack(t1);
  await expectContainersUntouched();
  await expectNoChanges(stack);
});

test("an address that was mistyped, and put right after an up that failed: nothing is given back", async () => {
  // The first up gets as far as the converge: what waits to be deleted then goes by the first address.
  const failed = await up(stack, { web: t1.host({ daemon: refusedByStart }) });
  expect(failed.exitCode).not.toBe(0);
  expect(failed.all).toMatch(/rolled back, the old configuration serves/);
  await expectHeld(t2, "dockertls/test/web");
  const mark = await t2.mark();

  await expectUp(stack, { web: t2.host() });

  await expectHeld(t2, "dockertls/test/web");
  expect(await t2.dockerStarts(mark)).toBeLessThanOrEqual(1);
  await expectGivenBack(t1);
  await expectContainersUntouched();
  await expectNoChanges(stack);
});

test("a host more is nothing to the others", async () => {
  stack.configure({ hosts: { web: t2.host(), db: t1.host() } });
  const preview = await stack.preview("--diff");
  // With --diff, only what changes is shown.
  expect(preview.all).toMatch(/::db-converge/);
  expect(preview.all).not.toMatch(/::web/);

  const mark = await t2.mark();
  await expectUp(stack, { web: t2.host(), db: t1.host() });
  expect(await t2.logins(mark)).toEqual({ accepted: 1, refused: 0 });
});

// proves: identity.swap
test("two that swap addresses: each is the other's from then on", async () => {
  await expectUp(stack, { web: t1.host(), db: t2.host() });

  await expectHeld(t1, "dockertls/test/web");
  await expectHeld(t2, "dockertls/test/db");
  await expectContainersUntouched();
  await expectNoChanges(stack);
});

test("two entries for one machine: the second is refused in words", async () => {
  const mark = await t1.mark();

  const { all, exitCode } = await up(stack, {
    ...{ web: t1.host(), db: t2.host() },
    twin: await host(t1, alias),
  });

  expect(exitCode).not.toBe(0);
  expect(all).toMatch(
    `twin: owner: this machine belongs to dockertls/test/web, which is reached at ${t1.address}:22; `,
  );
  await expectHeld(t1, "dockertls/test/web");
  expect(await t1.dockerStarts(mark)).toBe(0);
  await expectUp(stack, { web: t1.host(), db: t2.host() });
});

test("a host that can't be converged keeps what gives it back, also in an up that continues on errors", async () => {
  await t2.sh("systemctl mask --runtime docker.service");

  const { all, exitCode } = await up(
    stack,
    { web: t1.host(), db: t2.host({ daemon: { debug: true } }) },
    "--continue-on-error",
  );

  await t2.sh("systemctl unmask --runtime docker.service");
  expect(exitCode).not.toBe(0);
  expect(all).toMatch(/db: docker.service: expected it unmasked, found it masked/);
  expect(all).not.toMatch(/db-undo.*delet/);
  await expectHeld(t2, "dockertls/test/db");
  await expectUp(stack, { web: t1.host(), db: t2.host() });
});

test("nor is a renamed one given back under its old name, when the new one can't be converged", async () => {
  await t2.sh("systemctl mask --runtime docker.service");

  const { all, exitCode } = await up(
    stack,
    { web: t1.host(), store: t2.host() },
    "--continue-on-error",
  );

  await t2.sh("systemctl unmask --runtime docker.service");
  expect(exitCode).not.toBe(0);
  expect(all).toMatch(/store: docker.service: expected it unmasked, found it masked/);
  await expectHeld(t2, "dockertls/test/db");
  await expectUp(stack, { web: t1.host(), store: t2.host() });
  await expectHeld(t2, "dockertls/test/store");
  await expectUp(stack, { web: t1.host(), db: t2.host() });
});

describe("a second stack", () => {
  beforeAll(async () => {
    other = await StackRun.onFakeEngine({ hosts: { web: t1.host() } }, "other");
  });

  test("is refused in words, and the machine stays untouched", async () => {
    const mark = await t1.mark();
    const files = await t1.files();

    const { all, exitCode } = await up(other, { web: t1.host() });

    expect(exitCode).not.toBe(0);
    expect(all).toMatch(
      /web: owner: this machine belongs to dockertls\/test\/web; .*destroy it there first, or set `takeOver: true`/,
    );
    expect(await t1.files()).toBe(files);
    expect(await t1.dockerStarts(mark)).toBe(0);
  });

  test("takes the machine over where it is told to", async () => {
    const { all, exitCode } = await up(other, { web: t1.host({ takeOver: true }) });

    expect(exitCode).toBe(0);
    // As long as it is set.
    expect(all).toMatch(/warning: dockertls:hosts\.web\.takeOver: is true; /);
    await expectHeld(t1, "dockertls/other/web");
    await expectUp(other, { web: t1.host() });
    await expectNoChanges(other);
    await expectContainersUntouched();
  });

  // proves: identity.taken-over
  test("the first one says so, and does not take it back", async () => {
    const line = /web: owner: this machine belongs to dockertls\/other\/web; /;
    const preview = await stack.preview();
    expect(preview.exitCode).toBe(0);
    expect(preview.all).toMatch(line);

    const failed = await stack.up();
    expect(failed.exitCode).not.toBe(0);
    expect(failed.all).toMatch(line);
    await expectHeld(t1, "dockertls/other/web");
  });

  test("the first one lets it go: it stays with the second, which gives back its very first state", async () => {
    await expectUp(stack, { db: t2.host() });
    await expectHeld(t1, "dockertls/other/web");

    expect((await other.destroy()).exitCode).toBe(0);
    await expectGivenBack(t1);
    await expectContainersUntouched();
  });
});

test("a state that was lost: the same stack finds its machine again, and gives it back", async () => {
  const anew = await StackRun.onFakeEngine({ hosts: { db: t2.host() } });
  await expectUp(anew, { db: t2.host() });
  await expectHeld(t2, "dockertls/test/db");

  expect((await anew.destroy()).exitCode).toBe(0);
  await expectGivenBack(t2);
  await expectContainersUntouched();
});

describe("a machine that is reinstalled under its name", () => {
  let fresh: StackRun;

  beforeAll(async () => {
    fresh = await StackRun.onFakeEngine({ hosts: { t1: t1.host() } });
    await expectUp(fresh, { t1: t1.host() });
    await prepare(t1);
    await t1.sh(
      `rm /etc/ssh/ssh_host_ed25519_key* && ssh-keygen -q -t ed25519 -N '' -f /etc/ssh/ssh_host_ed25519_key &&
       echo '{"debug": true}' >/etc/docker/daemon.json && systemctl reload docker && systemctl restart ssh`,
    );
    before.set(t1, await t1.files());
  }, bootMilliseconds);

  // proves: identity.new-host-key
  test("is refused as long as its new host key is not configured", async () => {
    const line = /the server's host key is not the configured one/;
    expect((await fresh.preview()).all).toMatch(line);
    const { all, exitCode } = await fresh.up();
    expect(exitCode).not.toBe(0);
    expect(all).toMatch(line);
  });

  // proves: identity.reinstalled
  test("is converged then, on what the new installation has", async () => {
    await expectUp(fresh, { t1: await host(t1, t1.address) });

    await expectHeld(t1, "dockertls/test/t1");
    expect(await t1.info("{{.Debug}}")).toBe("true");
    await expectNoChanges(fresh);
  });

  test("and goes back to that", async () => {
    expect((await fresh.destroy()).exitCode).toBe(0);
    await expectGivenBack(t1);
    await expectContainersUntouched();
  });
});
