// What others change on the machine: a plain preview tells it, the next up repairs it.
import { closeStacks, StackRun } from "../support/stack-run.ts";
import { bootMilliseconds, TestMachine } from "../support/test-machine.ts";

const machine = new TestMachine("t1");
let stack: StackRun;

beforeAll(async () => {
  await machine.pristine();
  stack = await StackRun.create({
    daemon: { "registry-mirrors": ["https://mirror.gcr.io"] },
    hosts: { t1: machine.host() },
  });
  expect((await stack.up()).exitCode).toBe(0);
}, bootMilliseconds);

afterAll(closeStacks);

const directory = "/opt/docker-ssl";
const dropIn = "/etc/systemd/system/docker.service.d/zz-dockertls.conf";

describe.each([
  {
    what: "an edited daemon.json",
    done: "sed -i s/mirror.gcr.io/mirror.example/ /etc/docker/daemon.json",
    told: /daemon\.json: registry-mirrors: expected .*mirror\.gcr\.io.*, found .*mirror\.example/,
    repaired: "grep -q mirror.gcr.io /etc/docker/daemon.json",
  },
  {
    what: "a removed certificate",
    done: `rm ${directory}/cert.pem`,
    told: `${directory}/cert.pem: expected the file, found none`,
    repaired: `test -s ${directory}/cert.pem`,
  },
  {
    what: "a stopped daemon",
    done: "systemctl stop docker.service docker.socket",
    told: "docker.service: expected active, found inactive",
    repaired: "systemctl is-active docker.service",
  },
  {
    what: "a removed drop-in",
    done: `rm ${dropIn}`,
    told: `${dropIn}: expected the file, found none`,
    repaired: `test -s ${dropIn} && ! systemctl show docker -P ExecStart | grep -q fd://`,
  },
  {
    what: "a key that others can read",
    done: `chmod 0644 ${directory}/key.pem`,
    told: `${directory}/key.pem: expected mode, user, group 400 0 0, found 644 0 0`,
    repaired: `test "$(stat -c %a ${directory}/key.pem)" = 400`,
  },
])("$what", ({ done, told, repaired }) => {
  test("is told by a plain preview", async () => {
    await machine.sh(done);

    const preview = await stack.preview();

    expect(preview.all).toMatch(told);
    expect(preview.exitCode).toBe(0);
    // A preview that repaired something would be a surprise to everybody.
    expect(await machine.succeeds(repaired)).toBe(false);
  });

  test("is repaired by up", async () => {
    const up = await stack.up();

    expect(up.all).not.toMatch(/error/);
    expect(up.exitCode).toBe(0);
    expect(await machine.succeeds(repaired)).toBe(true);
    const preview = await stack.preview("--expect-no-changes");
    expect(preview.all).not.toMatch(/error/);
    expect(preview.exitCode).toBe(0);
  });
});

describe("a machine whose sshd is stopped", () => {
  beforeAll(() => machine.sh("systemctl stop ssh.service ssh.socket"));
  afterAll(() => machine.sh("systemctl start ssh.service"));

  test("is reported by a preview, which does not fail", async () => {
    const preview = await stack.preview();

    expect(preview.all).toMatch(/ssh root@10\.231\.77\.11:22: unreachable \(.*ECONNREFUSED/);
    expect(preview.exitCode).toBe(0);
  });

  test("fails an up soon, with one line", async () => {
    const begun = Date.now();

    const up = await stack.up();

    // No retries: whoever waits for this learns it at once.
    expect(Date.now() - begun).toBeLessThan(60_000);
    expect(up.exitCode).not.toBe(0);
    expect(up.all).toMatch(/ssh root@10\.231\.77\.11:22: unreachable \([^;]*\);[^;]+;[^;]+\n/);
    expect(up.all).not.toMatch(/sh -s|main\(\)|DOCKERTLS/);
  });

  test("needs nothing but its sshd to be fine again", async () => {
    await machine.sh("systemctl start ssh.service");
    await machine.waitFor("sshd", 20, "ss -Hltn 'sport = :22' | grep -q .");
    const mark = await machine.mark();

    const up = await stack.up();

    expect(up.exitCode).toBe(0);
    expect(await machine.dockerStarts(mark)).toBe(0);
    expect((await stack.preview("--expect-no-changes")).exitCode).toBe(0);
  });
});
