// A machine that is started late, and whose docker is installed later still.
import { closeStacks, StackRun } from "../../support/stack-run.ts";
import { bootMilliseconds, TestMachine } from "../../support/test-machine.ts";

const machine = new TestMachine("t1");
const settings = { hosts: { t1: machine.host({ waitFor: "3m" }) } };
let stack: StackRun;

beforeAll(async () => {
  await machine.pristine();
  stack = await StackRun.create(settings);
}, bootMilliseconds);

afterAll(closeStacks);

/** As cloud-init leaves its traces while it installs docker: the unit comes last. */
const hideDocker = `systemctl stop docker.service docker.socket
  mkdir -p /run/cloud-init && touch /run/cloud-init/enabled
  mv /usr/lib/systemd/system/docker.service /usr/sbin/dockerd /root && systemctl daemon-reload`;
const installDocker = `mv /root/docker.service /usr/lib/systemd/system && mv /root/dockerd /usr/sbin
  systemctl daemon-reload && systemctl start docker.service && echo '{}' >/run/cloud-init/result.json`;

test("without waitFor, a docker that cloud-init may be about to install is told as that", async () => {
  await machine.sh(hideDocker);
  stack.configure({ hosts: { t1: machine.host() } });

  const up = await stack.up();

  expect(up.exitCode).not.toBe(0);
  expect(up.all).toMatch(
    /t1: docker: is not installed yet; it may be about to be: cloud-init, which is still at work; .*`waitFor: 10m`/,
  );
});

// proves: wait.not-in-preview
test("a preview does not wait", async () => {
  stack.configure(settings);

  const preview = await stack.preview();

  expect(preview.all).not.toMatch(/waits for .*; up to/);
});

test("up waits for SSH, then for cloud-init, and says so", async () => {
  await machine.sh("systemctl stop ssh.service ssh.socket");
  const run = stack.begin(["up", "--yes", "--skip-preview"]);
  await run.says(/waits for SSH: /);
  await machine.sh("systemctl start ssh.service");
  await run.says(/waits for cloud-init, /);
  await machine.sh(installDocker);

  const up = await run.end;

  if (up.exitCode !== 0) throw new Error(up.all);
  expect(up.all).toMatch(/waits for SSH: unreachable \(.*\); up to 3 min/);
  expect(up.all).toMatch(/waits for cloud-init, which is still at work; up to [12] min/);
  expect((await stack.preview("--expect-no-changes")).exitCode).toBe(0);
  expect((await stack.destroy()).exitCode).toBe(0);
});
