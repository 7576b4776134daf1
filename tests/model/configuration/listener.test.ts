// Where dockerd listens: what the configuration says of it.
import { type Listener } from "../../../components/model/daemon-json/listener.ts";
import { plainListener, tlsListener } from "../../support/machine-answer.ts";
import { hostKey, linesOf, machine, parsed } from "../../support/stack-configuration.ts";

const understood = { iUnderstandThatThisGivesRootToTheNetwork: true };
const plain = { api: "plain-tcp", ...understood };

function listenerOf(changes: object, raw: object = {}): Listener | undefined {
  return parsed({ hosts: { b1: machine({ ...changes }) }, ...raw }).hosts[0]?.listener;
}

describe("what the configuration says", () => {
  test.each<[string, object, Partial<Listener>]>([
    ["nothing", {}, tlsListener()],
    ["plain TCP", plain, plainListener()],
    ["a port of its own", { port: 2377 }, tlsListener({ port: 2377 })],
    ["plain TCP on a port of its own", { ...plain, port: 4243 }, plainListener({ port: 4243 })],
    ["one address", { listen: "10.0.0.4" }, tlsListener({ addresses: ["10.0.0.4"] })],
    [
      "addresses, each once, in one spelling",
      { listen: ["10.0.0.4", "2001:DB8::0:1", "2001:db8::1"] },
      tlsListener({ addresses: ["10.0.0.4", "2001:db8::1"] }),
    ],
    [
      "the command line",
      { listenBy: "command-line" },
      tlsListener({ configuredBy: "command-line" }),
    ],
    ["a socket unit", { listenBy: "socket" }, tlsListener({ configuredBy: "socket" })],
    ["a socket", { socket: "/run/d.sock" }, tlsListener({ socket: "/run/d.sock" })],
  ])("%s", (_case, changes, listener) => {
    expect(listenerOf(changes)).toEqual(listener);
  });

  test("names of the TLS files", () => {
    const tls = { directory: "/etc/ssl/docker", files: { cert: "server.pem" } };
    expect(listenerOf({}, { tls })?.files).toEqual({
      ca: "/etc/ssl/docker/ca.pem",
      cert: "/etc/ssl/docker/server.pem",
      key: "/etc/ssl/docker/key.pem",
    });
  });

  test("the certificate covers what clients dial: addresses, and loopback at a tunnel's end", () => {
    const [host] = parsed({
      hosts: { b1: machine({ listen: ["127.0.0.1", "10.1.1.1"], extraSans: ["b1.example"] }) },
    }).hosts;
    expect(host?.extraSans).toEqual(["b1.example", "127.0.0.1", "10.1.1.1", "localhost"]);
    expect(parsed({ hosts: { b1: machine() } }).hosts[0]?.extraSans).toEqual([]);
  });
});

describe("refused", () => {
  test.each<[string, object, string]>([
    [
      "plain TCP by a socket unit",
      { ...plain, listenBy: "socket" },
      "dockertls:hosts.b1.listenBy: is socket beside `api: plain-tcp`; systemd's socket is handed to dockerd only where that speaks TLS on it; write daemon-json or command-line",
    ],
    [
      "plain TCP without a word",
      { api: "plain-tcp" },
      "dockertls:hosts.b1.api: is plain-tcp; whoever can connect to the port has root on the machine; write mutual-tls, or `iUnderstandThatThisGivesRootToTheNetwork: true` beside it",
    ],
    [
      "a word left behind",
      understood,
      "dockertls:hosts.b1.iUnderstandThatThisGivesRootToTheNetwork: is set beside `api: mutual-tls`; it would let a later change open the machine without a word; take it out",
    ],
    [
      "another api",
      { api: "tls" },
      'dockertls:hosts.b1.api: is "tls"; that is not a way to reach a Docker API; write one of mutual-tls, plain-tcp',
    ],
    [
      "a name to listen on",
      { listen: "localhost" },
      'dockertls:hosts.b1.listen.0: is "localhost"; nothing can listen there; write an IP address of the machine, such as 127.0.0.1, or 0.0.0.0 for all of them',
    ],
    [
      "an address of one link",
      { listen: ["fe80::1"] },
      'dockertls:hosts.b1.listen.0: is "fe80::1"; it is an address of one link alone, on which dockerd can\'t listen; write a global one, or :: for all of them',
    ],
    [
      "metrics on the API's port",
      { daemon: { "metrics-addr": "127.0.0.1:2376" } },
      "dockertls:hosts.b1.daemon.metrics-addr: is on port 2376, where the API listens; dockerd does not start where two of its listeners want one port; choose another port for one of them",
    ],
    [
      "the machine's own network for containers",
      { daemon: { bip: "10.0.0.1/24" }, address: "10.0.0.4" },
      "dockertls:hosts.b1.daemon.bip: holds 10.0.0.4, the machine's own address; its answers would go to containers, and nobody would reach it any more; choose another network",
    ],
    [
      "nothing to listen on",
      { listen: [] },
      "dockertls:hosts.b1.listen: has the wrong form; nobody could connect; write at least one IP address",
    ],
    [
      "every address and another",
      { listen: ["0.0.0.0", "10.0.0.4"] },
      "dockertls:hosts.b1.listen: names 0.0.0.0 beside other addresses; that is every address already, and dockerd would not start on the same port twice; take one or the others out",
    ],
    [
      "a port out of range",
      { port: 65536 },
      "dockertls:hosts.b1.port: is 65536; a port is a whole number from 1 to 65535; write one, such as 2376",
    ],
    [
      "a socket that leads elsewhere",
      { socket: "/run/../etc/x.sock" },
      'dockertls:hosts.b1.socket: is "/run/../etc/x.sock"; it can\'t be used as it stands; write an absolute path of plain letters, digits, . _ -',
    ],
  ])("%s", (_case, changes, line) => {
    expect(linesOf({ hosts: { b1: machine({ ...changes }) } })).toEqual([line]);
  });

  test("metrics beside the API, and a network beside the machine's", () => {
    const daemon = { "metrics-addr": "127.0.0.1:2376", bip: "10.9.0.1/24" };
    expect(linesOf({ hosts: { b1: machine({ listen: "10.0.0.4", daemon }) } })).toEqual([]);
  });

  test("two TLS files of one name", () => {
    const tls = { files: { ca: "cert.pem" } };
    expect(linesOf({ hosts: { b1: machine() }, tls })).toEqual([
      "dockertls:tls.files.cert: makes it /opt/docker-ssl/cert.pem, as another file is; one would overwrite the other; give each a name of its own",
    ]);
  });
});

