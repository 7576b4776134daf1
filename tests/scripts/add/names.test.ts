// Machines as a person names them, and the names that they get.
import { parsed } from "../../support/stack-configuration.ts";
import { formatProblem } from "../../../components/model/problem.ts";
import { requestIn } from "../../../scripts/add/arguments.ts";
import { destinationIn } from "../../../scripts/add/destination.ts";
import { entryOf } from "../../../scripts/add/entry.ts";
import { freeName } from "../../../scripts/add/host-name.ts";
import { pathInStack } from "../../../scripts/add/logins.ts";
import { fromSshConfig } from "../../../scripts/add/ssh-config.ts";

test.each([
  ["root@192.0.2.10", { user: "root", address: "192.0.2.10" }],
  ["deploy@web-1.example.com:2222", { user: "deploy", address: "web-1.example.com", port: 2222 }],
  ["192.0.2.10", { address: "192.0.2.10" }],
  ["root@2001:db8::7", { user: "root", address: "2001:db8::7" }],
  ["root@[2001:db8::7]:2222", { user: "root", address: "2001:db8::7", port: 2222 }],
])("%s", (text, machine) => {
  expect(destinationIn(text)).toEqual({ called: text, ...machine });
});

test.each([
  "root@",
  "@x",
  "root@a b",
  "root@x:0",
  "root@x:99999",
  "-oProxyCommand=x",
  "a@b@c",
  "x/y",
])("%j is no machine", (text) => {
  expect(destinationIn(text)).toHaveProperty("problem");
});

test.each([
  [["web-1.example.com"], [], "web-1"],
  [["", "db_3"], [], "db-3"],
  [["localhost", "192.0.2.10"], [], "host-192-0-2-10"],
  [["web"], ["web", "web-2"], "web-3"],
  [["\u001b[31m--evil;rm"], [], "31m-evil-rm"],
  [["a".repeat(80)], ["a".repeat(63)], `${"a".repeat(61)}-2`],
  [["…"], [], "host"],
])("%j beside %j is called %s", (candidates, taken, name) => {
  expect(freeName(candidates, taken)).toBe(name);
});

test("a name is one that the configuration takes", () => {
  const name = freeName(["_x_.lan"], []);
  const hosts = { [name]: { address: "192.0.2.10", ssh: { hostKey: "ssh-ed25519 AAAA" } } };
  expect(parsed({ hosts }).hosts[0]?.name).toBe("x");
});

test("an entry says what the stack's defaults do not say already", () => {
  const way = { address: "a", port: 22, user: "root", hostKey: "k" };
  const usual = { sudo: false, ssh: { user: "root", port: 22 } };
  expect(entryOf(way, usual)).toEqual({ address: "a", ssh: { hostKey: "k" } });
  expect(entryOf({ ...way, user: "ops", port: 2222, identityFile: "~/.ssh/k" }, usual)).toEqual({
    address: "a",
    ssh: { user: "ops", port: 2222, hostKey: "k", identityFile: "~/.ssh/k" },
    sudo: true,
  });
  const ops = { sudo: true, ssh: { user: "ops", port: 2222 } };
  expect(entryOf({ ...way, user: "ops", port: 2222 }, ops)).toEqual({
    address: "a",
    ssh: { hostKey: "k" },
  });
  expect(entryOf(way, ops)).toEqual({
    address: "a",
    ssh: { user: "root", port: 22, hostKey: "k" },
    sudo: false,
  });
});

test.each([
  ["k", "/p/project/sub", "sub/k"],
  ["../keys/k", "/p/project", "../keys/k"],
  ["/srv/keys/k", "/p/project", "/srv/keys/k"],
  ["~/.ssh/k", "/p/project", "~/.ssh/k"],
])("a key %s, named in %s, is %s in the stack's file", (path, from, inFile) => {
  expect(pathInStack(path, from, "/p/project")).toBe(inFile);
});

const fingerprint = `SHA256:${"A".repeat(43)}`;
const request = (...args: string[]) => requestIn(args, "/p", "/p");

test("what stands on the command line", () => {
  const args = [
    "root@192.0.2.10",
    "--fingerprint",
    `${fingerprint}=`,
    "--identity",
    "k",
    "--name",
    "x",
  ];
  expect(request(...args, "--stack", "prod").machines).toEqual([
    {
      ...{ called: "root@192.0.2.10", user: "root", address: "192.0.2.10", name: "x", fingerprint },
      ...{ identityFiles: ["k"], identitiesOnly: true },
    },
  ]);
});

test.each([
  [[], /no machine is named/],
  [["a", "b", "--name", "x"], /--name: is for one machine/],
  [["a", "b", "--fingerprint", fingerprint], /1 times for 2 machines/],
  [["a", "--fingerprint", "MD5:00:11"], /is not of the form SHA256/],
])("called wrongly: %j", (args, message) => {
  expect(() => request(...args)).toThrow(message);
});

describe("ssh's own configuration", () => {
  const answer = (lines: string) => fromSshConfig("web-1", () => ({ text: lines }));

  test("what an alias stands for", () => {
    const lines =
      "host web-1\nuser ops\nhostname 192.0.2.10\nport 2222\nidentitiesonly yes\nidentityfile /dev/null\nidentityfile ~/.ssh/none-such\n";
    expect(answer(lines)).toEqual({
      ...{ called: "web-1", alias: "web-1", address: "192.0.2.10", port: 2222, user: "ops" },
      ...{ identityFiles: ["/dev/null"], identitiesOnly: true },
    });
  });

  test.each([
    ["proxyjump bastion\n", /reached through another machine \(ProxyJump bastion\)/],
    ["proxycommand nc %h %p\n", /\(ProxyCommand nc %h %p\)/],
  ])("%j is told", (lines, line) => {
    const result = answer(`hostname 192.0.2.10\n${lines}`);
    expect("problem" in result && formatProblem(result.problem)).toMatch(line);
  });

  test("proxycommand none is no detour", () => {
    expect(answer("hostname 192.0.2.10\nproxycommand none\n")).not.toHaveProperty("problem");
  });
});
