import "../support/errors-of-node.ts";
import { remoteShell } from "../../components/model/remote-shell.ts";
import { mergeSettings } from "../../components/model/daemon-json/merge.ts";
import { sha256 } from "../../components/model/digest.ts";
import type { DesiredHost } from "../../components/model/desired/desired-host.ts";
import { noRepair } from "../../components/model/plan/repair.ts";
import {
  answerOf,
  convergedMachine,
  desiredHost,
  freshMachine,
  recordedHost,
  tlsListener,
  type Values,
  vendorCommand,
} from "../support/machine-answer.ts";
import { HostStateResource } from "../../provider/host-state.ts";
import type { Properties } from "../../provider/provider.ts";
import { secret, unwrap } from "../../provider/wire.ts";
import { makeAuthority } from "../support/authority.ts";
import { startEndpoint } from "../support/docker-endpoint.ts";
import { ufw } from "../support/firewall-texts.ts";
import { forgedName } from "../support/hostile-machine.ts";
import { startSshMachine, type SshMachine } from "../support/ssh-machine.ts";
import { ToldLines } from "../support/told.ts";

const state = new HostStateResource();
const authority = await makeAuthority("CA");
const identity = await authority.issue("server");
const served = `${identity.certificate}\n`;
// What listens where the machine's dockerd is said to.
const endpoint = await startEndpoint({ authority, identity });
const tlsDigests = { ca: sha256("CA\n"), cert: sha256(served), key: sha256("KEY\n") };
const desired = desiredHost({
  listener: tlsListener({ port: endpoint.port }),
  tlsFiles: tlsDigests,
});
const base = '{"mtu": 1400, "proxies": {"http-proxy": "http://u:geheim@proxy"}}\n';
const fresh = freshMachine({ daemon_json_kind: "file\n", daemon_json: base });
const converged = convergedMachine(desired, base, { tls_cert_text: served });
const drifted = {
  daemon_json: mergeSettings(converged["daemon_json"] ?? "", { tlsverify: false }),
};
const token = { id: "token", effect: "reload", from: "" };
let machine: SshMachine;
let told = new ToldLines();

beforeEach(async () => {
  machine = await startSshMachine();
  told = new ToldLines();
});

afterEach(() => machine.stop());
afterAll(() => endpoint.stop());

function inputs(changes: Properties = {}): Properties {
  const { privateKey, ...connection } = machine.connection;
  return {
    host: "b1",
    connection: { ...connection, privateKey: secret(privateKey) },
    sudo: false,
    desired: recordedHost(desired),
    takeOver: false,
    claim: "1000",
    ...changes,
  };
}

function is(values: Values): void {
  machine.reply = { stdout: answerOf(values) };
}

async function created(): Promise<Properties> {
  is(fresh);
  return state.create(inputs(), told);
}

describe("create", () => {
  test("records what a converge leaves as it is, and no drift: a converge follows", async () => {
    expect(await created()).toEqual({
      ...inputs(),
      operatingSystem: "Debian GNU/Linux 13 (trixie)",
      systemdSocket: "/run/docker.sock",
      dockerdVersion: "26.1.5+dfsg1",
      execStart: secret(vendorCommand),
      base: secret(base),
      baseSha: sha256(base),
      current: secret(base),
      edited: false,
      unmanagedKeys: ["mtu", "proxies"],
      findings: [],
      unreachable: "",
      blocked: "",
      drift: [],
      impact: { effect: "nothing" },
      repair: noRepair,
      // The script is missing on a machine that is new.
      installation: expect.stringMatching(/^[0-9a-f-]{36}$/),
      former: "",
    });
  });

  test("is one connection, one command, and a program on standard input", async () => {
    await created();
    expect(machine.logins).toHaveLength(1);
    expect(machine.runs.map(({ command }) => command)).toEqual([remoteShell("none")]);
    const [run] = machine.runs;
    expect(run?.stdin).toMatch(
      /\nmain <<'DOCKERTLS_ENVELOPE'\ntext boundary [0-9a-f]{32}\ntext ca_path .*\ntext cert_path .*\ntext key_path .*\nend\n/,
    );
    expect(run?.stdin).not.toContain("PRIVATE KEY");
  });

  test("goes through sudo where the configuration says so", async () => {
    is(fresh);
    await state.create(inputs({ sudo: true }), told);
    expect(machine.runs[0]?.command).toBe(remoteShell("passwordless"));
  });

  test.each([
    [{ unit_text: "", unit_show: "LoadState=not-found\n" }, "b1: docker: is not installed; "],
    [
      { daemon_json: "{", settled_daemon_json: "{" },
      "b1: /etc/docker/daemon.json: is not JSON (line 1: CloseBraceExpected); ",
    ],
  ])("refuses a machine that can't be converged: %j", async (changes, line) => {
    is({ ...fresh, ...changes });
    await expect(state.create(inputs(), told)).rejects.toThrow(line);
  });
});

