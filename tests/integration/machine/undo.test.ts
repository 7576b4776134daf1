// `destroy` gives the machine back: byte for byte, mode for mode, and nothing of ours left.
import { closeStacks, StackRun } from "../../support/stack-run.ts";
import { bootMilliseconds, TestMachine } from "../../support/test-machine.ts";

const daemonJson = "/etc/docker/daemon.json";

/** As a person writes it: tabs, blanks, no end of line, and a key that is none of our business. */
const oddly = `{ "log-opts":   {"max-size": "7m"},\n\n\t"log-driver":"json-file" ,"labels": [ "rack=1"\n]}`;

/** One with a daemon.json of its own, and one with none. */
const odd = new TestMachine("t1");
const bare = new TestMachine("t2");
const machines = [odd, bare];

describe("two machines, one with an oddly formatted daemon.json, one with none", () => {
  const before = new Map<TestMachine, string>();
  let stack: StackRun;

  beforeAll(async () => {
    await Promise.all(machines.map((machine) => machine.pristine()));
    await odd.sh(
      `cat > ${daemonJson}; chown root:daemon ${daemonJson}; chmod 0640 ${daemonJson}; systemctl restart docker`,
      oddly,
    );
    await odd.waitFor("dockerd", 30, "docker info");
    for (const machine of machines) before.set(machine, await machine.files());
    stack = await StackRun.onFakeEngine({
      daemon: { "registry-mirrors": ["https://mirror.gcr.io"], labels: ["rack=2"] },
      hosts: { odd: odd.host(), bare: bare.host() },
    });
  }, bootMilliseconds);

  afterAll(closeStacks);

  const expectGivenBack = async (): Promise<void> => {
    for (const machine of machines) expect(await machine.files()).toBe(before.get(machine));
    expect(await odd.info("{{.Labels}}")).toBe("[rack=1]");
    expect(await bare.info("{{.Labels}}")).toBe("[]");
  };

  // proves: files.foreign-keys-kept
  test("keep what others have set while they are ours", async () => {
    expect((await stack.up()).exitCode).toBe(0);

    for (const machine of machines) {
      const effective = JSON.parse(await machine.sh(`cat ${daemonJson}`)) as object;
      expect(effective).toMatchObject({ labels: ["rack=2"], tlsverify: true });
    }
    expect(JSON.parse(await odd.sh(`cat ${daemonJson}`))).toMatchObject({
      "log-opts": { "max-size": "7m" },
      "log-driver": "json-file",
    });
    const hosts = (await stack.output("hosts")) as Record<string, { unmanagedKeys: string[] }>;
    expect(hosts["odd"]?.unmanagedKeys).toEqual(["log-driver", "log-opts"]);
    expect(hosts["bare"]?.unmanagedKeys).toEqual([]);
  });

  // proves: undo.destroy
  test("are as before after destroy, also where the script that does it was lost", async () => {
    for (const machine of machines) await machine.sh("rm /var/lib/dockertls/script-*");

    const destroy = await stack.destroy();

    expect(destroy.all).not.toMatch(/error/);
    expect(destroy.exitCode).toBe(0);
    await expectGivenBack();
    expect(await odd.sh(`cat ${daemonJson}`)).toBe(oddly);
    expect(await odd.sh(`stat -c '%a %U:%G' ${daemonJson}`)).toBe("640 root:daemon");
  });

  test("have a dockerd that serves its local socket, by the vendor's own command", async () => {
    for (const machine of machines) {
      expect(await machine.sh("systemctl show docker -P ExecStart")).toContain("-H fd://");
      expect(await machine.sh("systemctl show docker -P NeedDaemonReload")).toBe("no");
      expect(await machine.succeeds("ss -Hltn 'sport = :2376' | grep -q .")).toBe(false);
    }
  });

  // proves: undo.by-hand
  test("can be given back by hand, on the machine, by whoever has lost the stack", async () => {
    expect((await stack.up()).exitCode).toBe(0);

    for (const machine of machines) {
      expect(await machine.sh("sh /var/lib/dockertls/dockertls.sh restore")).toBe(
        "removed: the machine is as it was",
      );
    }

    await expectGivenBack();
    // The stack, should it turn up again, finds nothing to do there.
    expect((await stack.destroy()).exitCode).toBe(0);
    await expectGivenBack();
  });

  test("have nothing left to be undone", async () => {
    const marks = await Promise.all(machines.map((machine) => machine.mark()));

    expect((await stack.destroy()).exitCode).toBe(0);

    for (const [at, machine] of machines.entries()) {
      expect(await machine.logins(marks[at] ?? "")).toEqual({ accepted: 0, refused: 0 });
    }
  });
});

// proves: undo.changes
describe("what its owner changes in daemon.json while the machine is ours", () => {
  const machine = new TestMachine("t1");
  const set = (text: string): Promise<string> => machine.sh(`cat > ${daemonJson}`, text);
  const found = async (): Promise<Record<string, unknown>> =>
    JSON.parse(await machine.sh(`cat ${daemonJson}`)) as Record<string, unknown>;
  let stack: StackRun;
  let before: string;

  beforeAll(async () => {
    await machine.pristine();
    before = await machine.files();
    stack = await StackRun.onFakeEngine({ hosts: { t1: machine.host() } });
  }, bootMilliseconds);

  afterAll(closeStacks);

  test("is gone with destroy where it was taken back", async () => {
    await stack.expectSuccess(["up", "--yes", "--skip-preview"]);
    await set(JSON.stringify({ ...(await found()), experimental: true }));
    await stack.expectSuccess(["up", "--yes", "--skip-preview"]);
    expect(await machine.info("{{.ExperimentalBuild}}")).toBe("true");
    const { experimental: _, ...rest } = await found();
    await set(JSON.stringify(rest));

    await stack.expectSuccess(["destroy", "--yes", "--skip-preview"]);

    expect(await machine.files()).toBe(before);
    expect(await machine.info("{{.ExperimentalBuild}}")).toBe("false");
  });

  test("stays with destroy where it came after the last up, and is in effect", async () => {
    await stack.expectSuccess(["up", "--yes", "--skip-preview"]);
    await set(JSON.stringify({ ...(await found()), experimental: true }, undefined, 1));

    await stack.expectSuccess(["destroy", "--yes", "--skip-preview"]);

    expect(await found()).toEqual({ experimental: true });
    // dockerd 20.10 has a key of its own there.
    expect(await machine.sh("ls /etc/docker | grep -vx key.json")).toBe("daemon.json");
    expect(await machine.info("{{.ExperimentalBuild}}")).toBe("true");
  });
});
