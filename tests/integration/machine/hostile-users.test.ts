// Other users of the machine, and files that somebody has broken: what they can read, swap, take or stop.
import { closeStacks, StackRun } from "../../support/stack-run.ts";
import { bootMilliseconds, TestMachine } from "../../support/test-machine.ts";

const machine = new TestMachine("t1");
const daemonJson = "/etc/docker/daemon.json";
const asNobody = (command: string): string =>
  `setpriv --reuid nobody --regid nogroup --clear-groups sh -c '${command}'`;
let stack: StackRun;
let before: string;
let fate: string;

const settings = (changes: Record<string, unknown> = {}): Record<string, unknown> => ({
  daemon: { labels: ["run=0"] },
  hosts: { t1: machine.host() },
  ...changes,
});

beforeAll(async () => {
  await machine.pristine();
  await machine.sh(
    `mkdir -p /etc/docker && umask 077 && cat >${daemonJson} && systemctl restart docker`,
    // dockerd 20.10 knows no proxies; any text that others set may be a secret.
    '{"log-opts": {"env": "geheim-0815"}}\n',
  );
  await machine.runContainer("box1");
  fate = await machine.fate("box1");
  before = await machine.files();
  stack = await StackRun.onFakeEngine(settings());
}, bootMilliseconds);

afterAll(closeStacks);

afterEach(async () => {
  expect(await machine.fate("box1")).toBe(fate);
});

describe("a daemon.json that others keep to themselves", () => {
  // proves: secrets.daemon-json-mode
  test("stays so: no other user reads the password in it, and the state's copies neither", async () => {
    expect((await stack.up()).exitCode).toBe(0);
    expect(await machine.stat(daemonJson)).toBe("600 root:root regular file");
    expect(await machine.succeeds(asNobody(`cat ${daemonJson}`))).toBe(false);
    const readable = asNobody(
      'find / -xdev -type f -readable -not -path "/proc/*" -not -path "/sys/*" -exec grep -lsF geheim-0815 {} + 2>/dev/null',
    );
    expect(await machine.sh(`${readable} || true`)).toBe("");
  });

  test("made stricter by somebody is no drift, and made wider is one that up repairs", async () => {
    await machine.sh(`chmod 0400 ${daemonJson}`);
    expect((await stack.preview("--expect-no-changes")).exitCode).toBe(0);
    await machine.sh(`chmod 0644 ${daemonJson}`);
    const preview = await stack.preview();
    expect(preview.all).toMatch(
      /drift: \/etc\/docker\/daemon\.json: expected mode, user, group at most 600 0 0, found 644 0 0/,
    );
    const mark = await machine.mark();
    expect((await stack.up()).exitCode).toBe(0);
    expect(await machine.stat(daemonJson)).toBe("600 root:root regular file");
    expect(await machine.dockerStarts(mark)).toBe(0);
  });
});

// proves: secrets.dockerd-words
test("an edit that dockerd does not take is refused, dockerd runs on, and nobody is told the password", async () => {
  const ours = await machine.sh(`cat ${daemonJson}`);
  const pid = await machine.sh("systemctl show docker -P MainPID");
  await machine.sh(
    `cat >${daemonJson}`,
    JSON.stringify({ ...JSON.parse(ours), "insecure-registries": ["http://u:sesam@r:5000/x y"] }),
  );
  const mark = await machine.mark();

  const up = await stack.up();

  expect(up.exitCode).not.toBe(0);
  expect(up.all).toMatch(/daemon: .*; rolled back, the old configuration serves; it does not take/);
  expect(up.all).not.toMatch(/sesam|geheim/);
  expect((await machine.since(mark, "-t dockertls")).join("\n")).not.toMatch(/sesam|geheim/);
  expect(await machine.sh("systemctl show docker -P MainPID")).toBe(pid);
  expect(await machine.dockerStarts(mark)).toBe(0);
  await machine.sh(`cat >${daemonJson}`, ours);
  expect((await stack.up()).exitCode).toBe(0);
});

// proves: restart.port-taken
test("whoever takes the port while dockerd restarts stops it only as long as they have it", async () => {
  // Tries until it is free for a moment, and keeps it until told otherwise.
  await machine.sh(
    "cat >/run/squat.pl",
    `use Socket;
socket(my $s, PF_INET, SOCK_STREAM, 0);
setsockopt($s, SOL_SOCKET, SO_REUSEADDR, 1);
until (bind($s, sockaddr_in(2376, inet_aton("127.0.0.1"))) && listen($s, 1)) {
  exit 1 if -e "/tmp/squat-no-more";
  select(undef, undef, undef, 0.001);
}
open(my $f, ">", "/tmp/squatting"); close $f;
select(undef, undef, undef, 0.1) until -e "/tmp/squat-no-more";
`,
  );
  const squatting = machine.exec(asNobody("exec perl /run/squat.pl"), { check: false });
  const started = await machine.sh("systemctl show docker -P ExecMainStartTimestampMonotonic");
  stack.configure(settings({ daemon: { labels: ["run=1"], mtu: 1400 } }));

  const up = await stack.up();

  expect(await machine.succeeds("test -e /tmp/squatting")).toBe(true);
  expect(up.exitCode).not.toBe(0);
  expect(up.all).toMatch(/address already in use/);
  expect(up.all).toMatch(/systemd starts dockerd again every few seconds/);
  // Longer than the vendor's unit would try.
  await machine.waitFor("further starts", 60, "test $(systemctl show docker -P NRestarts) -ge 4");
  await machine.sh("touch /tmp/squat-no-more");
  await squatting;
  await machine.waitFor("dockerd, which comes back by itself", 60, "docker info");
  expect(await machine.sh("systemctl show docker -P ExecMainStartTimestampMonotonic")).not.toBe(
    started,
  );
  await machine.sh("rm /tmp/squat-no-more /tmp/squatting /run/squat.pl");
  expect((await stack.up()).exitCode).toBe(0);
  expect(await machine.info("{{.Labels}}")).toBe("[run=1]");
}, 240_000);

// proves: paths.root-only
test("a directory on the way that another user can swap is told by the preview, before anything is touched", async () => {
  await machine.sh(
    "mkdir -p /srv/alice/ssl && chown nobody /srv/alice && chmod 0755 /srv/alice/ssl",
  );
  stack.configure(settings({ tls: { directory: "/srv/alice/ssl" } }));
  const mark = await machine.mark();

  const [preview, up] = [await stack.preview(), await stack.up()];

  const line =
    /t1: \/srv\/alice: somebody besides root can write in it \(mode, user, group 755 65534 0\), and it leads to \/srv\/alice\/ssl\/ca\.pem; /;
  expect(up.all).toMatch(line);
  expect(up.exitCode).not.toBe(0);
  expect(preview.exitCode).toBe(0);
  expect(await machine.dockerStarts(mark)).toBe(0);
  expect(await machine.sh("ls /srv/alice/ssl")).toBe("");
  await machine.sh("rm -r /srv/alice");
});

test("destroy leaves the machine as it was, modes included", async () => {
  stack.configure(settings());
  expect((await stack.destroy()).exitCode).toBe(0);
  expect(await machine.files()).toBe(before);
});
