// Machines that are not what the program needs: each is refused in one line, and stays as it is.
import { closeStacks, StackRun } from "../../support/stack-run.ts";
import { dockerd } from "../../support/test-image.ts";
import { bootMilliseconds, TestMachine } from "../../support/test-machine.ts";

const machine = new TestMachine("t1");
const vendorUnit = "/usr/lib/systemd/system/docker.service";
let stack: StackRun;

beforeAll(async () => {
  await machine.pristine();
  stack = await StackRun.onFakeEngine({ hosts: { t1: machine.host() } });
}, bootMilliseconds);

afterAll(closeStacks);

interface Refusal {
  /** What makes the machine so, and what takes it back, as shell commands. */
  readonly spoil: string;
  readonly mend: string;
  /** The line that the person sees: `where: what; why; do this`. */
  readonly line: RegExp;
  readonly host?: Readonly<Record<string, unknown>>;
}

/** As if docker had never been installed by the distribution. */
const withoutService = `systemctl stop docker.service docker.socket
  mv ${vendorUnit} /root/docker.service && mv ${dockerd} /root/dockerd && systemctl daemon-reload`;
const withService = `mv /root/docker.service ${vendorUnit} && mv /root/dockerd ${dockerd}
  systemctl daemon-reload && systemctl start docker.service`;

test.each<[string, Refusal]>([
  [
    "sudo wants a password",
    {
      host: { sudo: true, ssh: { user: "ops", ...machine.ssh } },
      spoil: "echo 'ops ALL=(ALL) ALL' > /etc/sudoers.d/ops",
      mend: "echo 'ops ALL=(ALL) NOPASSWD: ALL' > /etc/sudoers.d/ops",
      line: /t1: sudo: [^\n;]*password[^\n;]*; remote programs need root; allow it in sudoers: ops /,
    },
  ],
  // proves: refused.no-systemd
  [
    "systemd does not run it",
    {
      spoil: "mv /run/systemd/system /run/systemd/system.away",
      mend: "mv /run/systemd/system.away /run/systemd/system",
      line: /t1: init: systemd does not run this machine; [^\n;]+; use a machine booted by systemd/,
    },
  ],
  // proves: refused.port-taken
  [
    "something else has the port",
    {
      spoil: "busybox httpd -p 2376 -h /opt",
      mend: "pkill -f '^busybox httpd'",
      line: /t1: port 2376: (busybox|httpd) \(pid \d+\) listens there; [^\n;]+; stop it or choose another port/,
    },
  ],
  // proves: refused.snap
  [
    "Docker is a snap",
    {
      spoil: `${withoutService}; mkdir -p /snap/docker`,
      mend: `rm -r /snap; ${withService}`,
      line: /t1: docker: is installed as a snap; [^\n;]+; remove the snap and install /,
    },
  ],
  [
    "Docker is rootless",
    {
      spoil: `${withoutService}
        mkdir -p /home/ops/.config/systemd/user && touch /home/ops/.config/systemd/user/docker.service`,
      mend: `rm -r /home/ops/.config; ${withService}`,
      line: /t1: docker: runs rootless, in a user's own session; [^\n;]+; install /,
    },
  ],
  // proves: refused.read-only
  [
    "/etc is read-only",
    {
      spoil: "mount --bind /etc /etc && mount -o remount,ro,bind /etc",
      mend: "umount /etc",
      line: /t1: \/etc\S*: read-only; [^\n;]+; remount it/,
    },
  ],
  [
    "docker.service is masked",
    {
      spoil: "systemctl stop docker.service docker.socket; systemctl mask docker.service",
      mend: "systemctl unmask docker.service && systemctl start docker.service",
      line: /t1: docker\.service: expected it unmasked, found it masked; [^\n;]+; run `systemctl unmask docker\.service`/,
    },
  ],
])("%s", async (_case, { host = {}, spoil, mend, line }) => {
  await machine.sh(spoil);
  const before = await machine.files();
  const mark = await machine.mark();
  stack.configure({ hosts: { t1: machine.host(host) } });

  const up = await stack.up();

  expect(up.exitCode).not.toBe(0);
  expect(up.all).toMatch(line);
  // The person sees the one line, not the script, nor what it was sent.
  expect(up.all).not.toMatch(/DOCKERTLS_ENVELOPE|write_whole|roll_back|check_owner/);
  expect(await machine.dockerStarts(mark)).toBe(0);
  expect(await machine.files()).toBe(before);
  await machine.sh(mend);
});

test("once nothing stands in the way, the same stack comes up", async () => {
  stack.configure({ hosts: { t1: machine.host() } });

  const up = await stack.up();

  expect(up.all).not.toMatch(/error/);
  expect(up.exitCode).toBe(0);
});
