// A change goes from machine to machine in waves: one that fails stops at its wave. One story, told in order.
import { once } from "node:events";
import { connect } from "node:net";
import { parseUrn } from "../../../components/identity.ts";
import type { Plan } from "../../../scripts/plan/plan.ts";
import { operator } from "../../support/operator.ts";
import { refusedByStart } from "../../support/refused-settings.ts";
import { closeStacks, StackRun } from "../../support/stack-run.ts";
import { bootMilliseconds, TestMachine } from "../../support/test-machine.ts";

const machines = ["t1", "t2", "t3", "t4"].map((name) => new TestMachine(name));
const [canary, ...others] = machines;
const [second, third, last] = others;
if (!canary || !second || !third || !last) throw new Error("too few machines");
let stack: StackRun;

const settings = (
  daemon: object,
  rollout: object = { soak: "1s" },
  ofLast: Readonly<Record<string, unknown>> = {},
): Record<string, unknown> => ({
  daemon: { "registry-mirrors": ["https://mirror.gcr.io"], ...daemon },
  rollout,
  hosts: Object.fromEntries(
    machines.map((machine) => [machine.name, machine.host(machine === last ? ofLast : {})]),
  ),
});

const marks = (): Promise<string[]> => Promise.all(others.map((machine) => machine.mark()));

const restarts = (since: readonly string[]): Promise<number[]> =>
  Promise.all(others.map((machine, at) => machine.dockerStarts(since[at] ?? "")));

/** TCP connections that the machine has taken since it booted, SSH and API alike. */
const connections = (machine: TestMachine): Promise<string> =>
  machine.sh("awk '/^Tcp: [0-9]/ { print $7 }' /proc/net/snmp");

beforeAll(async () => {
  await Promise.all(machines.map((machine) => machine.pristine()));
  stack = await StackRun.create(settings({}));
}, bootMilliseconds);

afterAll(closeStacks);

// proves: rollout.canary-stops
test("a canary that dockerd fails on is rolled back, and no other machine is touched", async () => {
  // It comes into the stack in maintenance, and is set up with the others by the run after this one.
  stack.configure(settings(refusedByStart, { canaries: ["t1"] }, { maintenance: true }));
  const before = await Promise.all(others.map((machine) => machine.files()));
  const taken = await connections(last);

  const up = await stack.up();

  expect(up.exitCode).not.toBe(0);
  expect(up.all).toMatch(
    /command:remote:Command \(t1-converge\):\n.*\n.*rolled back, the old configuration serves/,
  );
  expect(await Promise.all(others.map((machine) => machine.files()))).toEqual(before);
  expect(await connections(last)).toBe(taken);
});

// proves: rollout.resumes
test("a plain rerun goes through all waves, the canary first", async () => {
  stack.configure(settings({}));

  const up = await stack.up();

  expect(up.all).not.toMatch(/error/);
  expect(up.exitCode).toBe(0);
  expect(up.all).toMatch(/rollout: t1: proven, and again after 1 s/);
  const begun = (machine: TestMachine): Promise<number> =>
    machine.sh("stat -c %Y /var/lib/dockertls/record").then(Number);
  const first = await begun(canary);
  for (const machine of others) expect(await begun(machine)).toBeGreaterThanOrEqual(first);
});

test("another order of waves changes nothing, and nothing is soaked where nothing was changed", async () => {
  stack.configure(settings({}, { waves: [1, "50%", "100%"], canaries: ["t4"], soak: "1h" }));

  const preview = await stack.preview("--expect-no-changes");
  expect(preview.all).not.toMatch(/error/);
  expect(preview.all).toMatch(/rollout: 3 waves: t4, then 2 machines, then 1 machine$/m);
  expect(preview.exitCode).toBe(0);
  const up = await stack.up();
  expect(up.exitCode).toBe(0);
  expect(up.all).not.toMatch(/rollout: /);
});

