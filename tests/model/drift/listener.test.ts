// Drift of where dockerd listens.
import { drift } from "../../../components/model/drift/drift.ts";
import { findings } from "../../../components/model/drift/findings.ts";
import type { DesiredHost } from "../../../components/model/desired/desired-host.ts";
import type { Listener } from "../../../components/model/daemon-json/listener.ts";
import {
  convergedMachine,
  desiredHost,
  dockerdOn,
  factsOf,
  apiUnitsShown,
  baselineFrom,
  infoOf,
  plainHost,
  tlsListener,
  type Values,
} from "../../support/machine-answer.ts";

const info = infoOf({
  LiveRestoreEnabled: true,
  RegistryConfig: { Mirrors: ["https://mirror.example"] },
});

function driftOf(desired: DesiredHost, changes: Values = {}): string[] {
  const facts = factsOf(convergedMachine(desired, "", { docker_info: info, ...changes }));
  return drift(facts, desired, baselineFrom(""));
}

const listening = (changes: Partial<Listener>): DesiredHost =>
  desiredHost({ listener: tlsListener(changes) });

describe("none where everything is as it should be", () => {
  test.each<[string, DesiredHost]>([
    ["plain TCP", plainHost()],
    ["plain TCP by the command line", plainHost({ configuredBy: "command-line" })],
    ["loopback alone", listening({ addresses: ["127.0.0.1"] })],
    ["two addresses", listening({ addresses: ["10.0.0.4", "127.0.0.1"] })],
    ["a socket elsewhere", listening({ socket: "/run/d.sock" })],
    ["a socket unit", listening({ configuredBy: "socket" })],
  ])("%s", (_case, desired) => {
    expect(driftOf(desired)).toEqual([]);
  });

  test("IPv6, as ss writes it", () => {
    const listeners = dockerdOn("[::1]", 2376);
    expect(driftOf(listening({ addresses: ["::1"] }), { listeners })).toEqual([]);
  });
});

test.each<[string, DesiredHost, string, string[]]>([
  [
    "every address instead of loopback",
    listening({ addresses: ["127.0.0.1"] }),
    dockerdOn("*", 2376),
    ["port 2376: expected dockerd on 127.0.0.1, found it on ::"],
  ],
  [
    "loopback instead of every address",
    desiredHost(),
    dockerdOn("127.0.0.1", 2376),
    [
      "port 2376: expected dockerd on 0.0.0.0, found none there",
      "port 2376: expected dockerd on 0.0.0.0, found it on 127.0.0.1",
    ],
  ],
  [
    "plaintext beside TLS",
    desiredHost(),
    dockerdOn("*", 2376) + dockerdOn("*", 2375),
    ["port 2375: expected no dockerd, found it listening"],
  ],
  [
    "TLS beside plaintext",
    plainHost(),
    dockerdOn("*", 2376) + dockerdOn("*", 2375),
    ["port 2376: expected no dockerd, found it listening"],
  ],
  ["nobody", desiredHost(), "", ["port 2376: expected dockerd, found no listener"]],
])("%s", (_case, desired, listeners, lines) => {
  expect(driftOf(desired, { listeners })).toEqual(lines);
});

test("a port of dockerd's own that is none of the API is nobody's business", () => {
  const listeners = dockerdOn("*", 2376) + dockerdOn("*", 9323) + dockerdOn("*", 2377);
  expect(driftOf(desiredHost(), { listeners })).toEqual([]);
});

test("another dockerd, in a container say, is not this machine's: it is told, and no reason to restart", () => {
  const listeners = `${dockerdOn("*", 2376)}LISTEN 0 4096 *:2375 *:* users:(("dockerd",pid=77,fd=3))\n`;
  const unit_show = "LoadState=loaded\nActiveState=active\nNeedDaemonReload=no\nMainPID=1\n";
  expect(driftOf(desiredHost(), { listeners, unit_show })).toEqual([]);
  const facts = factsOf(convergedMachine(desiredHost(), "", { listeners, unit_show }));
  expect(findings(facts, desiredHost(), Date.now() / 1000)).toEqual([
    expect.stringMatching(/^port 2375: expected no listener, found one; /),
  ]);
});

test("a key of TLS that somebody put into daemon.json with plain TCP", () => {
  const desired = plainHost();
  const daemon_json = convergedMachine(desired)["daemon_json"]?.replace("{", '{"tlsverify": true,');
  expect(driftOf(desired, { daemon_json })).toEqual([
    "daemon.json: tlsverify: expected nothing, found true",
  ]);
});

describe("the drop-in of docker.socket", () => {
  const path = "/etc/systemd/system/docker.socket.d/zz-dockertls.conf";

  test("is gone, where dockerd makes its own socket", () => {
    const desired = desiredHost({ listener: tlsListener({ socket: "/var/run/docker.sock" }) });
    expect(driftOf(desired, { socket_dropin: "" })).toEqual([
      `${path}: expected the file, found none`,
    ]);
  });

  test("is still there, where systemd serves local clients", () => {
    expect(driftOf(desiredHost(), { socket_dropin: "abc 644 0 0\n" })).toEqual([
      `${path}: expected no file, found one`,
    ]);
  });
});

describe("our socket unit", () => {
  const held = listening({ configuredBy: "socket" });
  const socket = "/etc/systemd/system/dockertls-api.socket";
  const guard = "/etc/systemd/system/dockertls-api.service";
  test.each<[string, Values, string[]]>([
    [
      "stopped",
      { other_sockets: apiUnitsShown({ state: "inactive" }) },
      ["dockertls-api.socket: expected it to listen, found it stopped"],
    ],
    [
      "changed, and not loaded",
      { other_sockets: apiUnitsShown({ reload: "yes" }) },
      [
        "dockertls-api.socket: expected its files in effect, found changes that systemd has not loaded",
      ],
    ],
    [
      "deleted, with its guard",
      { api_socket: "", api_guard: "" },
      [`${socket}: expected the file, found none`, `${guard}: expected the file, found none`],
    ],
    [
      "with a guard that somebody edited",
      { api_guard: `${"0".repeat(64)} 644 0 0\n` },
      [`${guard}: expected our content, found another`],
    ],
  ])("%s", (_case, changes, lines) => {
    expect(driftOf(held, changes)).toEqual(lines);
  });
});
