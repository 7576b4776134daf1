// Two machines in one stack: what ails one must not hold up the other.
import { closeStacks, StackRun } from "../../support/stack-run.ts";
import { bootMilliseconds, TestMachine } from "../../support/test-machine.ts";

const t1 = new TestMachine("t1");
const t2 = new TestMachine("t2");
let stack: StackRun;

const settings = (label: string): Record<string, unknown> => ({
  daemon: { labels: [label] },
  hosts: { t1: t1.host(), t2: t2.host({ daemon: { debug: true } }) },
});

beforeAll(async () => {
  await Promise.all([t1.pristine(), t2.pristine()]);
  stack = await StackRun.create(settings("run=0"));
}, bootMilliseconds);

afterAll(closeStacks);

test("both are converged, each with its own settings and its own key", async () => {
  expect((await stack.up()).exitCode).toBe(0);

  expect(await t1.info("{{.Debug}} {{.Labels}}")).toBe("false [run=0]");
  expect(await t2.info("{{.Debug}} {{.Labels}}")).toBe("true [run=0]");
  const key = "sha256sum < /opt/docker-ssl/key.pem";
  expect(await t1.sh(key)).not.toBe(await t2.sh(key));
});

describe("one of them is out of reach", () => {
  beforeAll(() => t2.sh("systemctl stop ssh.service ssh.socket"));

  // proves: fleet.one-away
  test("an up that continues on errors changes the other", async () => {
    stack.configure(settings("run=1"));

    const up = await stack.up("--continue-on-error");

    expect(up.exitCode).not.toBe(0);
    expect(up.all).toContain(`ssh root@${t2.address}:22: unreachable`);
    expect(up.all).toMatch(/^ +error: t2-state: failed; [^\n]*run `pulumi up` again$/m);
    // Nothing of how the SDK says it.
    expect(up.all).not.toMatch(/unhandled|serializing property|Promise|\u001b|^ +at /m);
    expect(up.all).not.toMatch(
      new RegExp(String.raw`${t1.addressPattern}[^\n]*(unreachable|refused|error)`),
    );
    expect(await t1.info("{{.Labels}}")).toBe("[run=1]");
    expect(await t2.info("{{.Labels}}")).toBe("[run=0]");
  });

  test("once it is back, the next up catches up with it alone", async () => {
    await t2.sh("systemctl start ssh.service");
    await t2.waitFor("sshd", 20, "ss -Hltn 'sport = :22' | grep -q .");
    const mark = await t1.mark();

    const up = await stack.up();

    expect(up.all).not.toMatch(/error/);
    expect(up.exitCode).toBe(0);
    expect(await t2.info("{{.Labels}}")).toBe("[run=1]");
    expect(await t1.dockerStarts(mark)).toBe(0);
    expect((await stack.preview("--expect-no-changes")).exitCode).toBe(0);
  });
});

// proves: undo.host-removed
test("one that leaves the configuration is given back, the other stays", async () => {
  stack.configure({ daemon: { labels: ["run=1"] }, hosts: { t1: t1.host() } });
  const mark = await t1.mark();

  expect((await stack.up()).exitCode).toBe(0);

  expect(await t2.succeeds("test -e /etc/docker/daemon.json")).toBe(false);
  expect(await t2.info("{{.Debug}}")).toBe("false");
  expect(await t1.dockerStarts(mark)).toBe(0);
});