test("a TLS file in the place of daemon.json", () => {
  const tls = { directory: "/etc/docker", files: { key: "daemon.json" } };
  expect(linesOf({ hosts: { b1: machine() }, tls })).toEqual([
    "dockertls:tls.files.key: makes it /etc/docker/daemon.json, as another file is; one would overwrite the other; give each a name of its own",
  ]);
});

test.each([
  ["where a TLS file is", "/opt/docker-ssl/key.pem", /where a file belongs/],
  ["that is too long for the kernel", `/run/${"a".repeat(103)}`, /no longer path .* 107/],
])("a socket %s", (_case, socket, line) => {
  const lines = linesOf({ hosts: { b1: machine({ socket }) } });
  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatch(line);
});

describe("what every host has", () => {
  const second = { b2: { address: "10.0.0.5", ssh: { hostKey } } };

  // proves: configuration.defaults
  test("a host's own word comes first, setting by setting", () => {
    const defaults = {
      ssh: { user: "ops", port: 2222, identityFile: "id" },
      sudo: true,
      listen: "10.0.0.1",
    };
    const b1 = machine({ ssh: { hostKey, user: "root" }, sudo: false });
    const { hosts } = parsed({ defaults, hosts: { b1, ...second } });
    expect(hosts[0]).toMatchObject({ sudo: false, ssh: { user: "root", port: 2222 } });
    expect(hosts[1]).toMatchObject({ sudo: true, ssh: { user: "ops", identityFile: "id" } });
    expect(hosts.map(({ listener }) => listener.addresses)).toEqual([["10.0.0.1"], ["10.0.0.1"]]);
  });

  test("one way to name a key takes the place of the other", () => {
    const defaults = { ssh: { knownHosts: "known_hosts", identityFile: "id" } };
    const ssh = { hostKey, privateKey: "KEY" };
    const [own] = parsed({ defaults, hosts: { b1: machine({ ssh }) } }).hosts;
    expect(own?.ssh).toEqual({ user: "root", port: 22, hostKey, privateKey: "KEY" });
    const [bare] = parsed({ defaults, hosts: { b1: { address: "10.0.0.4" } } }).hosts;
    expect(bare?.ssh).toMatchObject({ knownHosts: "known_hosts", identityFile: "id" });
  });

  test("what is wrong with it is told once, whatever the number of hosts", () => {
    const defaults = { sudo: "yes", ssh: { prot: 22 } };
    expect(linesOf({ defaults, hosts: { b1: machine(), ...second } })).toEqual([
      'dockertls:defaults.ssh.prot: is not a setting; it would have no effect; did you mean "port"?',
      'dockertls:defaults.sudo: is "yes"; it is a choice; write true or false',
    ]);
  });

  test("a typing error in it takes nothing else of it away", () => {
    const defaults = { lisen: "10.0.0.1", ssh: { knownHosts: "known_hosts", prot: 1 } };
    expect(linesOf({ defaults, hosts: { b1: { address: "10.0.0.4" } } })).toEqual([
      'dockertls:defaults.ssh.prot: is not a setting; it would have no effect; did you mean "port"?',
      'dockertls:defaults.lisen: is not a setting; it would have no effect; did you mean "listen"?',
    ]);
  });

  test("what it may have meant to say is no host's fault", () => {
    const defaults = { ssh: { knownHosts: 5 } };
    expect(linesOf({ defaults, hosts: { b1: { address: "10.0.0.4" } } })).toEqual([
      expect.stringMatching(/^dockertls:defaults\.ssh\.knownHosts: is 5; /),
    ]);
  });

  test.each(["api", "iUnderstandThatThisGivesRootToTheNetwork"])(
    "%s opens a machine, and is never had from there",
    (key) => {
      const [line] = linesOf({ defaults: { [key]: true }, hosts: { b1: machine() } });
      expect(line).toMatch(new RegExp(`^dockertls:defaults\\.${key}: is not a setting; `));
    },
  );
});
