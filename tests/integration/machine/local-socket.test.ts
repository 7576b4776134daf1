// Clients on the machine itself: whom systemd serves it goes on serving, through every restart, with the same
// socket, and containers that have mounted it notice nothing. Three machines of one stack.
import { failedCallsDuring, localSocket } from "../../support/outage.ts";
import { closeStacks, StackRun, type Run } from "../../support/stack-run.ts";
import { bootMilliseconds, TestMachine } from "../../support/test-machine.ts";

/** As the distribution has it, but for its group. */
const vendor = new TestMachine("t1");
/** Where dockerd makes the socket itself, as the classic recipe has it, and as 0.1.0 had it everywhere. */
const classic = new TestMachine("t2");
/** Where somebody has put systemd's socket elsewhere. */
const elsewhere = new TestMachine("t3");
const machines = [vendor, classic, elsewhere];

let stack: StackRun;
let before: string[];
let inode: string;
let mounted: string;
let fate: string;

const settings = (daemon: object, socket?: string): Record<string, unknown> => ({
  daemon: { "registry-mirrors": ["https://mirror.gcr.io"], ...daemon },
  hosts: {
    t1: vendor.host(),
    t2: classic.host(socket === undefined ? {} : { socket }),
    t3: elsewhere.host(),
  },
});

const socketSettings = (text: string): string =>
  `mkdir -p /etc/systemd/system/docker.socket.d
  printf '[Socket]\n${text}\n' > /etc/systemd/system/docker.socket.d/local.conf
  systemctl daemon-reload && systemctl restart docker.socket docker.service`;

const inodeOf = (path: string): Promise<string> => vendor.sh(`stat -c %i ${path}`);
const dropIns = (machine: TestMachine): Promise<string> =>
  machine.sh("cd /etc/systemd/system && ls -d docker.socket.d/* 2>/dev/null | tr '\\n' ' '; true");
const hosts = async (machine: TestMachine): Promise<unknown> =>
  (JSON.parse(await machine.sh("cat /etc/docker/daemon.json")) as { hosts?: unknown }).hosts;

async function becomes(daemon: object, socket?: string): Promise<Run> {
  stack.configure(settings(daemon, socket));
  const up = await stack.up();
  expect(up.all).not.toMatch(/error/);
  expect(up.exitCode).toBe(0);
  return up;
}

/** Failed calls on the vendor's socket and on the container's, while something is done. */
const failedDuring = (work: () => Promise<unknown>): Promise<number[]> =>
  failedCallsDuring(
    [localSocket, mounted].map((way) => ({ machine: vendor, way })),
    work,
  );

beforeAll(async () => {
  await Promise.all(machines.map((machine) => machine.pristine()));
  await Promise.all([
    vendor.sh(socketSettings("SocketGroup=ops")),
    elsewhere.sh(socketSettings("ListenStream=\\nListenStream=/srv/docker.sock")),
  ]);
  before = await Promise.all(machines.map((machine) => machine.files()));
  for (const machine of [vendor, classic]) {
    await machine.runContainer("agent", "-v /var/run/docker.sock:/var/run/docker.sock");
  }
  const process = await vendor.sh("docker inspect -f '{{.State.Pid}}' agent");
  mounted = `/proc/${process.trim()}/root/var/run/docker.sock`;
  [inode, fate] = await Promise.all([inodeOf("/run/docker.sock"), vendor.fate("agent")]);
  stack = await StackRun.onFakeEngine(settings({}, "/var/run/docker.sock"));
}, bootMilliseconds);

afterAll(closeStacks);

// proves: socket.no-failed-call
test("case 1: a first up: no call fails, on the machine or in a container that has mounted the socket", async () => {
  expect(await failedDuring(() => becomes({}, "/var/run/docker.sock"))).toEqual([0, 0]);

  expect(await hosts(vendor)).toEqual(["tcp://0.0.0.0:2376", "fd://"]);
  expect(await inodeOf("/run/docker.sock")).toBe(inode);
  expect(await vendor.fate("agent")).toBe(fate);
  expect(await dropIns(vendor)).toBe("docker.socket.d/local.conf ");
});

// proves: socket.group
test("case 4: whoever was let in by docker.socket's drop-in still is", async () => {
  expect(await vendor.sh("runuser -u ops -- docker ps --format '{{.Names}}'")).toBe("agent");
});

