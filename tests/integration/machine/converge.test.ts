// The main job: a pristine machine becomes a remote Docker host, and stays untouched from then on.
import { closeStacks, StackRun } from "../../support/stack-run.ts";
import { bootMilliseconds, TestMachine } from "../../support/test-machine.ts";

const mirror = "https://mirror.gcr.io";

describe.each([
  ["root", "t1", "root"],
  // proves: login.sudo
  ["a user with sudo", "t2", "ops"],
])("a pristine machine, logged in to as %s", (_, name, user) => {
  const machine = new TestMachine(name);
  const login = user === "root" ? {} : { sudo: true, ssh: { user, ...machine.ssh } };
  let stack: StackRun;

  beforeAll(async () => {
    await machine.pristine();
    stack = await StackRun.create({
      daemon: { "registry-mirrors": [mirror] },
      hosts: { [name]: machine.host(login) },
    });
  }, bootMilliseconds);

  afterAll(closeStacks);

  // proves: up.converges
  test("is converged by the first up, with one restart and two logins", async () => {
    const mark = await machine.mark();

    const up = await stack.up();

    expect(up.all).toContain("Resources:");
    expect(up.exitCode).toBe(0);
    // A second restart would be a second outage of the API for everybody.
    expect(await machine.dockerStarts(mark)).toBe(1);
    const { accepted, refused } = await machine.logins(mark);
    // The look, whose connection brings the script as well, and the converge.
    expect(accepted).toBeLessThanOrEqual(2);
    expect(refused).toBe(0);
  });

  test("says in the outputs who answers at the endpoint", async () => {
    const hosts = await stack.output("hosts");

    expect(hosts).toEqual({
      [name]: {
        api: "mutual-tls",
        endpoint: `tcp://${machine.address}:2376`,
        name,
        serverVersion: await machine.info("{{.ServerVersion}}"),
        operatingSystem: await machine.info("{{.OperatingSystem}}"),
        registryMirrors: [`${mirror}/`],
        liveRestore: true,
        certificateExpiresAt: expect.stringMatching(/^20\d\d-\d\d-\d\dT[\d:.]+Z$/),
        refusals: [
          "a client without a certificate: refused",
          "a client of another authority: refused",
          "a client with a certificate for servers: refused",
          "a client in plaintext: refused",
          "a client of TLS 1.1: refused",
        ],
        findings: [],
        unmanagedKeys: [],
      },
    });
  });

  test.each([
    ["/opt/docker-ssl", "755 root:root directory"],
    ["/opt/docker-ssl/ca.pem", "444 root:root regular file"],
    ["/opt/docker-ssl/cert.pem", "444 root:root regular file"],
    ["/opt/docker-ssl/key.pem", "400 root:root regular file"],
    ["/etc/docker/daemon.json", "644 root:root regular file"],
    ["/etc/systemd/system/docker.service.d", "755 root:root directory"],
    ["/etc/systemd/system/docker.service.d/zz-dockertls.conf", "644 root:root regular file"],
    ["/var/lib/dockertls", "700 root:root directory"],
  ])("has %s as %s", async (path, expected) => {
    expect(await machine.stat(path)).toBe(expected);
  });

  test("has no other copy of the private key", async () => {
    // What a run was sent must not stay around where a backup of /var/lib would carry it away.
    const copies = await machine.sh(
      `grep -rlsF "$(sed -n 2p /opt/docker-ssl/key.pem)" /opt /etc /var/lib/dockertls /tmp /run/user /root || true`,
    );
    expect(copies).toBe("/opt/docker-ssl/key.pem");
  });

  // proves: up.second-changes-nothing
  test("is left alone by a second up, which logs in once", async () => {
    const mark = await machine.mark();
    const before = await machine.files();

    const up = await stack.up();

    expect(up.exitCode).toBe(0);
    expect(up.all).toMatch(/Resources:\n +\d+ unchanged\n/);
    expect(await machine.dockerStarts(mark)).toBe(0);
    expect(await machine.logins(mark)).toEqual({ accepted: 1, refused: 0 });
    expect(await machine.files()).toBe(before);
  });

  test("shows no change to a preview and to a drift detection", async () => {
    const preview = await stack.preview("--expect-no-changes");
    expect(preview.all).not.toMatch(/error/);
    expect(preview.exitCode).toBe(0);

    const refresh = await stack.refresh("--preview-only", "--expect-no-changes");
    expect(refresh.all).not.toMatch(/error/);
    expect(refresh.exitCode).toBe(0);
  });

  test("names nobody's secret to the stack's exported state", async () => {
    expect(await stack.export()).not.toContain("PRIVATE KEY");
  });

  test("is given back by destroy", async () => {
    const destroy = await stack.destroy();

    expect(destroy.exitCode).toBe(0);
    expect(await machine.sh("find / -xdev -name '*dockertls*'; ls /opt")).toBe("lab");
    expect(await machine.succeeds("docker info")).toBe(true);
  });
});
