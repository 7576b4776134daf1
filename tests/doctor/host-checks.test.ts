// Ways that are blocked at one place each, with real servers on loopback: whatever is wrong, it is the
// first wrong step that is named, and the last that is taken.
import { remoteShell } from "../../components/model/remote-shell.ts";
import "../support/errors-of-node.ts";
import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import type { Section } from "../../doctor/step.ts";
import { checkHost } from "../../doctor/host-checks.ts";
import { makeAuthority, type Authority, type IssueOptions } from "../support/authority.ts";
import { startEndpoint, type Endpoint } from "../support/docker-endpoint.ts";
import { firewalld } from "../support/firewall-texts.ts";
import {
  answerOf,
  convergedMachine,
  desiredHost,
  freshMachine,
  type Values,
} from "../support/machine-answer.ts";
import { ed25519Keys } from "../support/ssh-keys.ts";
import { startSshMachine, type SshMachine } from "../support/ssh-machine.ts";
import { parsed } from "../support/stack-configuration.ts";

let machine: SshMachine;
let authority: Authority;
let endpoint: Endpoint | undefined;
let agent: string | undefined;

beforeAll(async () => {
  authority = await makeAuthority("CA");
});

beforeEach(async () => {
  agent = process.env["SSH_AUTH_SOCK"];
  delete process.env["SSH_AUTH_SOCK"];
  machine = await startSshMachine();
});

afterEach(async () => {
  if (agent !== undefined) process.env["SSH_AUTH_SOCK"] = agent;
  await machine.stop();
  await endpoint?.stop();
  endpoint = undefined;
});

interface Case {
  /** Changes to the host's `ssh`. */
  readonly ssh?: Readonly<Record<string, unknown>>;
  readonly host?: Readonly<Record<string, unknown>>;
  /** Changes to what the probe says of a converged machine, or all of it. */
  readonly values?: Values;
  readonly fresh?: boolean;
  readonly certificate?: IssueOptions;
  readonly apiPort?: number;
  readonly withoutBundle?: boolean;
  readonly bundleOf?: Authority;
}

async function way(one: Case = {}): Promise<Section> {
  endpoint ??= await startEndpoint({
    authority,
    identity: await authority.issue("server", one.certificate),
  });
  const port = one.apiPort ?? endpoint.port;
  const { user, hostKey, privateKey } = machine.connection;
  const ssh = { user, hostKey, privateKey, port: machine.connection.port, ...one.ssh };
  const configuration = parsed({
    hosts: { b1: { address: "127.0.0.1", ssh, ...one.host } },
    tls: { port },
  });
  const [host] = configuration.hosts;
  if (host === undefined) throw new Error("no host");
  if (machine.reply.stderr === undefined) {
    const desired = { ...desiredHost(), listener: host.listener };
    const values = one.fresh ? freshMachine(one.values) : convergedMachine(desired, "", one.values);
    machine.reply = { stdout: answerOf(values) };
  }
  const { certificate: cert, privateKey: key } = await authority.issue("client");
  const bundle = { ca: (one.bundleOf ?? authority).certificate, cert, key };
  return checkHost(host, {
    stack: "dockertls/dev",
    hostEndpoints: { b1: "127.0.0.1:22" },
    bundle: one.withoutBundle ? undefined : bundle,
    patience: 0.3,
  });
}

const outline = ({ steps }: Section): string[] =>
  steps.map(({ name, outcome }) => `${outcome} ${name}`.replace(/\d+$/, "N"));

const ownerOf = ({ steps }: Section): string | undefined =>
  steps.find(({ name }) => name === "owner")?.says;

const toLogin = ["ok name", "ok route", "ok ssh"];
const toMachine = [...toLogin, "ok host key", "ok login"];
const toApi = [
  ...toMachine,
  ...["ok root", "ok systemd", "ok docker", "ok dockerd", "ok daemon.json", "ok owner", "ok clock"],
];

test("a way on which nothing is wrong", async () => {
  const section = await way();
  expect(outline(section)).toEqual([...toApi, "ok port N", "ok certificate", "ok api"]);
  expect(section.title).toBe("b1 (127.0.0.1)");
  expect(section.steps.at(-1)?.says).toBe("answers as b1, Docker 26.1.5");
});

