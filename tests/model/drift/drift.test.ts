import { mergeSettings } from "../../../components/model/daemon-json/merge.ts";
import type { DesiredHost } from "../../../components/model/desired/desired-host.ts";
import { sha256 } from "../../../components/model/digest.ts";
import { drift } from "../../../components/model/drift/drift.ts";
import { checkPreconditions } from "../../../components/model/preconditions/preconditions.ts";
import { formatProblem } from "../../../components/model/problem.ts";
import {
  convergedMachine,
  desiredHost,
  factsOf,
  freshMachine,
  infoOf,
  vendorSocket,
  vendorUnit,
  type Values,
  tlsFiles,
  tlsListener,
} from "../../support/machine-answer.ts";

const desired = desiredHost();
const base = '{"mtu": 1400}\n';
const written = convergedMachine(desired, base)["daemon_json"] ?? "";
const sane = { LiveRestoreEnabled: true, RegistryConfig: { Mirrors: ["https://mirror.example/"] } };

function driftOf(values: Values, wanted: DesiredHost = desired): string[] {
  const facts = factsOf(values);
  const baseline = checkPreconditions(facts, wanted);
  if ("where" in baseline) throw new Error(formatProblem(baseline));
  return drift(facts, wanted, baseline);
}

const changed = (changes: Values): string[] => driftOf(convergedMachine(desired, base, changes));

describe("none on a machine that is as it should be", () => {
  test.each(["", base, '{\r\n\t"live-restore": false\r\n}'])("from %j", (original) => {
    expect(driftOf(convergedMachine(desired, original))).toEqual([]);
  });

  test.each<[string, Partial<DesiredHost>]>([
    ["live-restore off", { daemon: { "live-restore": false } }],
    ["no mirrors asked for, whichever are in effect", { daemon: {} }],
    ["keys in another order than the engine's", { daemon: { mtu: 1400, debug: true, bip: "x" } }],
    ["another port and directory", { listener: tlsListener({ port: 2377 }, "/etc/ssl/docker") }],
  ])("with %s", (_case, changes) => {
    const wanted = desiredHost(changes);
    const sorted = Object.entries(wanted.daemon).sort(([a], [b]) => (a < b ? -1 : 1));
    const asTheEngineSaysIt = { ...wanted, daemon: Object.fromEntries(sorted) };
    expect(driftOf(convergedMachine(wanted, base), asTheEngineSaysIt)).toEqual([]);
  });

  test("dockerd writes mirrors with a slash at the end, and in an order of its own", () => {
    const mirrors = ["https://a.example/", "https://b.example"];
    const wanted = desiredHost({ daemon: { "registry-mirrors": mirrors } });
    const docker_info = infoOf({
      ...sane,
      RegistryConfig: { Mirrors: ["https://b.example/", "https://a.example/"] },
    });
    expect(driftOf(convergedMachine(wanted, base, { docker_info }), wanted)).toEqual([]);
  });
});

