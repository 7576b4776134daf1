// What people who do this job report (docs/development.md): each is refused before anything is touched, by a line
// that names it, and its own way out leads through; or it is taken. Four machines, and few runs of the engine.
import { closeStacks, StackRun, type Run } from "../../support/stack-run.ts";
import { testImage } from "../../support/test-image.ts";
import { bootMilliseconds, TestMachine } from "../../support/test-machine.ts";

const isOld = testImage === "bookworm";

interface Refusal {
  readonly machine: TestMachine;
  /** What its owner has done on the machine. */
  readonly arrange?: string;
  readonly host?: Readonly<Record<string, unknown>>;
  /** After the name of the host. */
  readonly line: RegExp;
  /** What the line says to do, on the machine and in the stack. */
  readonly mend?: string;
  readonly mended?: Readonly<Record<string, unknown>>;
}

const t1 = new TestMachine("t1");
const t2 = new TestMachine("t2");
const t3 = new TestMachine("t3");
const t4 = new TestMachine("t4");

const daemonJson = (text: string): string =>
  `echo '${text}' > /etc/docker/daemon.json; systemctl restart docker || true`;

/** A key that this dockerd does not know any more, or not yet. */
const foreignKey = isOld
  ? { file: '{"log-format": "json"}', name: "log-format", age: "came with 25\\.0" }
  : { file: '{"graph": "/srv/d"}', name: "graph", age: "went with 23\\.0" };

const refusals: readonly [string, Refusal][] = [
  [
    "case 6: an address of a network that dockerd itself makes",
    {
      machine: t1,
      host: { listen: [t1.address, "172.17.0.1"] },
      line: /listen: names 172\.17\.0\.1, the address of docker0; dockerd itself makes that network [^;]+; take it out/,
      mended: { daemon: { bridge: "none" }, extraSans: ["*.example.com"] },
    },
  ],
  [
    "case 8: a socket unit that holds the port for dockerd",
    {
      machine: t2,
      arrange: `printf '[Socket]\nListenStream=2376\nService=docker.service\n[Install]\nWantedBy=sockets.target\n' \
          > /etc/systemd/system/docker-tls-tcp.socket
        systemctl daemon-reload; systemctl stop docker; systemctl enable --now docker-tls-tcp.socket
        systemctl start docker`,
      line: /docker-tls-tcp\.socket: listens on port 2376 \(ListenStream=[^)]+\); systemd holds the port, [^;]+; run `systemctl disable --now docker-tls-tcp\.socket` on the machine, or /,
      mend: "systemctl disable --now docker-tls-tcp.socket",
      mended: {
        daemon: {
          bip: "10.99.0.1/24",
          "default-address-pools": [{ base: "10.99.0.0/16", size: 24 }],
        },
      },
    },
  ],
  [
    "case 9: a key of the stack that does not go with one of the machine's own",
    {
      machine: t3,
      arrange: daemonJson('{"log-driver": "json-file", "log-opts": {"max-size": "10m"}}'),
      host: { daemon: { "log-driver": "journald" } },
      line: /daemon\.log-opts: has max-size, which the log-driver journald does not know \(log-opts is the machine's own, in \/etc\/docker\/daemon\.json\); [^;]+; .*or write `log-opts: \{"\*": null\}` for this host/,
      mended: { daemon: { "log-driver": "journald", "log-opts": { "*": null } } },
    },
  ],
  [
    "case 11: a key of the machine's own over which dockerd is down",
    {
      machine: t4,
      arrange: daemonJson(foreignKey.file),
      line: new RegExp(
        `/etc/docker/daemon\\.json: has ${foreignKey.name}, which ${foreignKey.age}, and this machine has dockerd [^;]+; [^;]+; take it out on the machine, or set \`unmanaged: remove\``,
      ),
      mended: { unmanaged: "remove" },
    },
  ],
];