describe("npm run plan", () => {
  // proves: plan.exit-code
  test("shows the waves, and that there is nothing to do", async () => {
    const { exitCode, stdout } = await operator(stack, "plan");

    expect(stdout.split("\n")).toEqual([
      "stack test: 3 waves; each that was changed is proven, and again after 3600 s, before the next",
      ...["", "wave 1 of 3, canary", "  nothing on t4"],
      ...["", "wave 2 of 3", "  nothing on t1, t2"],
      ...["", "wave 3 of 3", "  nothing on t3"],
      ...["", "nothing to do", "4 machines: 4 nothing"],
    ]);
    expect(exitCode).toBe(0);
  });

  // proves: plan.machines
  test("shows what is done to each machine, and who uses it meanwhile; and changes nothing", async () => {
    await canary.sh(`useradd --create-home --shell /bin/sh deploy
      install -d -m 700 -o deploy /home/deploy/.ssh
      install -m 600 -o deploy /root/.ssh/authorized_keys /home/deploy/.ssh/
      echo 'deploy ALL=(ALL) NOPASSWD: ALL' >/etc/sudoers.d/deploy`);
    await canary.runContainer("app");
    await second.runContainer("db");
    await third.sh("systemctl stop ssh.socket ssh.service; pkill sshd || :");
    // It has sent nothing yet, but dockerd holds it.
    const client = connect(2376, canary.address);
    await once(client, "connect");
    const before = await Promise.all([canary.files(), stack.export()]);
    const deploy = { sudo: true, ssh: { ...canary.ssh, user: "deploy" } };
    stack.configure({
      daemon: { "registry-mirrors": ["https://mirror.gcr.io"] },
      rollout: { canaries: ["t1"], soak: "5s" },
      hosts: {
        t1: canary.host({ ...deploy, daemon: { "log-driver": "local" } }),
        t2: second.host({ daemon: { labels: ["rack=7"] } }),
        t3: third.host(),
        t4: last.host({ maintenance: "a new disk" }),
      },
    });

    const { exitCode, stdout } = await operator(stack, "plan", "--json");

    const none = { count: 0, names: [] };
    const unknown = { containers: null, connections: null };
    const { hosts, ...whole } = JSON.parse(stdout) as Plan;
    expect(whole).toEqual({
      ...{ stack: "test", outcome: "changes", errors: [], canaries: ["t1"], soak: 5 },
      ...{ waves: [["t1"], ["t2", "t3"]], leaving: [] },
      // It leaves the state for as long as the machine is in maintenance.
      others: ["t4-docker"],
    });
    expect(hosts).toMatchObject([
      {
        ...{ host: "t1", wave: 1, change: "restart", unknown: "", problems: [] },
        why: ["log-driver: dockerd reads it only when it starts"],
        containers: { count: 1, names: ["app"] },
        ending: none,
        connections: 1,
        clients: { count: 1, names: [client.localAddress] },
      },
      {
        ...{ host: "t2", wave: 2, change: "reload", why: ["labels"], unknown: "", problems: [] },
        containers: { count: 1, names: ["db"] },
        connections: 0,
      },
      {
        ...{ host: "t3", wave: 2, change: "unreachable", ...unknown },
        problems: [expect.stringMatching(/^t3: ssh root@\S+: unreachable /)],
      },
      { host: "t4", wave: null, change: "in maintenance", why: ["a new disk"], ...unknown },
    ]);
    expect(exitCode).toBe(2);
    expect(await Promise.all([canary.files(), stack.export()])).toEqual(before);
    client.destroy();
    await third.sh("systemctl start ssh");
    await canary.sh("docker rm -f app");
    await second.sh("docker rm -f db");
  });
});

/** What the state holds of the last machine. Every save encrypts anew. */
async function recorded(): Promise<unknown> {
  const plain = (key: string, value: unknown): unknown => (key === "ciphertext" ? "" : value);
  const { deployment } = JSON.parse(await stack.export(), plain) as {
    deployment: { resources: { urn: string; [member: string]: unknown }[] };
  };
  const own = deployment.resources.filter(({ urn }) => parseUrn(urn).name.startsWith("t4"));
  const members = own.map(({ urn, modified, inputs, outputs }) => [
    urn,
    { modified, inputs, outputs },
  ]);
  return Object.fromEntries(members);
}