describe("each kind of drift, as the preview shows it", () => {
  const edit = (settings: Parameters<typeof mergeSettings>[1]) => ({
    daemon_json: mergeSettings(written, settings),
  });
  const hex = sha256("something else");
  test.each<[string, Values, string[]]>([
    [
      "a killed run",
      { pending: "owner=x\n" },
      ["converge: expected it to have ended, found an interrupted run"],
    ],
    [
      "another owner",
      { record: convergedMachine(desiredHost({ owner: "a/b/c" }), base)["record"] ?? "" },
      ["owner: expected dockertls/dev/b1, found a/b/c"],
    ],
    [
      "an edited setting of ours",
      edit({ tlsverify: false }),
      ["daemon.json: tlsverify: expected true, found false"],
    ],
    [
      "an edited list",
      edit({ "registry-mirrors": ["https://evil.example"] }),
      [
        'daemon.json: registry-mirrors: expected ["https://mirror.example"], found ["https://evil.example"]',
      ],
    ],
    [
      "a setting taken out",
      {
        daemon_json:
          '{"mtu": 1400, "live-restore": true, "registry-mirrors": ["https://mirror.example"], "hosts": ["tcp://0.0.0.0:2376","fd://"], "tls": true, "tlsverify": true, "tlscacert": "/opt/docker-ssl/ca.pem", "tlscert": "/opt/docker-ssl/cert.pem"}',
      },
      ['daemon.json: tlskey: expected "/opt/docker-ssl/key.pem", found nothing'],
    ],
    [
      "its mode",
      { daemon_json_stat: "666 0 0\n" },
      ["/etc/docker/daemon.json: expected mode, user, group at most 644 0 0, found 666 0 0"],
    ],
    [
      "a mode that lets others write",
      { daemon_json_stat: "646 0 0\n" },
      ["/etc/docker/daemon.json: expected mode, user, group at most 644 0 0, found 646 0 0"],
    ],
    ["a mode that somebody made stricter", { daemon_json_stat: "600 0 0\n" }, []],
    ["a mode without anybody else", { daemon_json_stat: "400 0 0\n" }, []],
    ["a group of others that may do no more than everybody", { daemon_json_stat: "644 0 7\n" }, []],
    ["a group of others that may do what everybody might", { daemon_json_stat: "640 0 7\n" }, []],
    [
      "a group of others that may do more",
      { daemon_json_stat: "640 0 7\n", original_stat: "640 0 4\n" },
      ["/etc/docker/daemon.json: expected mode, user, group at most 640 0 4, found 640 0 7"],
    ],
    [
      "an owner who is not root",
      { daemon_json_stat: "600 1000 0\n" },
      ["/etc/docker/daemon.json: expected mode, user, group at most 644 0 0, found 600 1000 0"],
    ],
    [
      "a mode wider than others had given it",
      { daemon_json_stat: "644 0 0\n", original_stat: "600 0 0\n" },
      ["/etc/docker/daemon.json: expected mode, user, group at most 600 0 0, found 644 0 0"],
    ],
    [
      "the group that others had given it",
      { daemon_json_stat: "640 0 7\n", original_stat: "640 0 7\n" },
      [],
    ],
    [
      "no drop-in that keeps systemd trying",
      { restart_dropin: "" },
      [
        "/etc/systemd/system/docker.service.d/zz-dockertls-restart.conf: expected the file, found none",
      ],
    ],
    [
      "no daemon.json",
      { daemon_json_kind: "absent\n", daemon_json: "", daemon_json_stat: "" },
      ["daemon.json: expected the file, found none"],
    ],
    [
      "no drop-in",
      { dropin: "" },
      ["/etc/systemd/system/docker.service.d/zz-dockertls.conf: expected the file, found none"],
    ],
    [
      "another drop-in",
      { dropin: `${hex} 644 0 0\n` },
      [
        "/etc/systemd/system/docker.service.d/zz-dockertls.conf: expected our content, found another",
      ],
    ],
    [
      "no certificate",
      { tls_cert: "" },
      ["/opt/docker-ssl/cert.pem: expected the file, found none"],
    ],
    [
      "another authority",
      { tls_ca: `${hex} 444 0 0\n` },
      ["/opt/docker-ssl/ca.pem: expected our content, found another"],
    ],
    [
      "a key that all may read",
      { tls_key: `${sha256(tlsFiles.key)} 444 0 0\n` },
      ["/opt/docker-ssl/key.pem: expected mode, user, group 400 0 0, found 444 0 0"],
    ],
    [
      "a key that belongs to someone",
      { tls_key: `${sha256(tlsFiles.key)} 400 1000 1000\n` },
      ["/opt/docker-ssl/key.pem: expected mode, user, group 400 0 0, found 400 1000 1000"],
    ],
    [
      "a stopped daemon",
      { unit_show: "LoadState=loaded\nActiveState=failed\n", docker_info: "", listeners: "" },
      ["docker.service: expected active, found failed"],
    ],
    [
      "unit files not loaded",
      { unit_show: "LoadState=loaded\nActiveState=active\nNeedDaemonReload=yes\n" },
      ["docker.service: expected its files in effect, found changes that systemd has not loaded"],
    ],
    [
      "nobody on the port",
      { listeners: "LISTEN 0 1 0.0.0.0:23760 0.0.0.0:*\nLISTEN 0 1 [::]:22 [::]:*\n" },
      ["port 2376: expected dockerd, found no listener"],
    ],
    [
      "a daemon that does not answer",
      { docker_info: "" },
      ["dockerd: expected an answer on its local socket, found none"],
    ],
    [
      "live-restore not in effect",
      { docker_info: infoOf({ ...sane, LiveRestoreEnabled: false }) },
      ["live-restore: expected true in effect, found false"],
    ],
    [
      "mirrors not in effect",
      { docker_info: infoOf({ ...sane, RegistryConfig: { Mirrors: [] } }) },
      ['registry-mirrors in effect: expected ["https://mirror.example"], found []'],
    ],
  ])("%s", (_case, changes, lines) => {
    expect(changed(changes)).toEqual(lines);
  });

  describe("a daemon.json that was touched after somebody had started dockerd on it", () => {
    const times = (recorded: number, started: number, touched: number): Values => ({
      record_time: `${String(recorded)}\n`,
      dockerd_start: `${String(started)}\n`,
      daemon_json_time: `${String(touched)}\n`,
    });
    test("what is in effect is not known", () => {
      expect(changed(times(10, 20, 30))).toEqual([
        "daemon.json: expected what dockerd started on, found it changed since that start",
      ]);
    });
    test.each([
      ["a converge: file, start, record", times(30, 20, 10)],
      ["a converge in a second", times(10, 10, 10)],
      ["a restart since", times(20, 30, 10)],
      ["a reload: started long ago", times(30, 10, 20)],
      ["a file touched since, the daemon not started", times(20, 10, 30)],
      ["a systemd that does not say", { ...times(10, 20, 30), dockerd_start: "" }],
    ])("%s", (_case, values) => {
      expect(changed(values)).toEqual([]);
    });
  });

  // proves: drift.never-converged
  test("a machine that was never converged lacks everything, which is one line", () => {
    expect(driftOf(freshMachine())).toEqual([
      "machine: expected it to be converged, found no record that it ever was; `pulumi up` does it",
    ]);
  });

  test("someone else's key, named by nobody: that there was a change, and no value of theirs", () => {
    const edited = mergeSettings(written, { proxies: { "http-proxy": "http://u:geheim@proxy" } });
    expect(changed({ daemon_json: edited })).toEqual([
      "daemon.json: expected what was written, found it changed by someone else",
    ]);
  });

  test("someone else's key edited in its place: merging ours gives the very text that is there", () => {
    const daemon_json = written.replace("1400", "9000");
    expect(daemon_json).not.toBe(written);
    expect(changed({ daemon_json })).toEqual([
      "daemon.json: expected what was written, found it changed by someone else",
    ]);
  });
});