/** Those that need nothing on the machine: a preview of the same machines shows them. */
const previewed: readonly [string, Refusal][] = [
  [
    "case 7: an address that the machine does not have",
    {
      machine: t1,
      host: { listen: "10.231.76.99" },
      line: /listen: names 10\.231\.76\.99, which this machine does not have now; [^;]+; write one that it has \([^)]*10\.231\.\d+\.11\b/,
    },
  ],
  [
    "case 16: a key of another dockerd",
    {
      machine: t3,
      host: {
        daemon: isOld
          ? { proxies: { "http-proxy": "http://p:3128" } }
          : { "oom-score-adjust": -500 },
      },
      line: /daemon\.(proxies: came with 23\.0|oom-score-adjust: went with 25\.0), and this machine has dockerd [^;]+; [^;]+; take it out for this host/,
    },
  ],
];

let stack: StackRun;
let before: string[];
let refused: Run;
let preview: Run;
let taken: Run;

/** Where dockerd runs: on t4 it is down, and systemd may be about to try once more. */
const pids = (): Promise<string[]> =>
  Promise.all([t1, t2, t3].map((machine) => machine.sh("systemctl show docker -P MainPID")));

const hostsOf = (
  cases: readonly [string, Refusal][],
  which: "host" | "mended" = "host",
): Record<string, unknown> => ({
  rollout: { waves: ["100%"] },
  hosts: Object.fromEntries(
    cases.map(([, one]) => [one.machine.name, one.machine.host(one[which])]),
  ),
});

beforeAll(async () => {
  await Promise.all(
    refusals.map(async ([, { machine, arrange }]) => {
      await machine.pristine();
      if (arrange !== undefined) await machine.sh(arrange);
    }),
  );
  before = await pids();
  stack = await StackRun.onFakeEngine(hostsOf(refusals));
  refused = await stack.up("--continue-on-error");
  stack.configure(hostsOf(previewed));
  preview = await stack.preview();
}, bootMilliseconds);

afterAll(closeStacks);

test.each([...refusals, ...previewed])("%s", async (name, { machine, line }) => {
  const run = previewed.some(([one]) => one === name) ? preview : refused;
  expect(run.all).toMatch(new RegExp(`${machine.name}: ${line.source}`));
  expect(await machine.sh("ls -d /var/lib/dockertls 2>/dev/null || true")).toBe("");
});

test("none of these machines was touched", async () => {
  expect(refused.exitCode).not.toBe(0);
  expect(await pids()).toEqual(before);
});

test("case 12: networks that contradict each other are refused by the configuration", async () => {
  stack.configure({
    hosts: {
      t1: t1.host({ daemon: { bip: "10.99.0.0/16" } }),
      t2: t2.host({ daemon: { bip: "10.99.0.1/16", "default-gateway": "10.20.1.1" } }),
    },
  });

  const { exitCode, all } = await stack.preview();

  expect(exitCode).not.toBe(0);
  expect(all).toMatch(/hosts\.t1\.daemon\.bip: is the network itself, .*write .*10\.99\.0\.1\/16/);
  expect(all).toMatch(/hosts\.t2\.daemon\.default-gateway: is not inside 10\.99\.0\.0\/16/);
});

test("what each line says to do leads through", async () => {
  for (const [, { machine, mend }] of refusals) if (mend !== undefined) await machine.sh(mend);
  stack.configure(hostsOf(refusals, "mended"));

  taken = await stack.up();

  expect(taken.all).not.toMatch(/error/);
  expect(taken.exitCode).toBe(0);
  expect(await stack.preview("--expect-no-changes")).toMatchObject({ exitCode: 0 });
  expect(await t4.info("{{.Name}}")).toBe("t4");
  expect(await t2.sh("ip -o -4 address show docker0")).toContain(" 10.99.0.1/24 ");
});

test("case 3: a dockerd without its default network is converged, and proven", async () => {
  expect(taken.exitCode).toBe(0);
  expect(await t1.sh("docker network ls --format '{{.Name}}'")).not.toContain("bridge");
});

test("case 17: the certificate names every host of a domain", async () => {
  const certificate = "openssl x509 -noout -ext subjectAltName -in /opt/docker-ssl/cert.pem";
  expect(await t1.sh(certificate)).toContain("DNS:*.example.com");
});
