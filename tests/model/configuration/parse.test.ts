import { tlsListener } from "../../support/machine-answer.ts";
import { hostKey, linesOf, machine, parsed } from "../../support/stack-configuration.ts";

describe("defaults", () => {
  test("a machine needs an address and its host key, nothing else", () => {
    expect(parsed({ hosts: { b1: { address: "10.0.0.4", ssh: { hostKey } } } })).toEqual({
      hosts: [
        {
          name: "b1",
          address: "10.0.0.4",
          ssh: { user: "root", port: 22, hostKey },
          sudo: false,
          listener: tlsListener(),
          takeOver: false,
          maintenance: false,
          plainTcpAcknowledged: false,
          unmanaged: "keep",
          alsoTrust: [],
          extraSans: [],
          allowContainerRestart: false,
          daemon: {},
          hasOwnDaemon: false,
        },
      ],
      lifetimes: {
        ca: { hours: 43800, isDefault: false },
        server: { hours: 2160, isDefault: true },
        client: { hours: 720, isDefault: true },
      },
      authority: { generation: 1, algorithm: "ECDSA-P256" },
      clients: [],
      groups: [],
      verification: "auto",
      rollout: { canaries: [], soak: 10 },
    });
  });

  // proves: configuration.maps
  test("a machine's own daemon keys win over those of all, key by key, and member by member", () => {
    const { hosts } = parsed({
      daemon: { debug: false, labels: ["a=b"], "log-opts": { "max-size": "10m" } },
      hosts: {
        b1: machine({ daemon: { debug: true, "log-opts": { "max-file": "3" } } }),
        b2: machine({ address: "10.0.0.5" }),
        b3: machine({
          address: "10.0.0.6",
          daemon: { labels: [], "log-opts": { "max-size": null, "max-file": "3" } },
        }),
        b4: machine({ address: "10.0.0.7", daemon: { "log-opts": { "*": null } } }),
      },
    });
    expect(hosts.map(({ daemon, hasOwnDaemon }) => ({ daemon, hasOwnDaemon }))).toEqual([
      {
        daemon: {
          debug: true,
          labels: ["a=b"],
          "log-opts": { "max-size": "10m", "max-file": "3" },
        },
        hasOwnDaemon: true,
      },
      {
        daemon: { debug: false, labels: ["a=b"], "log-opts": { "max-size": "10m" } },
        hasOwnDaemon: false,
      },
      // Null takes out what the machine has itself, too.
      {
        daemon: { debug: false, labels: [], "log-opts": { "max-size": null, "max-file": "3" } },
        hasOwnDaemon: true,
      },
      {
        daemon: { debug: false, labels: ["a=b"], "log-opts": { "*": null } },
        hasOwnDaemon: true,
      },
    ]);
  });

  test("what is written is what counts", () => {
    const { hosts, lifetimes } = parsed({
      hosts: {
        b1: machine({
          sudo: true,
          extraSans: ["web.example.org", "2001:db8::1"],
          ssh: { user: "ops", port: 2222, knownHosts: "known_hosts", identityFile: "id" },
        }),
      },
      tls: {
        ...{ directory: "/etc/docker/tls-1.0", port: 2377 },
        ...{ renewBeforeHours: 24, clientHours: 100 },
      },
    });
    expect(hosts[0]).toMatchObject({
      sudo: true,
      extraSans: ["web.example.org", "2001:db8::1"],
      ssh: { user: "ops", port: 2222, knownHosts: "known_hosts", identityFile: "id" },
    });
    expect(hosts[0]?.listener).toEqual(tlsListener({ port: 2377 }, "/etc/docker/tls-1.0"));
    expect(lifetimes).toMatchObject({
      server: { hours: 2160, renewBeforeHours: 24, isDefault: true },
      client: { hours: 100, renewBeforeHours: 24, isDefault: false },
    });
  });
});

