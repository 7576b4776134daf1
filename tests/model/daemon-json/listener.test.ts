// Where dockerd listens: what files and clients get.
import {
  managedSettings,
  mergeSettings,
  readSettings,
} from "../../../components/model/daemon-json/merge.ts";
import {
  dialled,
  forbiddenKeys,
  isLocalOnly,
  particularAddresses,
  listenerFlags,
} from "../../../components/model/daemon-json/listener.ts";
import {
  dropIn,
  socketDropIn,
  withoutListenerFlags,
} from "../../../components/model/systemd/drop-ins.ts";
import { localSocket, socketPaths } from "../../../components/model/desired/local-socket.ts";
import { baselineFrom, plainListener, tlsListener } from "../../support/machine-answer.ts";

describe("what dockerd is told", () => {
  test("plain TCP in daemon.json: hosts, and TLS said to be off, or dockerd waits 16 s", () => {
    expect(managedSettings(plainListener(), {}, ["fd://"])).toEqual({
      "live-restore": true,
      hosts: ["tcp://0.0.0.0:2375", "fd://"],
      tls: false,
    });
  });

  test("by the command line: flags, and no hosts in daemon.json", () => {
    const listener = plainListener({ configuredBy: "command-line", addresses: ["::1"] });
    const local = ["unix:///var/run/docker.sock"];
    expect(managedSettings(listener, {}, local)).toEqual({ "live-restore": true, tls: false });
    expect(listenerFlags(listener, local)).toEqual([
      "-H tcp://[::1]:2375",
      "-H unix:///var/run/docker.sock",
    ]);
    expect(dropIn("/usr/bin/dockerd -H fd:// --debug", listener, local)).toContain(
      "\nExecStart=/usr/bin/dockerd --debug -H tcp://[::1]:2375 -H unix:///var/run/docker.sock\n",
    );
  });

  test("by a socket unit: nothing in daemon.json, and what others have there of it leaves", () => {
    const listener = tlsListener({ configuredBy: "socket" });
    expect(managedSettings(listener, {}, ["fd://"])).toEqual({ "live-restore": true });
    expect(forbiddenKeys(listener)).toEqual([
      ...["hosts", "tls", "tlsverify", "tlscacert", "tlscert", "tlskey"],
    ]);
  });

  test("an address that is missing keeps dockerd from starting, unless systemd listens there", () => {
    const addresses = ["10.0.0.4"];
    expect(particularAddresses(tlsListener({ addresses }))).toEqual(addresses);
    expect(particularAddresses(tlsListener({ addresses, configuredBy: "socket" }))).toEqual([]);
  });

  test("what others had set of TLS and hosts leaves the file: dockerd would obey it", () => {
    const theirs = '{"mtu": 1400, "tlsverify": true, "tlscacert": "/x", "hosts": ["fd://"]}\n';
    const listener = plainListener({ configuredBy: "command-line" });
    const settings = managedSettings(listener, {}, ["fd://"]);
    const forbidden = forbiddenKeys(listener).map((key) => [key]);
    const merged = mergeSettings(theirs, settings, forbidden);
    expect(readSettings(merged)).toEqual({ mtu: 1400, "live-restore": true, tls: false });
  });

  test.each([
    [
      "/usr/bin/dockerd --tlsverify --tlscacert=/a --tlscert /b --tlskey=/c -H fd://",
      "/usr/bin/dockerd",
    ],
    ["/usr/bin/dockerd --tls=false --debug", "/usr/bin/dockerd --debug"],
    ["/usr/bin/dockerd --tlsverify=true --log-opt tls=x", "/usr/bin/dockerd --log-opt tls=x"],
    ["/usr/bin/dockerd --tls-not-ours", "/usr/bin/dockerd --tls-not-ours"],
  ])("the vendor's own flags of it go: %s", (command, rest) => {
    expect(withoutListenerFlags(command)).toBe(rest);
  });
});