// proves: maintenance.not-dialled
test("a machine in maintenance is left as it is, and is dialled by nobody; the run after it repairs", async () => {
  const maintenance = { maintenance: "a new disk" };
  await last.sh("sed -i s/mirror.gcr.io/other.example/ /etc/docker/daemon.json");
  const drifted = await last.files();
  stack.configure(settings({}, {}, maintenance));
  // The refresh before the program knows nothing of it yet.
  const first = await stack.up();
  expect(first.all).toMatch(/dockertls:hosts\.t4\.maintenance: is "a new disk"; nothing of t4 is /);
  expect(first.all).not.toMatch(/error/);
  expect(first.exitCode).toBe(0);
  const before = await recorded();

  const [mark, taken] = [await last.mark(), await connections(last)];
  const preview = await stack.preview("--expect-no-changes");
  expect(preview.all).not.toMatch(/error/);
  expect(preview.exitCode).toBe(0);
  expect(await last.logins(mark)).toEqual({ accepted: 0, refused: 0 });
  expect(await connections(last)).toBe(taken);
  expect(await last.files()).toBe(drifted);

  await last.stop();
  stack.configure(settings({ debug: true }, {}, maintenance));
  const up = await stack.up();
  expect(up.all).not.toMatch(/error|t4: ssh/);
  expect(up.exitCode).toBe(0);
  expect(await recorded()).toEqual(before);
  await last.start();

  stack.configure(settings({ debug: true }));
  expect((await stack.up()).exitCode).toBe(0);
  expect(await last.info("{{.RegistryConfig.Mirrors}}")).toBe("[https://mirror.gcr.io/]");
  expect(await last.info("{{.Debug}}")).toBe("true");
});

test("a canary that fails after its first proof stops the rollout as well", async () => {
  stack.configure(settings({ labels: ["rack=7"] }, { soak: "20s" }));
  await second.sh("cp -p /etc/docker/daemon.json /root/ && echo '{' >/etc/docker/daemon.json");
  await third.sh("systemctl stop ssh.socket ssh.service; pkill sshd || :");
  const since = await marks();
  const breaks = canary
    .waitFor("the canary's new label", 120, "grep -q rack=7 /etc/docker/daemon.json")
    .then(
      // It has been proven by then: a proof takes a second.
      () => canary.sh("sleep 8; systemctl stop docker.socket docker.service"),
    );

  const up = await stack.up("--continue-on-error");
  await breaks;

  expect(up.exitCode).not.toBe(0);
  expect(up.all).toMatch(/t1: tcp:\S+: /);
  expect(up.all).toMatch(/rollout: unreachable: t3 \(/);
  expect(up.all).toMatch(/rollout: refused: t2 \(/);
  expect(up.all).toMatch(/rollout: not begun: t4 \(/);
  expect(await restarts(since)).toEqual([0, 0, 0]);
  for (const machine of others) expect(await machine.info("{{.Labels}}")).toBe("[]");

  await canary.sh("systemctl start docker.socket docker.service");
  await second.sh("mv /root/daemon.json /etc/docker/");
  await third.sh("systemctl start ssh");
  stack.configure(settings({ labels: ["rack=7"] }));
  expect((await stack.up()).exitCode).toBe(0);
  for (const machine of machines) expect(await machine.info("{{.Labels}}")).toBe("[rack=7]");
});

// proves: rollout.no-edges
test("a machine that is gone keeps no other from being given back, whatever their waves", async () => {
  await second.sh("systemctl stop ssh.socket ssh.service; pkill sshd || :").catch(() => undefined);

  const destroy = await stack.destroy("--continue-on-error");

  expect(destroy.exitCode).not.toBe(0);
  for (const machine of [canary, ...others.slice(1)]) {
    expect(await machine.succeeds("test -e /var/lib/dockertls")).toBe(false);
  }
});
