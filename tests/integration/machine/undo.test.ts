// `destroy` gives the machine back: byte for byte, mode for mode, and nothing of ours left.
import { closeStacks, StackRun } from "../../support/stack-run.ts";
import { bootMilliseconds, TestMachine } from "../../support/test-machine.ts";

const daemonJson = "/etc/docker/daemon.json";

/** As a person writes it: tabs, blanks, no end of line, and a key that is none of our business. */
const oddly = `{ "log-opts":   {"max-size": "7m"},\n\n\t"log-driver":"json-file" ,"labels": [ "rack=1"\n]}`;

describe.each([
  {
    what: "a daemon.json of its own, oddly formatted",
    prepare: `cat > ${daemonJson}; chown root:daemon ${daemonJson}; chmod 0640 ${daemonJson}; systemctl restart docker`,
  },
  { what: "no daemon.json", prepare: "true" },
])("a machine with $what", ({ prepare }) => {
  const machine = new TestMachine("t1");
  const isOdd = prepare !== "true";
  let stack: StackRun;
  let before: string;

  beforeAll(async () => {
    await machine.pristine();
    await machine.sh(prepare, oddly);
    await machine.waitFor("dockerd", 30, "docker info");
    before = await machine.files();
    stack = await StackRun.create({
      daemon: { "registry-mirrors": ["https://mirror.gcr.io"], labels: ["rack=2"] },
      hosts: { t1: machine.host() },
    });
  }, bootMilliseconds);

  afterAll(closeStacks);

  // proves: files.foreign-keys-kept
  test("keeps what others have set while it is ours", async () => {
    expect((await stack.up()).exitCode).toBe(0);

    const effective = JSON.parse(await machine.sh(`cat ${daemonJson}`)) as Record<string, unknown>;
    expect(effective["labels"]).toEqual(["rack=2"]);
    expect(effective["tlsverify"]).toBe(true);
    if (isOdd) {
      expect(effective["log-opts"]).toEqual({ "max-size": "7m" });
      expect(effective["log-driver"]).toBe("json-file");
    }
    const hosts = (await stack.output("hosts")) as { t1: { unmanagedKeys: string[] } };
    expect(hosts.t1.unmanagedKeys).toEqual(isOdd ? ["log-driver", "log-opts"] : []);
  });

  // proves: undo.destroy
  test("is as before after destroy, also where the script that does it was lost", async () => {
    await machine.sh("rm /var/lib/dockertls/script-*");

    const destroy = await stack.destroy();

    expect(destroy.all).not.toMatch(/error/);
    expect(destroy.exitCode).toBe(0);
    expect(await machine.files()).toBe(before);
    if (isOdd) {
      expect(await machine.sh(`cat ${daemonJson}`)).toBe(oddly);
      expect(await machine.sh(`stat -c '%a %U:%G' ${daemonJson}`)).toBe("640 root:daemon");
    }
  });

  test("has a dockerd that serves its local socket, by the vendor's own command", async () => {
    expect(await machine.info("{{.Labels}}")).toBe(isOdd ? "[rack=1]" : "[]");
    expect(await machine.sh("systemctl show docker -P ExecStart")).toContain("-H fd://");
    expect(await machine.sh("systemctl show docker -P NeedDaemonReload")).toBe("no");
    expect(await machine.succeeds("ss -Hltn 'sport = :2376' | grep -q .")).toBe(false);
  });

  // proves: undo.by-hand
  test("can be given back by hand, on the machine, by whoever has lost the stack", async () => {
    expect((await stack.up()).exitCode).toBe(0);

    expect(await machine.sh("sh /var/lib/dockertls/dockertls.sh restore")).toBe(
      "removed: the machine is as it was",
    );

    expect(await machine.files()).toBe(before);
    expect(await machine.info("{{.Labels}}")).toBe(isOdd ? "[rack=1]" : "[]");
    // The stack, should it turn up again, finds nothing to do there.
    expect((await stack.destroy()).exitCode).toBe(0);
    expect(await machine.files()).toBe(before);
  });

  test("has nothing left to be undone", async () => {
    const mark = await machine.mark();

    expect((await stack.destroy()).exitCode).toBe(0);

    expect(await machine.logins(mark)).toEqual({ accepted: 0, refused: 0 });
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
    stack = await StackRun.create({ hosts: { t1: machine.host() } });
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
    expect(await machine.sh("ls /etc/docker")).toBe("daemon.json");
    expect(await machine.info("{{.ExperimentalBuild}}")).toBe("true");
  });
});