describe("the local socket", () => {
  test.each([
    ["/var/run/docker.sock", false],
    ["/run/docker.sock", false],
    ["/run/dock/api.sock", true],
    ["/srv/docker.sock", true],
  ])("%s: a folder is made for it: %s", (socket, made) => {
    const text = dropIn("/usr/bin/dockerd", tlsListener({ socket }), [`unix://${socket}`]);
    expect(text.includes("ExecStartPre")).toBe(made);
  });

  test("systemd listens in one place, and that is not where dockerd does", () => {
    const lines = socketDropIn.split("\n").filter((line) => line.startsWith("ListenStream"));
    expect(lines[0]).toBe("ListenStream=");
    expect(lines).toHaveLength(2);
    expect(lines[1]).not.toMatch(/docker\.sock/);
  });

  test("those of a foreign dockerd are found in its file and its flags", () => {
    expect(
      socketPaths("/usr/bin/dockerd -H unix:///a --host=unix:///b -H tcp://x", undefined),
    ).toEqual(["/a", "/b"]);
    expect(
      socketPaths("/usr/bin/dockerd", ["unix:///c", "tcp://0.0.0.0:1", "unix:///$(x)"]),
    ).toEqual(["/c"]);
  });
});

describe("local clients", () => {
  const plain = "/usr/bin/dockerd";
  test.each<[string, string, string, string, string[], string, boolean]>([
    [
      "the vendor's unit",
      `${plain} -H fd://`,
      "",
      "/run/docker.sock",
      ["fd://"],
      "/run/docker.sock",
      true,
    ],
    [
      "a socket of systemd's elsewhere",
      `${plain} -H fd://`,
      "",
      "/srv/d.sock",
      ["fd://"],
      "/srv/d.sock",
      true,
    ],
    [
      "no docker.socket that comes up",
      `${plain} -H fd://`,
      "",
      "",
      ["unix:///var/run/docker.sock"],
      "/var/run/docker.sock",
      false,
    ],
    [
      "nothing at all",
      plain,
      "",
      "/run/docker.sock",
      ["unix:///var/run/docker.sock"],
      "/var/run/docker.sock",
      false,
    ],
    [
      "only TCP",
      `${plain} -H tcp://0.0.0.0:2375`,
      "",
      "",
      ["unix:///var/run/docker.sock"],
      "/var/run/docker.sock",
      false,
    ],
    [
      "the classic recipe in daemon.json",
      plain,
      '{"hosts": ["unix:///var/run/docker.sock", "tcp://0.0.0.0:2375"]}',
      "/run/docker.sock",
      ["unix:///var/run/docker.sock"],
      "/var/run/docker.sock",
      false,
    ],
    [
      "dockerd's default by its scheme alone",
      `${plain} -H unix://`,
      "",
      "",
      ["unix://"],
      "/var/run/docker.sock",
      false,
    ],
    [
      "two sockets",
      `${plain} -H unix:///a -H unix:///b`,
      "",
      "",
      ["unix:///a", "unix:///b"],
      "/a",
      false,
    ],
    [
      "systemd's and one of dockerd's own",
      `${plain} -H fd:// -H unix:///b`,
      "",
      "/run/docker.sock",
      ["fd://", "unix:///b"],
      "/run/docker.sock",
      true,
    ],
  ])("as found: %s", (_case, execStart, base, systemdSocket, hosts, path, isSystemds) => {
    const baseline = { ...baselineFrom(base), execStart, systemdSocket };
    expect(localSocket(tlsListener(), baseline)).toEqual({ hosts, path, isSystemds });
  });

  test("as configured", () => {
    expect(localSocket(tlsListener({ socket: "/srv/d.sock" }), baselineFrom(""))).toEqual({
      hosts: ["unix:///srv/d.sock"],
      path: "/srv/d.sock",
      isSystemds: false,
    });
  });
});

test.each<[string, string[], boolean, string]>([
  ["every address", ["0.0.0.0"], false, "10.0.0.4"],
  ["loopback", ["127.0.0.1"], true, "127.0.0.1"],
  ["loopback of IPv6", ["::1"], true, "::1"],
  ["loopback and another", ["127.0.0.1", "10.1.1.1"], false, "10.0.0.4"],
])("a client of a machine that listens on %s", (_case, addresses, local, address) => {
  const listener = tlsListener({ addresses });
  expect(isLocalOnly(listener)).toBe(local);
  expect(dialled(listener, "10.0.0.4")).toBe(address);
});