describe("contradictions", () => {
  test("a machine's own keys are judged together with those of all, maps by member", () => {
    const daemon = { "log-opts": { "max-size": "10m" } };
    const own = (changes: object) => ({
      daemon,
      hosts: { b1: machine({ daemon: { "log-driver": "journald", ...changes } }) },
    });
    expect(linesOf(own({}))).toEqual([
      expect.stringMatching(/^dockertls:hosts\.b1\.daemon\.log-opts: has max-size, /),
    ]);
    expect(linesOf(own({ "log-opts": { "max-size": null } }))).toEqual([]);
  });

  const pinned = { hostKey };
  test.each([
    [
      "no machine",
      { hosts: {} },
      "dockertls:hosts: is empty; there is no machine to work on; write a map of machines, each with its `address`",
    ],
    [
      "one machine twice",
      { hosts: { b1: machine(), b2: machine() } },
      "dockertls:hosts.b2.address: is also the address of b1; two entries would overwrite each other's work on one machine; take one of them out",
    ],
    [
      "one machine twice, written otherwise",
      {
        hosts: { b1: machine({ address: "Web.example" }), b2: machine({ address: "web.EXAMPLE" }) },
      },
      "dockertls:hosts.b2.address: is also the address of b1; two entries would overwrite each other's work on one machine; take one of them out",
    ],
    [
      "no host key",
      { hosts: { b1: { address: "10.0.0.4" } } },
      "dockertls:hosts.b1.ssh.hostKey: missing; any server would be trusted; add the line that `ssh-keyscan -t ed25519 -p 22 10.0.0.4` prints, once you have verified it; or name a known_hosts file in knownHosts",
    ],
    [
      "an address that is misspelt",
      { hosts: { b1: { adress: "10.0.0.4", ssh: pinned } } },
      'dockertls:hosts.b1.adress: is not a setting; it would have no effect; did you mean "address"?',
    ],
    [
      "two keys to log in with",
      { hosts: { b1: machine({ ssh: { ...pinned, privateKey: "KEY", identityFile: "id" } }) } },
      "dockertls:hosts.b1.ssh.identityFile: is set beside privateKey; only one key can be used; take one of them out",
    ],
    [
      "a certificate that outlives its authority",
      {
        hosts: { b1: machine() },
        tls: { caHours: 100, serverHours: 101, clientHours: 100, renewBeforeHours: 1 },
      },
      "dockertls:tls.serverHours: is longer than caHours, 100; no certificate outlives its authority; shorten it",
    ],
    [
      "a certificate that is due for renewal from its birth",
      { hosts: { b1: machine() }, tls: { serverHours: 24, renewBeforeHours: 24 } },
      "dockertls:tls.renewBeforeHours: is not shorter than the shortest certificate's life, 24; every run would reissue it, and restart dockerd; shorten it",
    ],
  ])("%s", (_case, raw, line) => {
    expect(linesOf(raw)).toEqual([line]);
  });

  test.each([
    ["2001:db8::1", "2001:DB8:0:0::0001"],
    ["10.0.0.4", "::ffff:10.0.0.4"],
  ])("%s and %s are one address", (one, other) => {
    const hosts = { b1: machine({ address: one }), b2: machine({ address: other }) };
    expect(linesOf({ hosts })).toEqual([
      "dockertls:hosts.b2.address: is also the address of b1; two entries would overwrite each other's work on one machine; take one of them out",
    ]);
  });

  test("two machines behind one address and two ports are two machines", () => {
    const ssh = { hostKey, port: 2222 };
    expect(linesOf({ hosts: { b1: machine(), b2: machine({ ssh, port: 2377 }) } })).toEqual([]);
    const [line] = linesOf({ hosts: { b1: machine(), b2: machine({ ssh }) } });
    expect(line).toMatch(/^dockertls:hosts\.b2\.address: is also the address of b1; /);
    const unseen = { b1: machine(), b2: machine({ ssh, listen: "127.0.0.1" }) };
    expect(linesOf({ hosts: unseen })).toEqual([]);
  });
});

describe("allowUnknownKeys", () => {
  const daemon = { "brand-new": true };
  const at = (place: string): string =>
    `dockertls:${place}.brand-new: is not a key of daemon.json; dockerd refuses to start over a key it does not know; correct its name or take it out, or set allowUnknownKeys where dockerd is newer than 29`;
  const b1 = (changes: object): object => ({ b1: machine({ ...changes }) });

  test.each([
    ["nobody allows it", { daemon, hosts: b1({}) }, [at("daemon")]],
    ["the stack does", { daemon, hosts: b1({ daemon }), allowUnknownKeys: true }, []],
    ["the machine does", { hosts: b1({ daemon, allowUnknownKeys: true }) }, []],
    [
      "the machine does, and the key is for all",
      { daemon, hosts: b1({ allowUnknownKeys: true }) },
      [at("daemon")],
    ],
    [
      "the stack does, and the machine does not",
      { hosts: b1({ daemon, allowUnknownKeys: false }), allowUnknownKeys: true },
      [at("hosts.b1.daemon")],
    ],
    [
      "the stack does for a key for all, and the machine does not",
      { daemon, hosts: b1({ allowUnknownKeys: false }), allowUnknownKeys: true },
      [
        "dockertls:hosts.b1.allowUnknownKeys: is false, but dockertls:daemon.brand-new is not a known key; it would reach this machine as well; move the key to the machines that know it",
      ],
    ],
    [
      "the stack does, but the key is this program's",
      { daemon: { hosts: [] }, hosts: b1({}), allowUnknownKeys: true },
      [
        "dockertls:daemon.hosts: is not yours to set; this program owns it; take it out; `listen`, `port` and `socket` of the host say where dockerd listens",
      ],
    ],
    [
      "it is not true or false",
      { hosts: b1({}), allowUnknownKeys: "yes" },
      [
        'dockertls:allowUnknownKeys: is "yes"; it says whether keys may pass that this program does not know; write true or false',
      ],
    ],
  ])("%s", (_case, raw, lines) => {
    expect(linesOf(raw)).toEqual(lines);
  });
});