describe("a setting that is a secret of the stack is never shown", () => {
  const secret = desiredHost({
    daemon: { "registry-mirrors": ["https://u:geheim@mirror.example"] },
    daemonIsSecret: true,
  });

  test("neither the wanted value nor the one found", () => {
    const good = convergedMachine(secret, base);
    const edited = mergeSettings(good["daemon_json"] ?? "", {
      "registry-mirrors": ["https://u:anderes@mirror.example"],
    });
    const lines = driftOf(
      { ...good, daemon_json: edited, settled_daemon_json: edited, docker_info: infoOf() },
      secret,
    );
    expect(lines).toContain(
      "daemon.json: registry-mirrors: expected other than found (the value is a secret)",
    );
    expect(lines).toContain(
      "registry-mirrors in effect: expected other than found (the value is a secret)",
    );
    expect(lines.join("\n")).not.toMatch(/geheim|anderes/);
  });
});

test("a foreign drop-in that came since is taken into ours", () => {
  const unit_text = `${vendorUnit}\n# /etc/systemd/system/docker.service.d/proxy.conf\n[Service]\nExecStart=\nExecStart=/usr/sbin/dockerd --debug -H fd://\n\n${vendorSocket}`;
  expect(changed({ unit_text })).toEqual([
    "/etc/systemd/system/docker.service.d/zz-dockertls.conf: expected our content, found another",
  ]);
});
