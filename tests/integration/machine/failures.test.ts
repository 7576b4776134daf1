// A machine that can't be converged as it is, and a desired state that dockerd refuses.
import { refusedByStart, refusedByValidate } from "../../support/refused-settings.ts";
import { closeStacks, StackRun, type Run } from "../../support/stack-run.ts";
import { dockerd, dockerdValidates } from "../../support/test-image.ts";
import { bootMilliseconds, TestMachine } from "../../support/test-machine.ts";

const machine = new TestMachine("t1");
let stack: StackRun;

const settings = (daemon: Readonly<Record<string, unknown>>): Record<string, unknown> => ({
  daemon,
  hosts: { t1: machine.host() },
});
const good = settings({ "registry-mirrors": ["https://mirror.gcr.io"] });

beforeAll(async () => {
  await machine.pristine();
  stack = await StackRun.onFakeEngine(good);
}, bootMilliseconds);

afterAll(closeStacks);

async function failedUp(): Promise<Run> {
  const up = await stack.up();
  expect(up.exitCode).not.toBe(0);
  // The person sees the one line, not the script, nor what it was sent.
  expect(up.all).not.toMatch(/DOCKERTLS_ENVELOPE|write_whole|roll_back|check_owner/);
  return up;
}

test("a machine without docker", async () => {
  const unit = "/usr/lib/systemd/system/docker.service";
  await machine.sh(`systemctl stop docker.service docker.socket
    mv ${unit} /root/docker.service; mv ${dockerd} /root/dockerd; systemctl daemon-reload`);
  const before = await machine.files();

  const up = await failedUp();

  expect(up.all).toMatch(/t1: docker: is not installed; [^;]+; install [^\n]*docker\.io/);
  expect(await machine.files()).toBe(before);
  await machine.sh(`mv /root/docker.service ${unit}; mv /root/dockerd ${dockerd}
    systemctl daemon-reload; systemctl start docker.service`);
});

// proves: refused.not-json
test("a daemon.json that is not JSON keeps its bytes", async () => {
  const broken = `{ "debug": true,,, "labels" [\n`;
  await machine.sh("cat > /etc/docker/daemon.json", broken);

  const up = await failedUp();

  expect(up.all).toMatch(/t1: \/etc\/docker\/daemon\.json: is not JSON \([^)]+\); [^;]+; correct /);
  expect(await machine.sh("cat /etc/docker/daemon.json; echo .")).toBe(`${broken}.`);
  expect(await machine.sh("systemctl is-active docker")).toBe("active");
  await machine.sh("rm /etc/docker/daemon.json");
});

describe("a value that dockerd --validate passes and dockerd refuses", () => {
  let daemonJson: string;

  beforeAll(async () => {
    stack.configure(good);
    const up = await stack.up();
    expect(up.all).not.toMatch(/error/);
    daemonJson = await machine.sh("sha256sum /etc/docker/daemon.json");
    stack.configure(settings({ "registry-mirrors": ["https://mirror.gcr.io"], ...refusedByStart }));
  });

  // proves: rollback.in-place
  test("is told in one line, and the old daemon serves on its old bytes", async () => {
    const up = await failedUp();

    // Otherwise this test proves nothing about a rollback.
    expect(up.all).not.toContain("dockerd refuses it");
    expect(up.all).toMatch(
      /daemon: [^\n]*logging mode not supported[^\n]*; rolled back, the old configuration serves; correct [^\n]*/,
    );
    expect(await machine.sh("sha256sum /etc/docker/daemon.json")).toBe(daemonJson);
    expect(await machine.info("{{.RegistryConfig.Mirrors}}")).toBe("[https://mirror.gcr.io/]");
    expect(await machine.succeeds("ss -Hltn 'sport = :2376' | grep -q .")).toBe(true);
  });

  test("fails again as long as it is wanted, and the old daemon still serves", async () => {
    // A run that took the machine's record for its own success would be green here.
    const up = await failedUp();

    expect(up.all).toMatch(/logging mode not supported/);
    expect(await machine.info("{{.RegistryConfig.Mirrors}}")).toBe("[https://mirror.gcr.io/]");
  });

  test("is repaired at once by a good one", async () => {
    // The start limit counts the failures and the rollbacks of the minute before.
    stack.configure(settings({ "registry-mirrors": ["https://mirror.example"] }));

    const up = await stack.up();

    expect(up.all).not.toMatch(/error/);
    expect(up.exitCode).toBe(0);
    expect(await machine.info("{{.RegistryConfig.Mirrors}}")).toBe("[https://mirror.example/]");
    expect((await stack.preview("--expect-no-changes")).exitCode).toBe(0);
  });
});

describe("a key that the operator vouches for, and dockerd does not know", () => {
  let mark: string;
  let before: string;
  let up: Run;

  beforeAll(async () => {
    stack.configure({ ...settings(refusedByValidate), allowUnknownKeys: true });
    mark = await machine.mark();
    before = await machine.files();
    up = await failedUp();
  });

  if (dockerdValidates) {
    // proves: refused.by-validate
    test("is found before anything is touched", async () => {
      expect(up.all).toMatch(
        /daemon\.json: dockerd refuses it: [^;]*no-such-key[^;]*; nothing was touched; /,
      );
      expect(await machine.dockerStarts(mark)).toBe(0);
    });
  } else {
    test("is found by the start, and taken back", async () => {
      expect(up.all).toMatch(
        /daemon: [^\n]*no-such-key[^\n]*; rolled back, the old configuration serves; correct /,
      );
      expect(await machine.info("{{.RegistryConfig.Mirrors}}")).toBe("[https://mirror.example/]");
      expect(await machine.succeeds("ss -Hltn 'sport = :2376' | grep -q .")).toBe(true);
    });
  }

  test("leaves every file as it was", async () => {
    expect(await machine.files()).toBe(before);
  });
});