test("problems are collected: all that is wrong is said at once", () => {
  expect(
    linesOf({
      hosts: { b1: { ssh: { port: 0 } }, b2: machine({ sudo: "yes" }) },
      tls: { port: 70000, directori: "/x" },
    }).map((line) => line.slice(0, line.indexOf(": "))),
  ).toEqual([
    "dockertls:hosts.b1.address",
    "dockertls:hosts.b1.ssh.port",
    "dockertls:hosts.b2.sudo",
    "dockertls:tls.port",
    "dockertls:tls.directori",
  ]);
  expect(
    linesOf({
      daemon: { debugg: true, hosts: [] },
      hosts: {
        b1: { address: "10.0.0.4", daemon: { mtu: "1400" } },
        b2: machine({ address: "10.0.0.4" }),
      },
    }).map((line) => line.slice(0, line.indexOf(": "))),
  ).toEqual([
    "dockertls:daemon.debugg",
    "dockertls:daemon.hosts",
    "dockertls:hosts.b1.daemon.mtu",
    "dockertls:hosts.b2.address",
    "dockertls:hosts.b1.ssh.hostKey",
  ]);
});

test("a misspelt daemon key is seen in the same run as a value of the wrong form", () => {
  const raw = {
    daemon: { debugg: true },
    hosts: { b1: machine({ sudo: "yes" }), b2: { address: "10.0.0.5" } },
  };
  expect(linesOf(raw).map((line) => line.slice(0, line.indexOf(": ")))).toEqual([
    "dockertls:hosts.b1.sudo",
    "dockertls:daemon.debugg",
    "dockertls:hosts.b2.ssh.hostKey",
  ]);
});

test("a configuration without its parts has one problem, not an exception", () => {
  expect(linesOf({})).toEqual([
    "dockertls:hosts: missing; there is no machine to work on; write a map of machines, each with its `address`",
  ]);
});

test.each([
  ["90s", 90],
  ["10m", 600],
  ["1h30m", 5400],
])("waitFor: %s is %i seconds, for a host or for all", (waitFor, seconds) => {
  expect(parsed({ hosts: { b1: machine({ waitFor }) } }).hosts[0]?.waitFor).toBe(seconds);
  expect(parsed({ defaults: { waitFor }, hosts: { b1: machine() } }).hosts[0]?.waitFor).toBe(
    seconds,
  );
});

test.each(["", "10", "10 m", "m", "30m1h", "-5m"])("waitFor: %j is no time", (waitFor) => {
  expect(linesOf({ hosts: { b1: machine({ waitFor }) } })).toEqual([
    `dockertls:hosts.b1.waitFor: is ${JSON.stringify(waitFor)}; it is a time; write one with its unit, such as 90s, 10m or 1h30m`,
  ]);
});

describe("rollout", () => {
  const hosts = { b1: machine() };
  test.each([
    [{ waves: [0] }, "rollout.waves.0"],
    [{ waves: ["0%"] }, "rollout.waves.0"],
    [{ waves: ["101%"] }, "rollout.waves.0"],
    [{ waves: ["a third"] }, "rollout.waves.0"],
    [{ waves: [1.5] }, "rollout.waves.0"],
    [{ waves: [] }, "rollout.waves"],
    [{ waves: "20%" }, "rollout.waves"],
    [{ canaries: ["b9"] }, "rollout.canaries"],
    [{ canaries: "b1" }, "rollout.canaries"],
    [{ soak: 30 }, "rollout.soak"],
    [{ soka: "30s" }, "rollout.soka"],
    ["fast", "rollout"],
  ])("%j is one line", (rollout, where) => {
    const lines = linesOf({ hosts, rollout });
    expect(lines).toEqual([expect.stringMatching(new RegExp(`^dockertls:${where}: .*; .*; .+`))]);
  });

  test("percentages, counts and canaries", () => {
    const rollout = { waves: [1, "20%", "100%"], canaries: ["b1"], soak: "1m30s" };
    expect(parsed({ hosts, rollout }).rollout).toEqual({ ...rollout, soak: 90 });
  });
});