test("a socket of systemd's elsewhere stays there", async () => {
  expect(await hosts(elsewhere)).toEqual(["tcp://0.0.0.0:2376", "fd://"]);
  expect(
    await elsewhere.sh("docker -H unix:///srv/docker.sock info --format '{{.LiveRestoreEnabled}}'"),
  ).toBe("true");
});

test("with `socket` dockerd makes it itself, and systemd's steps aside", async () => {
  expect(await hosts(classic)).toEqual(["tcp://0.0.0.0:2376", "unix:///var/run/docker.sock"]);
  expect(await dropIns(classic)).toBe("docker.socket.d/zz-dockertls.conf ");
  expect(await classic.info("{{.Name}}")).toBe("t2");
});

test("case 1: a change that restarts: no call fails", async () => {
  const failed = await failedDuring(() =>
    becomes(
      { "max-concurrent-uploads": 3, "log-opts": { "max-file": "2" } },
      "/var/run/docker.sock",
    ),
  );

  expect(failed).toEqual([0, 0]);
  expect(await inodeOf("/run/docker.sock")).toBe(inode);
});

test("a start that is refused, and its rollback: no call fails", async () => {
  stack.configure(settings({ "log-opts": { mode: "no-such-mode" } }, "/var/run/docker.sock"));
  const failed = await failedDuring(async () => {
    expect((await stack.up()).exitCode).not.toBe(0);
  });

  expect(failed).toEqual([0, 0]);
  expect(await inodeOf("/run/docker.sock")).toBe(inode);
});

// proves: socket.left-behind
test("a restart that makes the socket anew names the containers that it leaves behind", async () => {
  await classic.runContainer("late", "-v /run/docker.sock:/var/run/docker.sock");
  stack.configure(settings({}));

  const preview = await stack.preview();

  expect(preview.all).toMatch(
    /containers: (agent, late|late, agent) mounted the local socket, which this restart makes anew for the last time; they can't reach dockerd after it; run `docker restart /,
  );
});

// proves: socket.comes-over
test("a machine that an earlier version took the socket from comes over with one restart", async () => {
  const mark = await classic.mark();
  await becomes({});

  expect(await classic.dockerStarts(mark)).toBe(1);
  expect(await hosts(classic)).toEqual(["tcp://0.0.0.0:2376", "fd://"]);
  expect(await dropIns(classic)).toBe("");
  expect(await classic.info("{{.Name}}")).toBe("t2");
  const preview = await stack.preview("--expect-no-changes");
  expect(preview.all).not.toMatch(/drift: |error|mounted the local socket/);
  expect(preview.exitCode).toBe(0);
});

test("docker.socket was stopped, or its file removed: drift, and repaired", async () => {
  await vendor.sh("systemctl stop docker.socket docker.service");
  await elsewhere.sh("rm /srv/docker.sock");

  expect((await stack.preview()).all).toMatch(/dockerd: expected an answer on its local socket/);
  expect((await stack.up()).exitCode).toBe(0);

  expect(await vendor.info("{{.Name}}")).toBe("t1");
  expect(await elsewhere.sh("docker -H unix:///srv/docker.sock info -f '{{.Name}}'")).toBe("t3");
  expect((await stack.preview("--expect-no-changes")).exitCode).toBe(0);
});

test("case 1: destroy leaves it as it was", async () => {
  inode = await inodeOf("/run/docker.sock");
  const process = await vendor.sh(
    "docker rm -f agent && docker run -d --name agent -v /var/run/docker.sock:/var/run/docker.sock box:1 sleep 9999 >/dev/null && docker inspect -f '{{.State.Pid}}' agent | tail -n 1",
  );
  mounted = `/proc/${process.trim().split("\n").at(-1) ?? ""}/root/var/run/docker.sock`;
  const failed = await failedDuring(async () => {
    expect((await stack.destroy()).exitCode).toBe(0);
  });

  expect(failed).toEqual([0, 0]);
  expect(await inodeOf("/run/docker.sock")).toBe(inode);
  expect(await Promise.all(machines.map((machine) => machine.files()))).toEqual(before);
  expect(await vendor.sh("runuser -u ops -- docker ps --format '{{.Names}}'")).toBe("agent");
  expect(await classic.info("{{.Name}}")).toBe("t2");
  expect(await elsewhere.sh("docker -H unix:///srv/docker.sock info -f '{{.Name}}'")).toBe("t3");
});
