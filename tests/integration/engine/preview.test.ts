// What a preview says before anything is done: of machines that it has never seen, of those that it can't see, and
// of what becomes of each.
import { closeStacks, StackRun } from "../../support/stack-run.ts";
import { bootMilliseconds, TestMachine } from "../../support/test-machine.ts";

const t1 = new TestMachine("t1");
const t2 = new TestMachine("t2");
const otherKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBCHdPDe7Y1rfdswafUzNE8e399g/B6/jQUheDaMj7rE";
const withKey = ({ ssh }: TestMachine, hostKey: string): Record<string, unknown> => ({
  ssh: { identityFile: ssh.identityFile, hostKey },
});
let stack: StackRun;
let before: string;

beforeAll(async () => {
  await Promise.all([t1.pristine(), t2.pristine()]);
  before = await t1.files();
  stack = await StackRun.create({});
}, bootMilliseconds);

afterAll(closeStacks);

describe("of machines that are new", () => {
  // proves: preview.new-hosts
  test("each is looked at, and told as it is; nothing fails and nothing changes", async () => {
    const away = t1.address.replace(/\d+$/, "99");
    stack.configure({
      hosts: {
        t1: t1.host(),
        t2: t2.host(withKey(t2, otherKey)),
        gone: { address: away, ...withKey(t1, otherKey) },
      },
    });
    const mark = await t1.mark();

    const preview = await stack.preview();

    expect(preview.all).toMatch(/t1-state.*\n? *impact: restart: the machine is not converged yet/);
    expect(preview.all).toMatch(
      /warning: t2: ssh [^\n]* the server's host key is not the configured one; /,
    );
    expect(preview.all).toMatch(new RegExp(`warning: gone: ssh root@${away}:22: unreachable `));
    expect(preview.all).not.toMatch(/(t2|gone)-state[^\n]*impact/);
    expect(preview.exitCode).toBe(0);
    expect(await t1.logins(mark)).toEqual({ accepted: 1, refused: 0 });
    expect(await t1.files()).toBe(before);
  });

  test("what an up would refuse is said, and by the up as well", async () => {
    await t1.sh("busybox httpd -p 2376 -h /opt");
    stack.configure({ hosts: { t1: t1.host() } });
    const line = /t1: port 2376: (busybox|httpd) \(pid \d+\) listens there; /;

    const preview = await stack.preview();

    expect(preview.all).toMatch(line);
    expect(preview.exitCode).toBe(0);
    const up = await stack.up();
    expect(up.all).toMatch(line);
    expect(up.exitCode).not.toBe(0);
    await t1.sh("pkill -f '^busybox httpd'");
  });
});

describe("of machines that are converged", () => {
  beforeAll(async () => {
    stack.configure({ hosts: { t1: t1.host(), t2: t2.host() } });
    await stack.expectSuccess(["up", "--yes", "--skip-preview"]);
  }, bootMilliseconds);

  test("other SSH settings are tried", async () => {
    stack.configure({ hosts: { t1: t1.host(withKey(t1, otherKey)), t2: t2.host() } });

    const preview = await stack.preview();

    expect(preview.all).toMatch(
      /warning: t1: ssh [^\n]* the server's host key is not the configured one; /,
    );
    expect(preview.all).not.toMatch(/t1-state[^\n]*impact/);
    expect(preview.exitCode).toBe(0);
  });

  // proves: preview.undo
  test("one that leaves the configuration is restored, and so is each when the stack is destroyed", async () => {
    const restored =
      "impact: restart: the machine is restored as it was before its first `pulumi up`";
    stack.configure({ hosts: { t1: t1.host() } });
    const preview = await stack.preview();
    expect(preview.all).toMatch(new RegExp(`t2-state\\):\n +${restored}`));
    expect(preview.all).not.toMatch(/t1-state\):/);

    const destroy = await stack.run(["destroy", "--preview-only"]);
    for (const name of ["t1", "t2"]) {
      expect(destroy.all).toMatch(new RegExp(`${name}-state\\):\n +${restored}`));
    }
  });

  // proves: preview.rename
  test("one that is renamed stays converged", async () => {
    stack.configure({ hosts: { web: t1.host(), t2: t2.host() } });
    const preview = await stack.preview();
    expect(preview.all).toContain(
      "impact: nothing is restored: the machine stays converged, as web",
    );
    expect(preview.all).toMatch(
      /owner: dockertls\/test\/t1 so far; the machine stays converged, and nothing is restored/,
    );
    expect(preview.all).toContain("impact: nothing on t2");
  });

  test("one that is renumbered is seen to be the same", async () => {
    const alias = t1.address.replace(/\d+$/, "111");
    await t1.sh(`ip address add ${alias}/24 dev host0`);
    const hostKey = await t1.sh(
      "ssh-keygen -y -f /etc/ssh/ssh_host_ed25519_key | cut -d ' ' -f 1,2",
    );
    stack.configure({
      hosts: { t1: { ...t1.host(withKey(t1, hostKey.trim())), address: alias }, t2: t2.host() },
    });
    const preview = await stack.preview();
    await t1.sh(`ip address del ${alias}/24 dev host0`);
    expect(preview.all).toMatch(/~ +dockertls-host:index:HostState t1-state update/);
    // It gets another address, and is not replaced: that would restore the machine.
    expect(preview.all).toMatch(/~ +command:remote:Command t1-undo update/);
    expect(preview.all).not.toMatch(/t1-undo (create )?replace/);
  });

  // proves: preview.diff
  test("--diff shows daemon.json as it is and as it is to be, and no certificate", async () => {
    await t1.sh(
      `sed -i 's/"live-restore": true/"live-restore": false, "proxies": {"http-proxy": "geheim"}/' /etc/docker/daemon.json`,
    );
    stack.configure({ hosts: { t1: t1.host(), t2: t2.host() } });

    const preview = await stack.preview("--diff");

    await t1.sh(
      `sed -i 's/"live-restore": false, "proxies": {"http-proxy": "geheim"}/"live-restore": true/' /etc/docker/daemon.json`,
    );
    expect(preview.all).toMatch(
      /~ daemonJson: \(json\) \{\n[^}]*~ live-restore *: false => true\n/,
    );
    expect(preview.all).toContain("daemon.json: live-restore: expected true, found false");
    expect(preview.all).not.toMatch(/BEGIN CERTIFICATE|tlsFiles|geheim/);
  });

  test("a change takes one login, and the change itself no more than that and its own", async () => {
    const mark = await t1.mark();
    stack.configure({ daemon: { labels: ["run=1"] }, hosts: { t1: t1.host(), t2: t2.host() } });
    expect((await stack.preview()).all).toContain("impact: reload: labels");
    expect(await t1.logins(mark)).toEqual({ accepted: 1, refused: 0 });

    expect((await stack.up()).all).toContain("impact: reload: labels");

    // A look and the converge.
    expect(await t1.logins(mark)).toEqual({ accepted: 3, refused: 0 });
  });
});
