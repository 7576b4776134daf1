// How clients connect is changed on one machine, again and again: nothing of the way before is left.
import { closeStacks, StackRun } from "../../support/stack-run.ts";
import { bootMilliseconds, TestMachine } from "../../support/test-machine.ts";

const machine = new TestMachine("t1");
let stack: StackRun;
let before: string;
let fateAtFirst: string;

const plain = { api: "plain-tcp", iUnderstandThatThisGivesRootToTheNetwork: true };
const settings = (host: object, more: object = {}): Record<string, unknown> => ({
  daemon: { "registry-mirrors": ["https://mirror.gcr.io"] },
  hosts: { t1: machine.host({ ...host }) },
  ...more,
});

beforeAll(async () => {
  await machine.pristine();
  before = await machine.files();
  stack = await StackRun.onFakeEngine(settings({}));
  await machine.runContainer("web");
  fateAtFirst = await fate();
}, bootMilliseconds);

afterAll(closeStacks);

async function becomes(host: object, more: object = {}): Promise<string> {
  stack.configure(settings(host, more));
  const up = await stack.up();
  expect(up.all).not.toMatch(/error/);
  expect(up.exitCode).toBe(0);
  expect(await fate()).toBe(fateAtFirst);
  // Whatever a switch leaves behind would show here.
  const preview = await stack.preview("--expect-no-changes");
  expect(preview.all).not.toMatch(/drift: |finding: |error/);
  expect(preview.exitCode).toBe(0);
  return up.all;
}

/** The container's process: by the kernel, since the daemon's local socket moves as well. */
const fate = (): Promise<string> => machine.sh("pgrep -a -f '^sleep 9999'");

/** Where dockerd listens over the network, as `address:port`. */
const listening = async (): Promise<string[]> =>
  (await machine.sh(`ss -Hltnp | awk '/"dockerd"/ { print $4 }'`)).split("\n").sort();

const pemFiles = (): Promise<string> =>
  machine.sh("find /opt /etc/docker -name '*.pem' | sort | tr '\\n' ' '");

interface Summary {
  api: string;
  endpoint: string;
  tunnel?: string;
  certificateExpiresAt: string;
}
const summary = async (): Promise<Summary> => ((await stack.output("hosts")) as { t1: Summary }).t1;

/** The daemon's name, as an ordinary client in plaintext gets it; the machine's own CLI will do. */
const nameInPlaintext = (port: number): Promise<string> =>
  machine.sh(`docker -H tcp://${machine.address}:${String(port)} info --format '{{.Name}}'`);

const isClosed = (port: number): Promise<unknown> =>
  expect(fetch(`http://${machine.address}:${String(port)}/info`)).rejects.toMatchObject({
    cause: { code: "ECONNREFUSED" },
  });

// proves: transport.plain-acknowledged
test("plain TCP is nothing that happens without a word", async () => {
  stack.configure(settings({ api: "plain-tcp" }));

  const up = await stack.up();

  expect(up.exitCode).not.toBe(0);
  expect(up.all).toMatch(/dockertls:hosts\.t1\.api: is plain-tcp; whoever can connect [^\n]*/);
  expect(await machine.files()).toBe(before);
});

// proves: transport.plain-warns
test("plain TCP by daemon.json: a client needs nothing, and every run warns", async () => {
  const said = await becomes(plain);

  expect(said).toMatch(/warning: dockertls:hosts\.t1\.api: plain-tcp at tcp:\S+:2375; whoever/);
  expect((await stack.preview()).all).toMatch(/warning: dockertls:hosts\.t1\.api: plain-tcp/);
  expect(await nameInPlaintext(2375)).toBe("t1");
  expect(await listening()).toEqual(["*:2375"]);
  expect(await pemFiles()).toBe("");
  expect(await summary()).toMatchObject({
    api: "plain-tcp",
    endpoint: `tcp://${machine.address}:2375`,
    certificateExpiresAt: "",
  });
});

test("dockerd does not wait before it listens in plaintext", async () => {
  const mark = await machine.mark();

  await machine.sh("systemctl reset-failed docker && systemctl restart docker");

  const said = (await machine.since(mark, "-u docker")).join("\n");
  // Without an explicit `tls: false` it would add 15 s, and say so.
  expect(said).not.toMatch(/Waiting 15sec|15 seconds|Startup is intentionally being slowed/i);
});

// proves: transport.closes
test("to mutual TLS: the plaintext port is closed", async () => {
  await becomes({});

  await isClosed(2375);
  expect(await listening()).toEqual(["*:2376"]);
  expect(await pemFiles()).toBe(
    "/opt/docker-ssl/ca.pem /opt/docker-ssl/cert.pem /opt/docker-ssl/key.pem ",
  );
});

// proves: transport.leaves-no-file
test("back to plain TCP, now by flags of the unit: no TLS file and no TLS port is left", async () => {
  await becomes({ ...plain, listenBy: "command-line" });

  expect(await nameInPlaintext(2375)).toBe("t1");
  await isClosed(2376);
  expect(await pemFiles()).toBe("");
  expect(await machine.sh("cat /etc/docker/daemon.json")).not.toContain("hosts");
});

// proves: transport.loopback
test("mutual TLS on loopback alone: proven through SSH, and closed to the network", async () => {
  await becomes({ listen: "127.0.0.1" });

  expect(await listening()).toEqual(["127.0.0.1:2376"]);
  await isClosed(2376);
  expect(await summary()).toMatchObject({
    api: "mutual-tls",
    endpoint: "tcp://127.0.0.1:2376",
    tunnel: `ssh -N -L 127.0.0.1:2376:127.0.0.1:2376 -p 22 root@${machine.address}`,
  });
});

test("files, port and socket under other names", async () => {
  await becomes(
    { socket: "/run/dock/api.sock", port: 2377, listen: machine.address },
    {
      tls: {
        directory: "/etc/docker/tls",
        files: { ca: "ca.crt", cert: "server.crt", key: "server.key" },
      },
    },
  );

  expect(await listening()).toEqual([`${machine.address}:2377`]);
  expect(await machine.sh("ls /etc/docker/tls | tr '\\n' ' '")).toBe(
    "ca.crt server.crt server.key ",
  );
  expect(await pemFiles()).toBe("");
  // The usual socket must not be one that systemd opens and nobody answers.
  expect(await machine.succeeds("test -S /var/run/docker.sock")).toBe(false);
  expect(await machine.sh("docker -H unix:///run/dock/api.sock info --format '{{.Name}}'")).toBe(
    "t1",
  );
});

test("destroy gives the machine back from there", async () => {
  const destroy = await stack.destroy();

  expect(destroy.exitCode).toBe(0);
  expect(await machine.files()).toBe(before);
  expect(await listening()).toEqual([""]);
  expect(await machine.info("{{.Name}}")).toBe("t1");
  expect(await fate()).toBe(fateAtFirst);
});
