import "../../support/errors-of-node.ts";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readSshTarget } from "../../../components/stack/ssh-target.ts";
import { parseWithAliases } from "../../../components/stack/ssh-alias.ts";
import type { Raw } from "../../../components/model/configuration/parse.ts";
import { formatProblem } from "../../../components/model/problem.ts";
import { ed25519Keys } from "../../support/ssh-keys.ts";
import { lockedKey } from "../../support/ssh-machine.ts";
import { hostKey } from "../../support/stack-configuration.ts";

const gateKey = ed25519Keys().public;
const loginKey = ed25519Keys();

let folder: string;
const agent = process.env["SSH_AUTH_SOCK"];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "dockertls-alias-"));
  delete process.env["SSH_AUTH_SOCK"];
});
afterEach(() => {
  rmSync(folder, { recursive: true });
  if (agent !== undefined) process.env["SSH_AUTH_SOCK"] = agent;
});

function file(name: string, content: string): string {
  const path = join(folder, name);
  writeFileSync(path, content, { mode: 0o600 });
  return path;
}

const knownHosts = (): string =>
  file("known_hosts", `[192.0.2.10]:2222 ${hostKey}\nmy-gate ${gateKey}\n`);

/** What `ssh -G` prints for each alias, as far as it counts. */
function parse(said: Readonly<Record<string, string>>, hosts: unknown, others: object = {}) {
  return parseWithAliases({ ...others, hosts } as Raw, (alias) => {
    const text = said[alias];
    return text === undefined ? { failed: `no answer for ${alias}` } : { text };
  });
}

function only(parsed: ReturnType<typeof parse>) {
  if ("problems" in parsed) throw new Error(parsed.problems.map(formatProblem).join("\n"));
  const [host] = parsed.configuration.hosts;
  if (host === undefined) throw new Error("no host");
  return host;
}

const linesOf = (parsed: ReturnType<typeof parse>): string[] =>
  "problems" in parsed ? parsed.problems.map(formatProblem) : [];

const machine = (more = ""): string =>
  `host web-1\nuser ops\nhostname 192.0.2.10\nport 2222\nuserknownhostsfile ${knownHosts()}\n${more}`;

const gate = (): string =>
  `user jump\nhostname gate.example.com\nport 22\nhostkeyalias my-gate\nuserknownhostsfile /nowhere ${knownHosts()}\n`;

test("an alias is an address, a user, a port, a key and the server's key", () => {
  const identity = file("id", loginKey.private);
  const said = { "web-1": machine(`identityfile ~/.ssh/id_rsa\nidentityfile ${identity}\n`) };
  const host = only(parse(said, { b1: { ssh: { alias: "web-1" } } }));
  expect(readSshTarget(host)).toEqual({
    ...{ host: "192.0.2.10", port: 2222, user: "ops", hostKey },
    privateKey: loginKey.private,
  });
});

test("what the host says itself comes first, what all hosts have comes last", () => {
  const said = { "web-1": machine(`identityfile ${file("id", loginKey.private)}\n`) };
  const own = { alias: "web-1", user: "root", hostKey: gateKey, privateKey: loginKey.private };
  const host = only(
    parse(
      said,
      { b1: { address: "10.0.0.4", ssh: own } },
      { defaults: { ssh: { user: "deploy", port: 2200 } } },
    ),
  );
  expect(readSshTarget(host)).toMatchObject({
    ...{ host: "10.0.0.4", port: 2222, user: "root", hostKey: gateKey },
    privateKey: loginKey.private,
  });
});

test("what ssh does not know, all hosts' settings say", () => {
  const said = { "web-1": "user ops\nhostname 192.0.2.10\nport 2222\n" };
  const identityFile = file("id", loginKey.private);
  const ssh = { knownHosts: knownHosts(), identityFile };
  const host = only(parse(said, { b1: { ssh: { alias: "web-1" } } }, { defaults: { ssh } }));
  expect(readSshTarget(host)).toMatchObject({ hostKey, privateKey: loginKey.private });
});

test("a key that a passphrase protects is asked of the agent by its public half", () => {
  process.env["SSH_AUTH_SOCK"] = "/run/agent";
  const locked = file("id", lockedKey());
  file("id.pub", loginKey.public);
  const host = only(
    parse({ "web-1": machine(`identityfile ${locked}\n`) }, { b1: { ssh: { alias: "web-1" } } }),
  );
  expect(host.ssh.identityFile).toBe(`${locked}.pub`);
});

describe("ProxyJump", () => {
  test("one machine is the bastion, with its own user, port and keys", () => {
    const said = { "web-1": machine("proxyjump admin@gate:2022\n"), gate: gate() };
    const host = only(parse(said, { b1: { ssh: { alias: "web-1" } } }));
    expect(readSshTarget(host)).toMatchObject({
      host: "192.0.2.10",
      bastion: { host: "gate.example.com", port: 2022, user: "admin", hostKey: gateKey },
    });
  });

  test.each([
    [
      "proxyjump one,two\n",
      "is reached through 2 machines (ProxyJump one,two); @pulumi/command goes through one at most",
    ],
    ["proxyjump far\n", "is reached through far, and that through another machine"],
    ["proxycommand nc %h %p\n", "is reached by a command (ProxyCommand)"],
    ["proxyjump none-such\n", '"none-such" is not known: ssh -G says no answer for none-such'],
  ])("%j is refused in a line, and nothing else is called missing", (more, line) => {
    const said = { "web-1": machine(more), far: `${gate()}proxyjump other\n`, gate: gate() };
    const [told, ...others] = linesOf(parse(said, { b1: { ssh: { alias: "web-1" } } }));
    expect(told).toMatch(/^dockertls:hosts\.b1\.ssh\.alias: /);
    expect(told).toContain(line);
    expect(others).toEqual([]);
  });
});

test.each(["-oProxyCommand=id", "a b", "$(id)", ""])("%j is never asked for", (alias) => {
  const asked: string[] = [];
  const parsed = parseWithAliases(
    { hosts: { b1: { address: "10.0.0.4", ssh: { alias, hostKey } } } } as unknown as Raw,
    (name) => {
      asked.push(name);
      return { text: "" };
    },
  );
  expect(asked).toEqual([]);
  expect(linesOf(parsed)).toEqual([expect.stringMatching(/^dockertls:hosts\.b1\.ssh\.alias: /)]);
});
