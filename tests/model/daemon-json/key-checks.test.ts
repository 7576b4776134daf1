import fc from "fast-check";
import { daemonKeys } from "../../../components/model/daemon-json/key-table.ts";
import { daemonProblems } from "../../../components/model/daemon-json/key-checks.ts";
import type { Json } from "../../../components/model/json-value.ts";
import { formatProblem } from "../../../components/model/problem.ts";

function linesOf(daemon: Readonly<Record<string, Json>>, allowUnknown = false): string[] {
  return daemonProblems("dockertls:daemon", daemon, allowUnknown).map(formatProblem);
}

const unknown = "is not a key of daemon.json; dockerd refuses to start over a key it does not know";

test("keys of every shape that dockerd takes", () => {
  expect(
    linesOf({
      "registry-mirrors": ["https://mirror.example"],
      "live-restore": false,
      "log-opts": { "max-size": "10m" },
      "default-address-pools": [{ base: "10.9.0.0/16", size: 24 }],
      "default-ulimits": {},
      mtu: 1400,
      bip: "10.9.0.1/24",
      features: { "containerd-snapshotter": true },
    }),
  ).toEqual([]);
});

test.each([
  ["registry_mirrors", "registry-mirrors"],
  ["Debug", "debug"],
  ["liverestore", "live-restore"],
  ["data-roots", "data-root"],
  ["insecure-registrys", "insecure-registries"],
])("%s: did you mean %s?", (typed, meant) => {
  expect(linesOf({ [typed]: true })).toEqual([
    `dockertls:daemon.${typed}: ${unknown}; did you mean "${meant}"?`,
  ]);
});

test.each(["qqqqqqqqqqqqqqqqq", "constructor", "toString", "__proto__", "hasOwnProperty"])(
  "%s is like no key, so none is guessed",
  (key) => {
    // Every object of JavaScript has the last four: looking them up must not find those.
    expect(linesOf(JSON.parse(`{"${key}": true}`) as Record<string, Json>)).toEqual([
      `dockertls:daemon.${key}: ${unknown}; correct its name or take it out, or set allowUnknownKeys where dockerd is newer than 29`,
    ]);
  },
);

test.each([
  ["hosts", "take it out; `listen`, `port` and `socket` of the host say where dockerd listens"],
  ["tls", "take it out; `api` of the host says how clients connect"],
  ["tlsverify", "take it out; `api` of the host says how clients connect"],
  ["tlscacert", "take it out; dockertls:tls.directory and tls.files say where it lies"],
  ["tlscert", "take it out; dockertls:tls.directory and tls.files say where it lies"],
  ["tlskey", "take it out; dockertls:tls.directory and tls.files say where it lies"],
])("%s is this program's", (key, fix) => {
  expect(linesOf({ [key]: false })).toEqual([
    `dockertls:daemon.${key}: is not yours to set; this program owns it; ${fix}`,
  ]);
});

test.each([
  ["registry-mirror", 'did you mean "registry-mirrors"?'],
  ["log-opt", 'did you mean "log-opts"?'],
  ["http-proxy", 'did you mean "proxies"?'],
  ["containerd-plugins-namespace", "take it out"],
])("%s is a flag's name, which dockerd passes over", (key, fix) => {
  const line = `dockertls:daemon.${key}: is a flag of dockerd, but no key of daemon.json; dockerd would ignore it without a word; ${fix}`;
  expect(linesOf({ [key]: "x" })).toEqual([line]);
  // It is known to do nothing, on a newer dockerd as well.
  expect(linesOf({ [key]: "x" }, true)).toEqual([line]);
});

test("allowed, unknown keys pass, at the top and within; what is known is still looked at", () => {
  const daemon = { "brand-new": { of: 1 }, runtimes: { x: { path: "/x", "new-too": 1 } } };
  expect(linesOf(daemon, true)).toEqual([]);
  expect(
    linesOf({ ...daemon, debug: 1, hosts: [] }, true).map((line) => line.slice(0, 30)),
  ).toEqual(["dockertls:daemon.debug: is a n", "dockertls:daemon.hosts: is not"]);
});

test("null takes a member out, wherever a map merges; all others can only be taken out", () => {
  const nothing = { "max-size": null, "*": null };
  const builder = { gc: { enabled: null, "*": null }, history: null };
  expect(linesOf({ "log-opts": nothing, proxies: { "no-proxy": null }, builder })).toEqual([]);
  expect(linesOf({ features: { "*": true } })).toEqual([
    "dockertls:daemon.features.*: has a value; it stands for every member that is not named there, and can only take them out; write null, or the name of a member",
  ]);
  expect(linesOf({ builder: { gc: { policy: [{ all: null }] } } })).toEqual([
    "dockertls:daemon.builder.gc.policy.0.all: is empty; dockerd wants true or false; write true or false",
  ]);
});

