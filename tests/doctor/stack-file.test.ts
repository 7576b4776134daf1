import { readStackFile, sealed, withoutSealed } from "../../doctor/stack-file.ts";
import { formatProblem } from "../../components/model/problem.ts";
import { hostKey, parsed } from "../support/stack-configuration.ts";

const read = (text: string) => readStackFile("Pulumi.prod.yaml", text);
const lines = (text: string): string[] => read(text).problems.map(formatProblem);

test("values under the program's keys, as YAML or as the JSON that `config set` writes", () => {
  const text = `
encryptionsalt: v1:x
config:
  other:key: 1
  dockertls:hosts:
    b1: { address: 10.0.0.4 }
  dockertls:tls: '{"port": 2377}'
`;
  expect(read(text)).toEqual({
    values: { hosts: { b1: { address: "10.0.0.4" } }, tls: { port: 2377 } },
    problems: [],
  });
});

test.each(["", "config:\n", "encryptionsalt: v1:x\n"])("nothing is nothing: %j", (text) => {
  expect(read(text)).toEqual({ values: {}, problems: [] });
});

test("a file that is no YAML is told by its place; what stands there may be a secret", () => {
  const text = "config:\n  dockertls:hosts: {b1: {privateKey: geheim\n";
  const [line = ""] = lines(text);
  expect(line).toMatch(
    /^Pulumi\.prod\.yaml, line \d+, column \d+: is not YAML \(.+\); nothing in it can be read; correct the file$/,
  );
  expect(line).not.toContain("geheim");
});

test("a value that is not a map", () => {
  expect(lines("config:\n  dockertls:hosts: b1\n")).toEqual([
    "dockertls:hosts: is not a map; its settings can't be read; write it as a map in the stack's configuration file",
  ]);
});

describe("secrets of the stack", () => {
  const secret = { secure: "v1:abc" };
  const values = (config: Readonly<Record<string, unknown>>) =>
    read(JSON.stringify({ config })).values;

  test("keep only those hosts closed that can't be logged in to without them", () => {
    const hosts = {
      b1: { address: "10.0.0.4", ssh: { privateKey: secret } },
      b2: { address: "10.0.0.5", daemon: { proxies: secret, debug: true } },
    };
    expect(withoutSealed(values({ "dockertls:hosts": hosts }))).toEqual({
      values: { hosts: { b2: { address: "10.0.0.5", daemon: { debug: true } } } },
      sealedHosts: ["b1"],
      hostsAreSealed: false,
    });
  });

  describe("in the defaults close a host that takes them", () => {
    const sealedIn = (defaults: unknown, host: unknown): readonly string[] =>
      withoutSealed(values({ "dockertls:defaults": defaults, "dockertls:hosts": { b1: host } }))
        .sealedHosts;

    // What is merged is known of parseConfiguration itself.
    test.each<[string, Readonly<Record<string, unknown>>]>([
      ["nothing of its own", {}],
      ["another user", { user: "ops" }],
      ["a key file", { identityFile: "id" }],
      ["a key", { privateKey: "KEY" }],
    ])("as the configuration is merged: a host that says %s", (_case, own) => {
      for (const way of ["privateKey", "identityFile", "user"]) {
        const host = { address: "10.0.0.4", ssh: { hostKey, ...own } };
        const [merged] = parsed({
          defaults: { ssh: { [way]: "default's" } },
          hosts: { b1: host },
        }).hosts;
        const taken = Object.values(merged?.ssh ?? {}).includes("default's");
        expect(sealedIn({ ssh: { [way]: secret } }, host)).toEqual(taken ? ["b1"] : []);
      }
    });

    test.each<[string, unknown, Readonly<Record<string, unknown>>, boolean]>([
      ["a setting", { sudo: secret }, {}, true],
      ["a setting that the host has itself", { sudo: secret }, { sudo: true }, false],
      ["a part of a setting", { listen: ["10.0.0.4", secret] }, {}, true],
      ["a known_hosts file", { ssh: { knownHosts: secret } }, {}, true],
      [
        "a known_hosts file of a host with a host key",
        { ssh: { knownHosts: secret } },
        { ssh: { hostKey } },
        false,
      ],
      ["the whole login, whatever the host says", { ssh: secret }, { ssh: { hostKey } }, true],
      ["all of them, whatever the host says", secret, { ssh: { privateKey: "KEY" } }, true],
      ["none", { ssh: { user: "ops" } }, {}, false],
    ])("%s", (_case, defaults, own, isSealed) => {
      const host = { address: "10.0.0.4", ...own };
      expect(sealedIn(defaults, host)).toEqual(isSealed ? ["b1"] : []);
    });

    test("and are taken out for the others", () => {
      const hosts = { b1: {}, b2: { ssh: { identityFile: "id" } } };
      const defaults = { ssh: { privateKey: secret, user: "ops" } };
      expect(
        withoutSealed(values({ "dockertls:defaults": defaults, "dockertls:hosts": hosts })),
      ).toEqual({
        values: { defaults: { ssh: { user: "ops" } }, hosts: { b2: hosts.b2 } },
        sealedHosts: ["b1"],
        hostsAreSealed: false,
      });
    });
  });

  test("can be all hosts at once", () => {
    const read_ = values({ "dockertls:hosts": secret });
    expect(read_).toEqual({ hosts: sealed });
    expect(withoutSealed(read_)).toMatchObject({ sealedHosts: [], hostsAreSealed: true });
  });

  test("among the keys of all machines hide nothing", () => {
    const hosts = { b1: { address: "10.0.0.4" } };
    expect(withoutSealed(values({ "dockertls:daemon": secret, "dockertls:hosts": hosts }))).toEqual(
      {
        values: { daemon: undefined, hosts },
        sealedHosts: [],
        hostsAreSealed: false,
      },
    );
  });
});