test("a machine that no `pulumi up` has seen yet is not wrong", async () => {
  const section = await way({ fresh: true });
  expect(outline(section)).toEqual([
    ...toApi.map((step) => (step === "ok owner" ? "note owner" : step)),
    "note port N",
  ]);
  expect(ownerOf(section)).toBe("nobody's yet: the next `pulumi up` puts its API behind TLS");
});

test.each([
  ["a host that was renamed", "dockertls/dev/old", {}],
  [
    "another stack, which the configuration takes it over from",
    "dockertls/prod/x",
    { takeOver: true },
  ],
])("a machine of %s is not wrong: it changes hands", async (_whose, owner, host) => {
  const record = `owner=${owner}\naddress=127.0.0.1:22\n`;
  const section = await way({ host, values: { record } });
  expect(outline(section)).toContain("note owner");
  expect(ownerOf(section)).toBe(`${owner}: the next \`pulumi up\` makes it dockertls/dev/b1`);
});

test("without a bundle the certificate is judged by what can be seen", async () => {
  expect(outline(await way({ withoutBundle: true })).slice(-2)).toEqual([
    "ok certificate",
    "note api",
  ]);
});

describe("other ways in", () => {
  const understood = { iUnderstandThatThisGivesRootToTheNetwork: true };

  test("plain TCP: no certificate, and what that means", async () => {
    endpoint = await startEndpoint({
      authority,
      identity: await authority.issue("server"),
      plaintext: "let in",
    });
    const { port } = endpoint;
    const section = await way({ host: { api: "plain-tcp", port, ...understood } });
    expect(outline(section)).toEqual([...toApi, "ok port N", "note plain-tcp", "ok api"]);
  });

  test("plain TCP on a machine that no `pulumi up` has seen yet: what that will do", async () => {
    const section = await way({ fresh: true, host: { api: "plain-tcp", ...understood } });
    expect(ownerOf(section)).toBe(
      "nobody's yet: the next `pulumi up` opens its API to the network, without TLS",
    );
  });

  test("plain TCP is wanted, and TLS is what is there", async () => {
    endpoint = await startEndpoint({ authority, identity: await authority.issue("server") });
    const { port } = endpoint;
    const { steps } = await way({ host: { api: "plain-tcp", port, ...understood } });
    expect(steps.at(-1)).toMatchObject({ outcome: "FAIL", name: "api" });
    expect(steps.at(-1)?.says).toMatch(/GET \/info answered HTTP 400; /);
  });

  test("loopback alone: it can't be dialled from here, as it should be", async () => {
    const section = await way({ host: { listen: "127.0.0.1" } });
    expect(outline(section)).toEqual([...toApi, "note port N"]);
    expect(section.steps.at(-1)?.says).toMatch(/loopback alone; `pulumi up` proves it through SSH/);
  });
});

test("looks only: the probe, once, and nothing else", async () => {
  await way();
  expect(machine.runs.map(({ command }) => command)).toEqual([remoteShell("none")]);
});