const hundredMebibytes = "100m";
const mirror = "http:// or https:// and a host, without user, query or fragment";
const registry = "a host, host:port or network, without a path";
const mtu = "a whole number from 68 to 65535, or 0 for the usual one";
const wrong = "has a value of the wrong form";

test.each<[string, Json, string, string, string]>([
  // place within the key, what is wrong, what dockerd wants
  ["mtu", "1400", "", "is a string", mtu],
  ["mtu", -1, "", wrong, mtu],
  ["mtu", 67, "", wrong, mtu],
  ["mtu", 65536, "", wrong, mtu],
  ["mtu", 1.5, "", "is a number", mtu],
  ["metrics-addr", "127.0.0.1", "", wrong, "address:port"],
  ["debug", null, "", "is empty", "true or false"],
  ["debug", "true", "", "is a string", "true or false"],
  ["bip", 10, "", "is a number", "an IPv4 network, 10.9.0.1/16"],
  ["bip", "10.9.0.1", "", wrong, "an IPv4 network, 10.9.0.1/16"],
  ["bip6", "10.9.0.1/16", "", wrong, "an IPv6 network, fd00:9::1/64"],
  ["dns", ["1.1.1.1", "dns.example"], ".1", wrong, "an IP address"],
  ["log-opts", [], "", "is a list", "a map of strings, numbers in quotes"],
  [
    "features",
    { "containerd-snapshotter": "on" },
    ".containerd-snapshotter",
    "is a string",
    "true or false",
  ],
  ["default-shm-size", 67108864, "", "is a number", 'a size in quotes, such as "64m"'],
  ["default-shm-size", "64 megs", "", wrong, 'a size in quotes, such as "64m"'],
  ["default-ulimits", { nofile: { Hard: "1" } }, ".nofile.Hard", "is a string", "a whole number"],
  [
    "default-address-pools",
    [{ size: 24 }],
    ".0.base",
    "is missing",
    "a network such as 10.9.0.0/16",
  ],
  [
    "default-address-pools",
    [{ base: "10.9.0.0/16", size: "24" }],
    ".0.size",
    "is a string",
    "a whole number from 1 to 128",
  ],
  [
    "default-address-pools",
    [{ base: "10.9.0.0/16", size: 8 }],
    ".0",
    wrong,
    "a size from that of base to the whole address",
  ],
  [
    "default-address-pools",
    [{ base: "10.9.0.0/16", size: 33 }],
    ".0",
    wrong,
    "a size from that of base to the whole address",
  ],
  ["builder", { gc: { enabled: 1 } }, ".gc.enabled", "is a number", "true or false"],
  ["log-level", "loud", "", wrong, "one of debug, info, warn, error, fatal, panic, trace"],
  ["log-format", "xml", "", wrong, "one of text, json"],
  ["default-ipc-mode", "host", "", wrong, "one of private, shareable"],
  ["default-cgroupns-mode", "public", "", wrong, "one of private, host"],
  ["firewall-backend", "pf", "", wrong, "one of iptables, nftables"],
  ["network-diagnostic-port", 70000, "", wrong, "a whole number from 0 to 65535"],
  ["min-api-version", 1.44, "", "is a number", 'a version in quotes, such as "1.44"'],
  [
    "labels",
    ["tier"],
    ".0",
    wrong,
    "key=value, outside com.docker, io.docker and org.dockerproject",
  ],
  [
    "labels",
    ["com.docker.x=y"],
    ".0",
    wrong,
    "key=value, outside com.docker, io.docker and org.dockerproject",
  ],
  [
    "exec-opts",
    ["isolation=hyperv"],
    ".0",
    wrong,
    "native.cgroupdriver=systemd or native.cgroupdriver=cgroupfs",
  ],
  ["registry-mirrors", ["ftp://mirror.example"], ".0", wrong, mirror],
  ["registry-mirrors", ["mirror.example:5000"], ".0", wrong, mirror],
  ["registry-mirrors", ["https://user:word@mirror.example"], ".0", wrong, mirror],
  ["registry-mirrors", ["https://mirror.example/?a=b"], ".0", wrong, mirror],
  ["insecure-registries", ["registry.example/path"], ".0", wrong, registry],
  ["insecure-registries", ["ftp://registry.example"], ".0", wrong, registry],
  ["insecure-registries", ["registry.example:70000"], ".0", wrong, registry],
])("%s: %j", (key, value, place, what, wanted) => {
  expect(linesOf({ [key]: value })).toEqual([
    `dockertls:daemon.${key}${place}: ${what}; dockerd wants ${wanted}; write ${wanted}`,
  ]);
});

