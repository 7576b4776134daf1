import fc from "fast-check";
import { daemonProblems, type Json } from "../../components/model/daemon-keys.ts";
import { formatProblem } from "../../components/model/problem.ts";

function linesOf(daemon: Readonly<Record<string, Json>>): string[] {
  return daemonProblems("dockertls:daemon", daemon).map(formatProblem);
}

const unknown = "is no key of daemon.json; dockerd refuses to start over a key it does not know";

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
  ["registry-mirror", "registry-mirrors"],
  ["registry_mirrors", "registry-mirrors"],
  ["Debug", "debug"],
  ["liverestore", "live-restore"],
  ["log-opt", "log-opts"],
  ["data-roots", "data-root"],
  ["insecure-registry", "insecure-registries"],
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
      `dockertls:daemon.${key}: ${unknown}; take it out, or correct its name`,
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
  ["mtu", "1400", "is a string; dockerd wants a number; write a number"],
  ["debug", null, "is empty; dockerd wants true or false; write true or false"],
  ["debug", "true", "is a string; dockerd wants true or false; write true or false"],
  ["bip", 10, "is a number; dockerd wants a string; write a string"],
  ["dns", "1.1.1.1", "is a string; dockerd wants a list of strings; write a list of strings"],
  ["labels", ["a=b", 1], "is a list; dockerd wants a list of strings; write a list of strings"],
  ["log-opts", [], "is a list; dockerd wants a map; write a map"],
  ["default-address-pools", {}, "is a map; dockerd wants a list of maps; write a list of maps"],
  ["default-address-pools", [1], "is a list; dockerd wants a list of maps; write a list of maps"],
])("%s: %j", (key, value, message) => {
  expect(linesOf({ [key]: value })).toEqual([`dockertls:daemon.${key}: ${message}`]);
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