describe("blocked at", () => {
  /** The way up to the step that is wrong, and the line that says so. */
  async function expectBlocked(section: Section, before: string[], line: RegExp): Promise<void> {
    const last = section.steps.at(-1);
    expect(outline(section).slice(0, -1)).toEqual(before);
    expect(last?.outcome).toBe("FAIL");
    expect(last?.says).toMatch(line);
    expect(last?.says.split("; ").length).toBeGreaterThanOrEqual(3);
    return Promise.resolve();
  }

  async function closedPort(): Promise<number> {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    await new Promise((closed) => server.close(closed));
    return port;
  }

  test("the route: nobody listens on the SSH port", async () => {
    const section = await way({ ssh: { port: await closedPort() } });
    await expectBlocked(section, ["ok name"], /^tcp 127\.0\.0\.1:\d+: connection refused; /);
  });

  test("ssh: the port accepts and says nothing", async () => {
    const silent = createServer((socket) => socket.on("error", () => undefined));
    silent.listen(0, "127.0.0.1");
    await once(silent, "listening");
    const section = await way({ ssh: { port: (silent.address() as AddressInfo).port } });
    silent.close();
    await expectBlocked(
      section,
      ["ok name", "ok route"],
      /accepts the connection and says nothing/,
    );
  });

  test("the host key: another than the configured one", async () => {
    const section = await way({ ssh: { hostKey: ed25519Keys().public.trim() } });
    await expectBlocked(
      section,
      toLogin,
      /the server's host key is not the configured one; it offers/,
    );
  });

  test("the host key: known_hosts can't be read", async () => {
    const section = await way({ ssh: { hostKey: undefined, knownHosts: "/nowhere/known_hosts" } });
    await expectBlocked(section, toLogin, /^dockertls:hosts\.b1\.ssh\.knownHosts: "\/nowhere\//);
    expect(section.steps.at(-1)?.name).toBe("host key");
  });

  test("the login: the key is not let in", async () => {
    const section = await way({ ssh: { privateKey: ed25519Keys().private } });
    await expectBlocked(section, [...toLogin, "ok host key"], /: authentication refused; /);
  });

  test("the login: the key is none", async () => {
    const section = await way({ ssh: { privateKey: "geheim" } });
    await expectBlocked(section, toLogin, /privateKey: holds no private key; /);
    expect(JSON.stringify(section)).not.toContain("geheim");
    expect(section.steps.at(-1)?.name).toBe("login");
  });

  test("sudo, which asks for a password", async () => {
    machine.reply = { stderr: "sudo: a password is required\n", exitCode: 1 };
    const section = await way({ host: { sudo: true } });
    await expectBlocked(section, toMachine, /^b1: sudo: sudo: a password is required; .*NOPASSWD/);
    expect(section.steps.at(-1)?.name).toBe("root");
  });

  test("a shell that answers something else", async () => {
    machine.reply = { stderr: "This account is not available.\n", exitCode: 1 };
    const said = /^b1: probe: no whole answer \(.*not available.*usermod -s/;
    await expectBlocked(await way(), [...toLogin, "ok host key"], said);
  });

  test.each<[string, Values, number, RegExp]>([
    ["a login that is not root's", { root: "no\n" }, 0, /^b1: login: is not root's; /],
    ["a machine without systemd", { systemd: "no\n" }, 1, /^b1: init: systemd does not run /],
    [
      "a machine without docker",
      { dockerd_version: undefined },
      2,
      /^b1: docker: is not installed; /,
    ],
    [
      "a stopped docker",
      { unit_show: "LoadState=loaded\nActiveState=inactive\n" },
      3,
      /^b1: docker\.service: is inactive; nobody answers Docker clients; run `systemctl start /,
    ],
    [
      "a docker that failed to start",
      { unit_show: "LoadState=loaded\nActiveState=failed\n" },
      3,
      /^b1: docker\.service: is failed; .*; see why in `journalctl -u docker\.service` /,
    ],
    ["a dockerd that hangs", { docker_info: "" }, 3, /does not answer on its local socket/],
    [
      "a daemon.json that is none",
      { daemon_json: "{,", settled_daemon_json: "{,", record: "" },
      4,
      /^b1: \/etc\/docker\/daemon\.json: is not JSON/,
    ],
    [
      "another owner",
      { record: "owner=dockertls/prod/x\n" },
      5,
      /^b1: owner: this machine belongs to dockertls\/prod\/x, not to dockertls\/dev\/b1; /,
    ],
    ["a run that was killed", { pending: "run=1\n" }, 5, /^b1: converge: a run was interrupted /],
    [
      "a run of another owner that was killed, whatever the record says",
      { pending: "run=1\nowner=dockertls/prod/x\n" },
      5,
      /^b1: owner: this machine belongs to dockertls\/prod\/x, a run of which was interrupted, not to dockertls\/dev\/b1; /,
    ],
    [
      "a run that was killed while it took the machine over",
      { record: "owner=dockertls/prod/x\n", pending: "run=1\nowner=dockertls/dev/b1\n" },
      5,
      /^b1: converge: a run was interrupted /,
    ],
    [
      "a clock that is wrong",
      { epoch: "1000000000\n" },
      6,
      /^b1: clock: expected it at most 5 s behind this machine's or 60 s ahead, found it more than a day behind; /,
    ],
  ])("%s", async (_case, values, after, line) => {
    await expectBlocked(await way({ values }), toApi.slice(0, toMachine.length + after), line);
  });

  test.each([
    ["a first run", "dockertls/dev/b1", /^b1: converge: a run was interrupted .*`pulumi up`/],
    [
      "a first run of another",
      "dockertls/prod/x",
      /^b1: owner: .* belongs to dockertls\/prod\/x, /,
    ],
  ])("%s that was killed, before it left a record", async (_case, owner, line) => {
    const section = await way({ fresh: true, values: { pending: `run=1\nowner=${owner}\n` } });
    await expectBlocked(section, toApi.slice(0, toMachine.length + 5), line);
  });

  const listening = (address: string, port: number): Values => ({
    listeners: `LISTEN 0 4096 ${address}:${String(port)} *:* users:(("dockerd",pid=1,fd=3))\n`,
  });

  test("the port: nothing listens on it", async () => {
    const section = await way({ apiPort: await closedPort(), values: { listeners: "" } });
    await expectBlocked(
      section,
      toApi,
      /^b1: tcp .*: nothing listens on it on the machine; .*up`$/,
    );
  });

  test("the port: something else has it, which is no matter of TLS", async () => {
    const apiPort = await closedPort();
    const listeners = `LISTEN 0 9 *:${String(apiPort)} *:* users:(("nginx",pid=77,fd=3))\n`;
    const section = await way({ apiPort, values: { listeners } });
    const before = [...toMachine, "ok root", "ok systemd"];
    await expectBlocked(section, before, /^b1: port \d+: nginx \(pid 77\) listens there; /);
  });

  test("the port: it listens for the machine itself only", async () => {
    const apiPort = await closedPort();
    const section = await way({ apiPort, values: listening("127.0.0.1", apiPort) });
    await expectBlocked(section, toApi, /on the machine it listens on 127\.0\.0\.1 only; /);
  });

  test("the port: it listens for everyone, so something in between blocks it", async () => {
    const apiPort = await closedPort();
    const section = await way({ apiPort, values: listening("*", apiPort) });
    await expectBlocked(section, toApi, /no way through \(ECONNREFUSED\), .*; a firewall on the /);
  });

  test("the port: the machine's own firewall closes it, which is named with what opens it", async () => {
    const apiPort = await closedPort();
    const says = { source: "192.0.2.1", destination: "192.0.2.10", nftables: firewalld() };
    const section = await way({ apiPort, values: { ...listening("*", apiPort), ...says } });
    await expectBlocked(
      section,
      toApi,
      /no way through \(ECONNREFUSED\), though the machine listens on it; firewalld on the machine closes the port in zone public; run `firewall-cmd --zone=public /,
    );
  });

  test("the certificate: it has ended", async () => {
    const section = await way({ certificate: { endsIn: -1000 } });
    await expectBlocked(
      section,
      [...toApi, "ok port N"],
      /: its certificate ended on .*; run `pulumi up`/,
    );
  });

  test("the certificate: it is for another address", async () => {
    const section = await way({ certificate: { address: "10.9.9.9" } });
    await expectBlocked(
      section,
      [...toApi, "ok port N"],
      /^b1: tcp:\/\/127\.0\.0\.1:\d+: its certificate is for IP Address:10\.9\.9\.9, not for 127\.0\.0\.1; /,
    );
  });

  test("the certificate: another authority's", async () => {
    const section = await way({ bundleOf: await makeAuthority("other") });
    await expectBlocked(
      section,
      [...toApi, "ok port N"],
      /was not issued by this stack's authority \(/,
    );
  });

  test("the certificate: there is none, the API is in plaintext", async () => {
    const plain = createServer((socket) => {
      socket.on("error", () => undefined);
      socket.once("data", () => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n"));
    }).listen(0, "127.0.0.1");
    await once(plain, "listening");
    const section = await way({ apiPort: (plain.address() as AddressInfo).port });
    plain.close();
    await expectBlocked(section, [...toApi, "ok port N"], /: does not speak TLS \(/);
  });

  test("the API: it trusts another authority than the stack's", async () => {
    const other = await makeAuthority("other");
    endpoint = await startEndpoint({
      authority: other,
      identity: await authority.issue("server"),
    });
    const section = await way();
    await expectBlocked(
      section,
      [...toApi, "ok port N", "ok certificate"],
      /: turns this stack's client away \(/,
    );
  });
});

test("a sound way takes one connection to the SSH server: firewalls count them", async () => {
  const { steps } = await way();
  expect(steps.filter(({ outcome }) => outcome === "FAIL")).toEqual([]);
  expect(machine.logins).toHaveLength(1);
});