describe("read", () => {
  test("after the converge finds what create recorded: the next run is a no-op", async () => {
    const outs = await created();
    is(converged);
    const seen = await state.read(outs, told);
    expect(seen).toEqual(outs);
    expect(state.changed(seen, inputs())).toBe(false);
  });

  test("records drift, touches nothing else, and the update that follows asks for a repair", async () => {
    const outs = await created();
    is({ ...converged, ...drifted, settled_daemon_json: drifted.daemon_json });
    const seen = await state.read(outs, told);
    expect(seen).toEqual({
      ...outs,
      drift: ["daemon.json: tlsverify: expected true, found false"],
      impact: {
        effect: "restart",
        reasons: ["tlsverify: dockerd opens its listeners only when it starts"],
      },
    });
    expect(state.changed(seen, inputs())).toBe(true);

    const updated = await state.update(seen, inputs(), told);
    expect(updated).toMatchObject({
      drift: [],
      base: secret(base),
      current: secret(drifted.daemon_json),
    });
    expect(updated["repair"]).toEqual({
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      effect: "restart",
      from: sha256(drifted.daemon_json),
    });
    const again = await state.update({ ...updated, drift: ["more"] }, inputs(), told);
    expect(again["repair"]).not.toEqual(updated["repair"]);
  });

  test("what keeps a converge away is said in its whole line, and stops the update", async () => {
    const outs = await created();
    is({ ...converged, unit_show: "LoadState=masked\nActiveState=inactive\n" });
    const seen = await state.read(outs, told);
    const line =
      "b1: docker.service: expected it unmasked, found it masked; systemd refuses to start it; run `systemctl unmask docker.service` on the machine if that is meant to end";
    expect(seen).toEqual({ ...outs, blocked: line });
    expect(state.warnings(seen)).toEqual([line]);
    expect(state.changed(seen, inputs())).toBe(true);
    await expect(state.update(seen, inputs(), told)).rejects.toThrow(line);
  });

  test.each([
    ["a login that is not root's", { root: "no\n" }, /^b1: login: is not root's; /],
    [
      "a systemd that is busy",
      { unit_show: "" },
      /^b1: docker\.service: systemd or dockerd did not say /,
    ],
  ])("which shows nothing, %s, says nothing of drift", async (_why, found, line) => {
    const outs = await created();
    is({ ...converged, ...found });
    const seen = await state.read(outs, told);
    expect(seen).toEqual({ ...outs, unreachable: expect.stringMatching(line) });
    await expect(state.update(seen, inputs(), told)).rejects.toThrow(line);
  });

  test("of a machine that is away keeps what was known, says so, and does not throw", async () => {
    const outs = await created();
    await machine.stop();
    const seen = await state.read(outs, told);
    const port = String(machine.connection.port);
    const line = `b1: ssh root@127.0.0.1:${port}: unreachable (connect ECONNREFUSED 127.0.0.1:${port}), though one of the last 30 s went through; the machine can't be looked at; see that the machine is still up, or wait half a minute and run it again: a rate limit (\`ufw limit\`, iptables' recent, sshd's MaxStartups) may have cut it off`;
    expect(seen).toEqual({ ...outs, unreachable: line });
    expect(state.changed(seen, inputs())).toBe(true);
    await expect(state.update(seen, inputs(), told)).rejects.toThrow(line);
  });

  test("of a machine that is back forgets that it was away", async () => {
    const outs = await created();
    is(converged);
    expect(await state.read({ ...outs, unreachable: "it was" }, told)).toEqual(outs);
  });
});

describe("the port as it looks from here", () => {
  const elsewhere =
    /^certificate served on port \d+: expected the one in \/opt\/docker-ssl\/cert\.pem \(serial \w+, until .*\), found another \(serial \w+, until .*\)$/;

  async function withCertificate(listener = desired.listener): Promise<Properties> {
    const other = `${(await authority.issue("server")).certificate}\n`;
    const wanted = desiredHost({ listener, tlsFiles: { ...tlsDigests, cert: sha256(other) } });
    is(fresh);
    const outs = await state.create(inputs({ desired: recordedHost(wanted) }), told);
    is(convergedMachine(wanted, base, { tls_cert_text: other }));
    return state.read(outs, told);
  }

  test("another certificate served than the one on the disk is drift", async () => {
    expect(await withCertificate()).toMatchObject({
      drift: [expect.stringMatching(elsewhere)],
      findings: [],
    });
  });

  test("where it listens on loopback alone, it is seen inside the one SSH connection", async () => {
    const seen = await withCertificate(
      tlsListener({ port: endpoint.port, addresses: ["127.0.0.1"] }),
    );
    expect(seen["drift"]).toEqual([expect.stringMatching(elsewhere)]);
    // One of them for create.
    expect(machine.logins).toHaveLength(2);
  });

  test("a dockerd that can't be reached is a finding, and no reason to converge", async () => {
    const gone = await startEndpoint({ authority, identity });
    await gone.stop();
    const wanted = desiredHost({
      listener: tlsListener({ port: gone.port }),
      tlsFiles: tlsDigests,
    });
    is(fresh);
    const outs = await state.create(inputs({ desired: recordedHost(wanted) }), told);
    is(convergedMachine(wanted, base, { tls_cert_text: served }));
    const seen = await state.read(outs, told);
    expect(seen).toMatchObject({
      drift: [],
      findings: [
        `tcp 127.0.0.1:${String(gone.port)}: expected a way from here to dockerd, which listens there, found none (ECONNREFUSED); a firewall on the machine or in between blocks it; let this machine through`,
      ],
    });
    expect(state.changed(seen, inputs({ desired: recordedHost(wanted) }))).toBe(false);
  });

  // proves: drift.finding-firewall-named
  test("the machine's own firewall is named, with what opens it, from where the machine sees this one", async () => {
    const gone = await startEndpoint({ authority, identity });
    await gone.stop();
    const port = String(gone.port);
    const wanted = desiredHost({
      listener: tlsListener({ port: gone.port }),
      tlsFiles: tlsDigests,
    });
    is(fresh);
    const outs = await state.create(inputs({ desired: recordedHost(wanted) }), told);
    const asked = machine.runs.length;
    const says = { source: "192.0.2.1", destination: "192.0.2.10", iptables: ufw() };
    is(convergedMachine(wanted, base, { tls_cert_text: served, ...says }));
    expect(await state.read(outs, told)).toMatchObject({
      findings: [
        `tcp 127.0.0.1:${port}: expected a way from here to dockerd, which listens there, found none (ECONNREFUSED); ufw on the machine closes the port; run \`ufw allow from 192.0.2.1 to any port ${port} proto tcp\` there`,
      ],
    });
    // The look, and the question that only such a port is worth.
    expect(machine.runs).toHaveLength(asked + 2);
    expect(await state.firewallOf("b1")).toMatchObject({ source: "192.0.2.1" });
    expect(await state.firewallOf("b2")).toBeUndefined();
  });

  test("nobody there, and nobody said to be there: nothing to find", async () => {
    is(fresh);
    expect((await created())["findings"]).toEqual([]);
  });
});

describe("update", () => {
  test("another desired state is no repair: the token stays, or every change would run twice", async () => {
    const outs = { ...(await created()), repair: token };
    is(converged);
    const changes = { desired: recordedHost(desiredHost({ daemon: { debug: true } })) };
    expect(state.changed(outs, inputs(changes))).toBe(true);
    expect(await state.update(outs, inputs(changes), told)).toMatchObject({
      ...changes,
      repair: token,
    });
  });

  test("looks through the new connection", async () => {
    const outs = await created();
    const other = await startSshMachine();
    other.reply = { stdout: answerOf(converged) };
    const { privateKey, ...connection } = other.connection;
    const moved = inputs({ connection: { ...connection, privateKey: secret(privateKey) } });
    expect(state.changed(outs, moved)).toBe(true);
    expect(await state.update(outs, moved, told)).toMatchObject({ ...moved, drift: [] });
    expect(other.runs).toHaveLength(1);
    await other.stop();
  });

  test("a machine that was away and comes back changed is repaired, not taken as it is", async () => {
    const away = { ...(await created()), unreachable: "it was", repair: token };
    is({ ...converged, ...drifted, settled_daemon_json: drifted.daemon_json });
    const updated = await state.update(away, inputs(), told);
    expect(updated["repair"]).not.toEqual(token);
  });
});

describe("after its maintenance", () => {
  test("a machine is looked at, and what has changed meanwhile is repaired", async () => {
    const outs = { ...(await created()), maintenance: true };
    expect(state.changed(outs, inputs())).toBe(true);
    is({ ...converged, ...drifted, settled_daemon_json: drifted.daemon_json });
    const after = await state.update(outs, inputs(), told);
    expect(after).toMatchObject({ drift: [], repair: { effect: "restart" } });
    expect(after).not.toHaveProperty("maintenance");
    expect(state.changed(after, inputs())).toBe(false);
  });

  test("one that came into the stack with it is new, wherever it was said to be", async () => {
    const { claim: _, ...elsewhere } = inputs({
      connection: { ...machine.connection, host: "10.0.0.9", port: 22 },
    });
    is(fresh);
    const after = await state.update({ ...elsewhere, maintenance: true }, inputs(), told);
    expect(after).toMatchObject({ base: secret(base), former: "" });
    expect(told.lines.filter((line) => line.includes("10.0.0.9"))).toEqual([]);
  });
});

test("who could not be reached is known, apart from who was refused", async () => {
  const run = new HostStateResource();
  is({ ...fresh, unit_text: "", unit_show: "LoadState=not-found\n" });
  await expect(run.create(inputs(), told)).rejects.toThrow("is not installed");
  expect(run.unreached()).toEqual([]);
  await machine.stop();
  await expect(run.create(inputs({ host: "b2" }), told)).rejects.toThrow("b2: ssh ");
  expect(run.unreached()).toEqual(["b2"]);
});

describe("what a restart takes along", () => {
  const tied = { dependents: "web.service web\n" };
  const mtu = { ...desired, daemon: { ...desired.daemon, mtu: 9000 } };
  const wants = (host: DesiredHost): Properties => inputs({ desired: recordedHost(host) });
  const line = /^b1: web\.service: would be stopped by the restart of dockerd \(container web\); /;

  async function seen(found: Values): Promise<Properties> {
    const outs = await created();
    is({ ...found, ...tied });
    const state_ = await state.read(outs, told);
    told.lines.length = 0;
    return state_;
  }

  async function foreseen(after: DesiredHost, before: Properties): Promise<readonly string[]> {
    told.lines.length = 0;
    await state.foresee(before, wants(after), told);
    return [...told.lines];
  }

  test("keeps a machine from its first converge", async () => {
    is({ ...fresh, ...tied });
    await expect(state.create(inputs(), told)).rejects.toThrow(line);
    const allowed = { ...desired, allowContainerRestart: true };
    expect(await state.create(wants(allowed), told)).toMatchObject({ blocked: "" });
    expect(told.lines).toEqual([
      "impact: restart: the machine is not converged yet; keeps mtu, proxies; takes along web.service (container web)",
    ]);
  });

  test("is told before a change that restarts, and refuses it", async () => {
    const outs = await seen(converged);
    expect(state.warnings(outs)).toEqual([]);
    expect(await foreseen(mtu, outs)).toEqual([
      "impact: restart: mtu: dockerd reads it only when it starts; takes along web.service (container web), so `pulumi up` refuses it without `allowContainerRestart: true`",
    ]);
    await expect(state.update(outs, wants(mtu), told)).rejects.toThrow(line);

    const allowed = { ...mtu, allowContainerRestart: true };
    expect(await foreseen(allowed, outs)).toEqual([
      "impact: restart: mtu: dockerd reads it only when it starts; takes along web.service (container web)",
    ]);
    expect(await state.update(outs, wants(allowed), told)).toMatchObject({ blocked: "" });
  });

  test("is no matter to a change that only reloads", async () => {
    const outs = await seen(converged);
    const labels = { ...desired, daemon: { ...desired.daemon, labels: ["a=b"] } };
    expect(await foreseen(labels, outs)).toEqual(["impact: reload: labels"]);
    expect(await state.update(outs, wants(labels), told)).toMatchObject({ blocked: "" });
  });

  test("keeps drift from being repaired by a restart", async () => {
    const outs = await seen({ ...converged, ...drifted, settled_daemon_json: drifted.daemon_json });
    expect(await foreseen(desired, outs)).toEqual([
      expect.stringMatching(/^impact: restart: tlsverify: .*; takes along web\.service /),
    ]);
    await expect(state.update(outs, inputs(), told)).rejects.toThrow(line);
  });
});

describe("before a change", () => {
  async function foreseen(after: DesiredHost, before?: Properties): Promise<readonly string[]> {
    await state.foresee(before, inputs({ desired: recordedHost(after) }), told);
    return told.lines;
  }
  /** As the engine hands over what it does not know yet. */
  const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
  const unissued = { ...desired, tlsFiles: { ca: unknown, cert: unknown, key: unknown } };
  const notConverged = "impact: restart: the machine is not converged yet; keeps mtu, proxies";

  test("a machine that is new is looked at, without the certificates that are not issued yet", async () => {
    is(fresh);
    expect(await foreseen(unissued)).toEqual([notConverged]);
    expect(machine.runs.map(({ command }) => command)).toEqual([remoteShell("none")]);
  });

  test("the change itself says the same, before the converge", async () => {
    await created();
    expect(told.lines).toEqual([notConverged]);
  });

  // proves: listen.risk
  test("of `listen` it is said what every boot risks, when that is new", async () => {
    const addresses = `2: eth0    inet 127.0.0.1/8 scope host lo\\
2: eth0    inet 192.0.2.10/24 brd 192.0.2.255 scope global dynamic eth0\\
2: eth0    inet 192.0.2.11/24 scope global secondary eth0\\\n`;
    const listener = { ...desired.listener, addresses: ["192.0.2.10", "192.0.2.11", "127.0.0.1"] };
    const selective = { ...desired, listener };
    is({ ...fresh, addresses });
    const lines = [
      "impact: restart: the machine is not converged yet; keeps mtu, proxies",
      "listen: after a boot dockerd starts once the machine has 192.0.2.10 and 192.0.2.11; until then local clients wait, too",
      "warning: listen: 192.0.2.10 is assigned by DHCP or a router; dockerd does not start where that becomes another one; reserve it there, or listen on 0.0.0.0",
    ];
    expect(await foreseen(selective)).toEqual(lines);

    told.lines.length = 0;
    const outs = await state.create(inputs({ desired: recordedHost(selective) }), told);
    told.lines.length = 0;
    expect(await foreseen({ ...selective, allowContainerRestart: true }, outs)).toHaveLength(1);
  });

  test("a machine whose state was lost is told by what is on it", async () => {
    is(converged);
    expect(await foreseen(desired)).toEqual(["impact: nothing"]);
    told.lines.length = 0;
    expect(await foreseen(unissued)).toEqual(["impact: restart: TLS files"]);
  });

  test.each<[string, Values, string]>([
    [
      "can't be converged",
      { unit_text: "", unit_show: "LoadState=not-found\n" },
      "docker: is not installed; ",
    ],
    [
      "belongs to another stack",
      { record: "version=1\nowner=dockertls/prod/x\naddress=10.0.0.4:22\nclaim=5\n" },
      "owner: this machine belongs to dockertls/prod/x; ",
    ],
    [
      "has another program on the port",
      { listeners: `LISTEN 0 9 *:${String(endpoint.port)} *:* users:(("nginx",pid=77,fd=3))\n` },
      `port ${String(endpoint.port)}: nginx (pid 77) listens there; `,
    ],
    ["has a clock far behind", { epoch: "1000000000\n" }, "clock: is "],
  ])("what up would refuse is said: a machine that %s", async (_which, changes, line) => {
    is({ ...fresh, ...changes });
    expect(await foreseen(unissued)).toEqual([expect.stringContaining(`warning: b1: ${line}`)]);
  });

  test("a clock that is a little behind is not waited for", async () => {
    const behind = String(Math.floor(Date.now() / 1000) - 20);
    is({ ...fresh, epoch: `${behind}\n` });
    const start = Date.now();
    expect(await foreseen(unissued)).toEqual([
      notConverged,
      expect.stringMatching(/^warning: finding: clock: /),
    ]);
    expect(Date.now() - start).toBeLessThan(10_000);
  });

  test("a machine that is away, or another one, is a warning", async () => {
    const other = await startSshMachine();
    const { privateKey, ...connection } = machine.connection;
    const through = (changes: object): Promise<Properties> =>
      state.foresee(
        undefined,
        inputs({ connection: { ...connection, privateKey: secret(privateKey), ...changes } }),
        told,
      );
    await through({ port: other.connection.port });
    await other.stop();
    await through({ port: other.connection.port });
    await through({ privateKey: secret(other.connection.privateKey) });
    expect(told.lines).toEqual([
      expect.stringMatching(/^warning: b1: ssh [^;]*: the server's host key is not the configured/),
      expect.stringMatching(/^warning: b1: ssh [^;]*: unreachable /),
      expect.stringMatching(/^warning: b1: ssh [^;]*: authentication refused; /),
    ]);
  });

  test("another address is looked at, and what is there is compared with what it is to be", async () => {
    const outs = { ...(await created()), connection: { host: "10.0.0.9", port: 22 } };
    told.lines.length = 0;
    expect(await foreseen(desired, outs)).toContain(notConverged);
    expect(machine.logins).toHaveLength(2);
  });

  test("the look of the refresh before is the one of the change as well", async () => {
    const outs = await created();
    is(converged);
    const seen = await state.read(outs, told);
    told.lines.length = 0;
    const change = { ...desired, daemon: { ...desired.daemon, debug: true } };
    expect(await foreseen(change, seen)).toEqual(["impact: reload: debug"]);
    expect(machine.logins).toHaveLength(2);
    await state.update(
      await state.read(outs, told),
      inputs({ desired: recordedHost(change) }),
      told,
    );
    expect(machine.logins).toHaveLength(3);
    // Once alone: what comes later may find something else.
    await state.update(seen, inputs(), told);
    expect(machine.logins).toHaveLength(4);
  });

  test("a login that was refused is not tried again for a preview, but for the change itself", async () => {
    const outs = await created();
    const { privateKey, ...connection } = machine.connection;
    const stranger = await startSshMachine();
    const wrong = { ...connection, privateKey: secret(stranger.connection.privateKey) };
    await stranger.stop();
    const seen = await state.read({ ...outs, connection: wrong }, told);
    expect(machine.logins).toHaveLength(2);
    await state.foresee(seen, inputs({ connection: wrong }), told);
    expect(machine.logins).toHaveLength(2);
    expect(told.lines.at(-1)).toBe(`warning: ${String(seen["unreachable"])}`);
    await state.read(seen, told);
    await expect(state.update(seen, inputs({ connection: wrong }), told)).rejects.toThrow(
      "authentication refused",
    );
    expect(machine.logins).toHaveLength(4);
    expect(privateKey).not.toBe("");
  });

  test.each<[string, DesiredHost, string]>([
    ["the login", desired, "impact: nothing"],
    [
      "keys that a reload takes up",
      { ...desired, daemon: { ...desired.daemon, debug: true, labels: ["a=b"] } },
      "impact: reload: debug, labels",
    ],
    [
      "a key that is read at the start",
      { ...desired, daemon: { ...desired.daemon, mtu: 9000 } },
      "impact: restart: mtu: dockerd reads it only when it starts",
    ],
    [
      "a sticky key, taken out",
      { ...desired, daemon: {} },
      "impact: restart: registry-mirrors: taken out, dockerd keeps the old value until it starts anew",
    ],
    [
      "a certificate that is about to be issued",
      { ...desired, tlsFiles: { ca: "", key: "", ...desired.tlsFiles, cert: unknown } },
      "impact: restart: server certificate",
    ],
  ])("of %s", async (_case, after, line) => {
    const outs = await created();
    told.lines.length = 0;
    is(converged);
    expect(await foreseen(after, outs)).toEqual([line]);
  });

  test("what repairs the drift is part of it", async () => {
    const outs = await created();
    told.lines.length = 0;
    is({ ...converged, tls_key: (converged["tls_key"] ?? "").replace("400", "644") });
    await foreseen(desired, await state.read(outs, told));
    is({ ...converged, ...drifted, settled_daemon_json: drifted.daemon_json });
    await foreseen(desired, await state.read(outs, told));
    expect(told.lines).toEqual([
      "impact: nothing",
      "impact: restart: tlsverify: dockerd opens its listeners only when it starts",
    ]);
  });
});

test("what others keep in daemon.json and the key to log in with never leave their wrappers", async () => {
  const outs = await created();
  is({ ...converged, ...drifted, settled_daemon_json: drifted.daemon_json });
  for (const seen of [
    outs,
    await state.read(outs, told),
    await state.update(outs, inputs(), told),
  ]) {
    const visible = JSON.stringify(seen, (_key, value: unknown) =>
      typeof value === "object" && value !== null && unwrap(value) !== value && "value" in value
        ? "[secret]"
        : value,
    );
    expect(visible).toContain("[secret]");
    expect(visible).not.toMatch(/geheim|PRIVATE KEY/);
    expect(JSON.stringify(seen)).toMatch(/geheim/);
  }
});

describe("a daemon.json that means no good", () => {
  const startedOnIt = { daemon_json_time: "1\n", dockerd_start: "2\n" };
  const deep = (levels: number) => `{"a":${"[".repeat(levels)}${"]".repeat(levels)}}`;

  test.each([
    [
      "nested ten thousand deep",
      { daemon_json_kind: "file\n", daemon_json: deep(10_000) },
      "b1: /etc/docker/daemon.json: is not JSON (it is nested too deep for a configuration); what others have set in it would be lost; correct the file on the machine",
    ],
    [
      "longer than any is",
      { daemon_json_kind: "long", daemon_json: "" },
      "b1: /etc/docker/daemon.json: is longer than 64 KB; no dockerd needs that much, and it would be in every state of the stack; see what wrote it, and correct the file on the machine",
    ],
  ])("%s is one line with the host's name", async (_case, changes, line) => {
    machine.reply = { stdout: answerOf(freshMachine(changes)) };
    await expect(state.create(inputs(), told)).rejects.toThrow(line);
    expect((await state.read(inputs(), told))["blocked"]).toBe(line);
  });

  test("of a converged machine that somebody nested deep is drift of that host, or blocks it", async () => {
    machine.reply = { stdout: answerOf({ ...converged, daemon_json: deep(10_000) }) };
    const seen = await state.read(inputs(), told);
    expect(String(seen["blocked"]) + String(seen["drift"])).toMatch(/nested too deep/);
  });

  test("with keys that a terminal would obey is told in lines of ours", async () => {
    const keys = { [forgedName]: 1, "b\u009bc": forgedName };
    machine.reply = {
      stdout: answerOf(
        freshMachine({
          ...startedOnIt,
          ...{ daemon_json_kind: "file\n", daemon_json: JSON.stringify(keys) },
        }),
      ),
    };
    const seen = await state.create(inputs(), told);
    const lines = ["unmanagedKeys", "findings", "drift"].flatMap((name) => seen[name] as string[]);
    expect(lines).toContain("b c");
    expect(lines.join("")).not.toMatch(/[\p{C}\p{Zl}\p{Zp}]/u);
    // What goes back to the machine is what was there.
    expect(unwrap(seen["base"])).toBe(JSON.stringify(keys));
  });

  // proves: hostile.daemon-json
  test("with a thousand keys that stand twice is told in few lines", async () => {
    const twice = Array.from({ length: 1000 }, (_, at) => `"k${String(at)}":1,"k${String(at)}":2`);
    machine.reply = {
      stdout: answerOf(
        freshMachine({
          ...startedOnIt,
          ...{ daemon_json_kind: "file\n", daemon_json: `{${twice.join()}}` },
        }),
      ),
    };
    expect((await state.create(inputs(), told))["findings"]).toHaveLength(41);
  });
});

describe("what a diff shows", () => {
  const change = { ...desired, daemon: { ...desired.daemon, labels: ["a=b"] } };
  const shown = (properties: Properties): Record<string, unknown> =>
    JSON.parse(String(properties["daemonJson"])) as Record<string, unknown>;
  const given = (wanted: DesiredHost): Properties => ({
    ...inputs({ desired: recordedHost(wanted) }),
    hostEndpoints: {},
  });
  const paths = (seen: Properties, olds: Properties, news: Properties): string[] =>
    state.details(seen, olds, news).map(({ path, kind }) => `${kind} ${path}`);

  test("daemon.json as it was found and as it is to be, and none of the digests", async () => {
    const outs = await created();
    is({ ...converged, ...drifted, settled_daemon_json: drifted.daemon_json });
    const seen = await state.read(outs, told);
    const olds = state.inputsOf(seen, inputs());
    const news = state.check(olds, given({ ...change, tlsFiles: { ...tlsDigests, cert: "x" } }));
    expect(shown(olds)).toMatchObject({ tlsverify: false, mtu: "(not this stack's)" });
    expect(shown(news)).toMatchObject({
      tlsverify: true,
      mtu: "(not this stack's)",
      labels: ["a=b"],
    });
    expect(String(news["daemonJson"])).not.toMatch(/geheim/);
    expect(paths(seen, olds, news)).toEqual(["update daemonJson", "delete drift"]);
  });

  test("nothing of it changes on a machine that is as it should be", async () => {
    const outs = await created();
    is(converged);
    const seen = await state.read(outs, told);
    const olds = state.inputsOf(seen, inputs());
    expect(state.check(olds, given(desired))).toEqual(olds);
  });

  test("of a machine that is new, what the program puts into daemon.json, which its first look finds", async () => {
    const inputsOfNew = state.check({}, given(desired));
    expect(shown(inputsOfNew)).toMatchObject({ tlsverify: true, "live-restore": true });
    const outs = await created();
    is(convergedMachine(desired, "", { tls_cert_text: served }));
    const seen = await state.read(outs, told);
    expect(state.inputsOf(seen, inputs())["daemonJson"]).toBe(inputsOfNew["daemonJson"]);
  });

  test.each([
    ["keys of others", desired, base],
    [
      "members of others in a map of ours",
      { ...desired, daemon: { "log-opts": { "max-file": "3" } } },
      '{"log-opts": {"max-size": "7m"}}',
    ],
    ["a socket of its own", desired, '{"hosts": ["unix:///run/docker.sock"]}'],
  ])(
    "nothing after the up that has taken over a machine with %s",
    async (_what, wanted, theirs) => {
      const own = inputs({ desired: recordedHost(wanted) });
      const inputsOfNew = state.check({}, given(wanted));
      is(freshMachine({ daemon_json_kind: "file\n", daemon_json: theirs }));
      const outs = await state.create(own, told);
      is(convergedMachine(wanted, theirs, { tls_cert_text: served }));
      const refresh = async (olds: Properties): Promise<unknown> =>
        state.inputsOf(await state.read(outs, told), olds)["daemonJson"];

      const olds = { ...own, daemonJson: inputsOfNew["daemonJson"] };
      expect(await refresh(olds)).toBe(olds.daemonJson);
      const again = state.check(olds, given(wanted));
      expect(await refresh(again)).toBe(again["daemonJson"]);
    },
  );

  test("nothing after the up that has written another secret", async () => {
    const secrets = (label: string): DesiredHost => ({
      ...desired,
      daemon: { labels: [label] },
      daemonIsSecret: true,
    });
    const [before, after] = [secrets("one"), secrets("two")];
    const outs = await created();
    is(convergedMachine(before, "", { tls_cert_text: served }));
    const olds = inputs({ desired: recordedHost(before) });
    const first = state.inputsOf(await state.read({ ...outs, ...olds }, told), olds);
    const written = state.check(first, given(after));
    expect(shown(written)).toMatchObject({ labels: "(another secret)" });
    is(convergedMachine(after, "", { tls_cert_text: served }));
    const now = inputs({ desired: recordedHost(after) });
    const seen = await state.read({ ...outs, ...now }, told);
    expect(state.inputsOf(seen, written)["daemonJson"]).toBe(written["daemonJson"]);
  });

  test("of a machine that is away, what the last look has found", async () => {
    const outs = await created();
    await machine.stop();
    const elsewhere = new HostStateResource();
    const olds = { ...inputs(), daemonJson: "{}" };
    const kept = elsewhere.inputsOf(await elsewhere.read(outs, told), olds);
    expect(kept).toEqual(olds);
    expect(elsewhere.check(kept, given(change))).toMatchObject({ daemonJson: "{}" });
  });
});