const itself = 'write "- VALUE" on a line of its own';
const quoted = 'write it in quotes, such as "3"';

test.each<[string, Json, string, string, string, string]>([
  ["dns", "1.1.1.1", "", "is a string", "a list of IP addresses", itself],
  [
    "runtimes",
    { kata: { runtimeArgs: "-v" } },
    ".kata.runtimeArgs",
    "is a string",
    "a list of strings",
    itself,
  ],
  ["storage-opts", ["a=b", 1], ".1", "is a number", "a string", quoted],
  ["log-opts", { "max-file": 5 }, ".max-file", "is a number", "a string", quoted],
  [
    "log-opts",
    { compress: true },
    ".compress",
    "is a boolean",
    "a string",
    'write it in quotes, such as "true"',
  ],
  ["proxies", { "http-proxy": 3 }, ".http-proxy", "is a number", "a string", quoted],
])("%s: %j is told how to be written", (key, value, place, what, wanted, fix) => {
  expect(linesOf({ [key]: value })).toEqual([
    `dockertls:daemon.${key}${place}: ${what}; dockerd wants ${wanted}; ${fix}`,
  ]);
});

test.each([
  ["proxies", { "htp-proxy": "x" }, ".htp-proxy: is not a key there", 'did you mean "http-proxy"?'],
  [
    "proxies",
    { "HTTP-PROXY": "x" },
    ": has a key that it can't have",
    "write a map of http-proxy, https-proxy, no-proxy",
  ],
  ["runtimes", { kata: { patj: "/x" } }, ".kata.patj: is not a key there", 'did you mean "path"?'],
])("%s takes no other keys within: %j", (key, value, what, fix) => {
  expect(linesOf({ [key]: value })).toEqual([
    `dockertls:daemon.${key}${what}; dockerd would ignore it, or refuse to start; ${fix}`,
  ]);
});

test.each<[string, Json]>([
  ["default-ulimits", { nofile: { name: "nofile", hard: 64000, soft: 64000 } }],
  ["builder", { GC: { Enabled: true } }],
  [
    "builder",
    {
      gc: {
        enabled: true,
        policy: [{ filter: ["unused-for=24h"], all: true, keepStorage: "1GB" }],
      },
    },
  ],
  ["default-shm-size", hundredMebibytes],
  ["default-shm-size", "1.5 GiB"],
  ["registry-mirrors", ["https://mirror.example/cache/", "http://10.0.0.9:5000"]],
  ["insecure-registries", ["10.0.0.0/8", "registry.example:5000", "http://registry", "[::1]:5000"]],
  ["dns-search", ["example.org", "."]],
  ["bridge-accept-fwmark", "0x1/0x3"],
  ["shutdown-timeout", -1],
  [
    "runtimes",
    { kata: { runtimeType: "io.containerd.kata.v2", options: { TypeUrl: "x", n: [1] } } },
  ],
])("%s as dockerd takes it: %j", (key, value) => {
  expect(linesOf({ [key]: value })).toEqual([]);
});

test("every message has three parts after its place, and what dockerd wants has none of its own", () => {
  for (const [key, { type }] of Object.entries(daemonKeys)) {
    const [line = ""] = linesOf({ [key]: { "": () => undefined } as unknown as Json });
    expect({ key, parts: line.split("; ").length }).toEqual({ key, parts: 3 });
    expect(typeof type.meta()?.["wanted"]).toBe("string");
  }
});

test("no value of a daemon key is ever quoted: it may be a proxy's password", () => {
  const key = fc.constantFrom("proxies", "log-opts", "registry-mirrors", "mtu", "proxy", "hosts");
  fc.assert(
    fc.property(key, fc.stringMatching(/^[A-Z0-9]{8,30}$/), (name, password) => {
      for (const value of [password, [{ password }], { [password]: { password } }]) {
        expect(linesOf({ [name]: value }).join("\n")).not.toContain(password);
      }
    }),
  );
});

test.each<[Json, boolean]>([
  [9007199254740993, false],
  [-1e20, false],
  [9007199254740991, true],
  [0.5, true],
])("the number %s is what dockerd gets: %s", (number, exact) => {
  const line =
    "dockertls:daemon.new-key: holds a number past 2^53; it was rounded on its way here, and dockerd would get another one; write a smaller one, or put it in quotes where dockerd takes a string";
  expect(linesOf({ "new-key": number }, true)).toEqual(exact ? [] : [line]);
  expect(linesOf({ "new-key": { deep: [number] } }, true)).toEqual(exact ? [] : [line]);
});
