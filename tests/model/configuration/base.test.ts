// What the stacks of a project share, under what each says itself.
import { linesOf, machine, parsed } from "../../support/stack-configuration.ts";

const hosts = { b1: machine() };
const base = {
  daemon: { debug: true, "log-opts": { "max-size": "10m", "max-file": "3" } },
  defaults: { sudo: true, ssh: { user: "deploy", port: 2222, knownHosts: "known" } },
  tls: { port: 2377, files: { ca: "authority.pem" } },
  rollout: { soak: "1m" },
  verification: "canaries",
};
const { hostKey } = (machine() as { ssh: { hostKey: string } }).ssh;

// proves: configuration.base
test("holds where a stack says nothing", () => {
  const {
    hosts: [b1],
    ...stack
  } = parsed({ base, hosts: { b1: { address: "10.0.0.4" } } });
  expect(b1).toMatchObject({
    sudo: true,
    daemon: base.daemon,
    ssh: { user: "deploy", port: 2222, knownHosts: "known" },
    listener: { port: 2377, files: { ca: "/opt/docker-ssl/authority.pem" } },
  });
  expect(stack).toMatchObject({ rollout: { soak: 60 }, verification: "canaries" });
});

test("gives way to what a stack says, in maps member by member", () => {
  const own = {
    daemon: { debug: false, "log-opts": { "max-size": null } },
    defaults: { ssh: { user: "root" } },
    tls: { files: { cert: "server.pem" } },
    rollout: { canaries: ["b1"] },
    verification: "auto",
  };
  const {
    hosts: [b1],
    ...stack
  } = parsed({ base, hosts, ...own });
  expect(b1).toMatchObject({
    daemon: { debug: false, "log-opts": { "max-size": null, "max-file": "3" } },
    ssh: { user: "root", port: 2222, hostKey },
    listener: {
      port: 2377,
      files: { ca: "/opt/docker-ssl/authority.pem", cert: "/opt/docker-ssl/server.pem" },
    },
  });
  // A host's own key of the server takes the place of the base's known_hosts.
  expect(b1?.ssh.knownHosts).toBeUndefined();
  expect(stack).toMatchObject({ rollout: { soak: 60, canaries: ["b1"] }, verification: "auto" });
});

test("one way of naming a key in a stack's defaults takes the place of the base's other one", () => {
  const shared = { defaults: { ssh: { privateKey: "KEY" } } };
  const defaults = { ssh: { identityFile: "key" } };
  const {
    hosts: [b1],
  } = parsed({ base: shared, hosts, defaults });
  expect(b1?.ssh).toMatchObject({ identityFile: "key" });
  expect(b1?.ssh.privateKey).toBeUndefined();
});

test.each<[string, unknown, Readonly<Record<string, unknown>>, string]>([
  ["no map", "x", {}, "dockertls:base: is not a map; "],
  ["machines", { hosts }, {}, "dockertls:base.hosts: is not a setting here; two stacks would "],
  [
    "an order of stacks",
    { rollout: { after: "dev" } },
    {},
    "dockertls:base.rollout.after: is not a setting here; every stack would ",
  ],
  ["an unknown setting", { daemn: {} }, {}, "dockertls:base.daemn: is not a setting; "],
  ["a wrong value", { tls: { port: 0 } }, {}, "dockertls:base.tls.port: "],
  [
    "a wrong one of the stack",
    { tls: { port: 2377 } },
    { tls: { port: 0 } },
    "dockertls:tls.port: ",
  ],
  ["a key of daemon.json", { daemon: { debgu: true } }, {}, "dockertls:base.daemon.debgu: "],
])("%s is one line that says where it stands", (_what, wrong, own, line) => {
  const lines = linesOf({ base: wrong, hosts, ...own });
  expect(lines).toHaveLength(1);
  expect(lines[0]).toContain(line);
});
