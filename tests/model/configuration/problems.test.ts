import fc from "fast-check";
import { hostKey, linesOf, machine } from "../../support/stack-configuration.ts";

const aPort = "a port is a whole number from 1 to 65535; write one, such as 2376";
const sshPort = "a port is a whole number from 1 to 65535; write one, such as 22";
const generation =
  "each generation is an authority of its own; write a whole number from 1, such as 2";
const hours = "lifetimes are whole hours; write a number, such as 8760 for a year";
const address = "it can't be dialled; write an IP address or a host name";
const directory =
  "it can't be used as it stands; write an absolute path of plain letters, digits, . _ -";
const noKey =
  "it is not an ed25519 or ECDSA key; write the line that `ssh-keyscan -t ed25519` prints, once you have verified it";

describe("a machine", () => {
  const host = (changes: object) => ({ hosts: { b1: machine({ ...changes }) } });
  test.each([
    [
      { hosts: "b1" },
      'dockertls:hosts: is "b1"; there is no machine to work on; write a map of machines, each with its `address`',
    ],
    [
      { hosts: [] },
      "dockertls:hosts: has the wrong form; there is no machine to work on; write a map of machines, each with its `address`",
    ],
    [
      { hosts: { b1: null } },
      "dockertls:hosts.b1: missing; it describes a machine; write a map with at least `address`",
    ],
    [
      { hosts: { b1: "10.0.0.4" } },
      'dockertls:hosts.b1: is "10.0.0.4"; it describes a machine; write a map with at least `address`',
    ],
    [
      { hosts: { b_1: machine() } },
      "dockertls:hosts.b_1: is not a name for a machine; it names resources; use letters, digits and dashes",
    ],
    [
      { hosts: { "-b": machine() } },
      "dockertls:hosts.-b: is not a name for a machine; it names resources; use letters, digits and dashes",
    ],
    [
      { hosts: { b1: { ssh: { hostKey } } } },
      "dockertls:hosts.b1.address: missing; nothing can be dialled; write the IP address or host name of the machine",
    ],
    [
      host({ address: 5 }),
      "dockertls:hosts.b1.address: is 5; nothing can be dialled; write the IP address or host name of the machine",
    ],
    [
      host({ address: "" }),
      'dockertls:hosts.b1.address: is ""; nothing can be dialled; write the IP address or host name of the machine',
    ],
    [
      host({ address: "tcp://10.0.0.4" }),
      `dockertls:hosts.b1.address: is "tcp://10.0.0.4"; ${address}`,
    ],
    [
      host({ address: "web.example.org." }),
      'dockertls:hosts.b1.address: is "web.example.org."; it ends in a dot, and no certificate names it so; leave the dot out',
    ],
    [
      host({ sudo: "yes" }),
      'dockertls:hosts.b1.sudo: is "yes"; it is a choice; write true or false',
    ],
    ...[
      [1, "is 1"],
      ["", 'is ""'],
      ["two\nlines", "has a value of the wrong form"],
    ].map(([maintenance, what]): [Record<string, unknown>, string] => [
      host({ maintenance }),
      `dockertls:hosts.b1.maintenance: ${String(what)}; it says whether the machine is in maintenance; write true, or why in one line`,
    ]),
    [
      host({ extraSans: "web" }),
      'dockertls:hosts.b1.extraSans: is "web"; it holds further names; write a list of IP addresses and host names',
    ],
    [
      host({ extraSans: ["web", "a b"] }),
      'dockertls:hosts.b1.extraSans.1: is "a b"; a certificate can\'t name it; write an IP address, a host name or *. before one, such as *.example.com',
    ],
    [
      host({ extraSans: [""] }),
      'dockertls:hosts.b1.extraSans.0: is ""; it names nothing; write an IP address or a host name',
    ],
    [
      host({ allowUnknownKeys: "yes" }),
      'dockertls:hosts.b1.allowUnknownKeys: is "yes"; it says whether keys may pass that this program does not know; write true or false',
    ],
    [
      host({ adress: "10.0.0.4" }),
      'dockertls:hosts.b1.adress: is not a setting; it would have no effect; did you mean "address"?',
    ],
    [
      host({ zone: "eu-central-1" }),
      "dockertls:hosts.b1.zone: is not a setting; it would have no effect; use one of address, ssh, sudo, sudoPassword, extraSans, allowUnknownKeys, daemon, api, iUnderstandThatThisGivesRootToTheNetwork, allowContainerRestart, takeOver, waitFor, healthCheck, maintenance, port, listen, listenBy, socket, alsoTrust, unmanaged",
    ],
  ])("%j", (raw, line) => {
    expect(linesOf(raw)).toEqual([line]);
  });
});

describe("a login", () => {
  test.each([
    [{ user: "" }, 'user: is ""; no user can log in by it; write the name of a user'],
    [{ port: "22" }, `port: is "22"; ${sshPort}`],
    [{ port: 0 }, `port: is 0; ${sshPort}`],
    [{ port: 1.5 }, `port: is 1.5; ${sshPort}`],
    [{ port: 65536 }, `port: is 65536; ${sshPort}`],
    [{ hostKey: "any" }, `hostKey: is "any"; ${noKey}`],
    [
      { hostKey: `@revoked * ${hostKey}` },
      "hostKey: has a value of the wrong form; its line marks the key as revoked, so the server must not be trusted; write its new key, once you have verified it",
    ],
    [
      { hostKey: `@cert-authority * ${hostKey}` },
      "hostKey: has a value of the wrong form; it is the key of a certificate authority, and servers' certificates are not checked; write the server's own key as `ssh-keyscan -t ed25519` prints it",
    ],
    [
      { knownHosts: "" },
      'knownHosts: is ""; it names no file; write the path of a known_hosts file',
    ],
    [{ identityFile: 1 }, "identityFile: is 1; it names no file; write the path of a private key"],
    [
      { privateKey: 123456 },
      "privateKey: has a value of the wrong form; it is not a key; set it with `pulumi config set --secret --path`",
    ],
    [{ userr: "root" }, 'userr: is not a setting; it would have no effect; did you mean "user"?'],
    [
      { password: "x" },
      "password: is not a setting; it would have no effect; use one of alias, user, port, hostKey, knownHosts, identityFile, privateKey, passphrase, bastion",
    ],
  ])("%j", (changes, line) => {
    const raw = { hosts: { b1: machine({ ssh: { hostKey, ...changes } }) } };
    expect(linesOf(raw)).toEqual([`dockertls:hosts.b1.ssh.${line}`]);
  });

  test("that is not a map", () => {
    expect(linesOf({ hosts: { b1: machine({ ssh: "root" }) } })).toEqual([
      "dockertls:hosts.b1.ssh: has a value of the wrong form; it holds how to log in; write a map",
    ]);
  });
});

describe("tls", () => {
  test.each([
    ["x", ': is "x"; it holds how the API is protected; write a map'],
    [{ port: 70000 }, `.port: is 70000; ${aPort}`],
    [{ serverHours: 0.5 }, `.serverHours: is 0.5; ${hours}`],
    [{ caHours: 0 }, `.caHours: is 0; ${hours}`],
    [{ renewBeforeHours: "720" }, `.renewBeforeHours: is "720"; ${hours}`],
    [{ generation: 0 }, `.generation: is 0; ${generation}`],
    [{ generation: -1 }, `.generation: is -1; ${generation}`],
    [{ generation: 1.5 }, `.generation: is 1.5; ${generation}`],
    [{ generation: "2" }, `.generation: is "2"; ${generation}`],
    [{ generation: null }, `.generation: missing; ${generation}`],
    [{ directory: "opt" }, `.directory: is "opt"; ${directory}`],
    [{ directory: "/" }, `.directory: is "/"; ${directory}`],
    [{ directory: "/opt/" }, `.directory: is "/opt/"; ${directory}`],
    [{ directory: "/opt/a b" }, `.directory: is "/opt/a b"; ${directory}`],
    [{ directory: "/opt/$(id)" }, `.directory: is "/opt/$(id)"; ${directory}`],
    [{ directory: "/opt/../etc" }, `.directory: is "/opt/../etc"; ${directory}`],
    [{ directory: "/opt/." }, `.directory: is "/opt/."; ${directory}`],
    [
      { directori: "/opt" },
      '.directori: is not a setting; it would have no effect; did you mean "directory"?',
    ],
  ])("%j", (tls, line) => {
    expect(linesOf({ hosts: { b1: machine() }, tls })).toEqual([`dockertls:tls${line}`]);
  });
});

describe("what all machines have in common is refused where one, or some, are described", () => {
  const why =
    "is not a setting here; all machines of a stack have one certificate authority and its settings in common; write it as dockertls:tls";
  test.each<[Parameters<typeof linesOf>[0], string]>([
    [{ hosts: { b1: machine({ generation: 2 }) } }, `hosts.b1.generation: ${why}.generation`],
    [{ hosts: { b1: machine({ tls: { generation: 2 } }) } }, `hosts.b1.tls: ${why}`],
    [{ hosts: { b1: machine({ caHours: 1 }) } }, `hosts.b1.caHours: ${why}.caHours`],
    [
      { defaults: { generation: 2 }, hosts: { b1: machine() } },
      `defaults.generation: ${why}.generation`,
    ],
    [{ defaults: { tls: {} }, hosts: { b1: machine() } }, `defaults.tls: ${why}`],
  ])("%j", (raw, line) => {
    expect(linesOf(raw)).toEqual([`dockertls:${line}`]);
  });
});

describe("no message holds a secret", () => {
  const secret = fc
    .oneof(
      fc.base64String({ minLength: 64 }),
      fc
        .base64String({ minLength: 64 })
        .map(
          (body) =>
            `-----BEGIN OPENSSH PRIVATE KEY-----\n${body}\n-----END OPENSSH PRIVATE KEY-----\n`,
        ),
    )
    .filter((text) => text.length > 10);
  // Where a key belongs, and where haste puts it.
  const place = fc.constantFrom(
    (key: string) => ({ ssh: { hostKey, privateKey: { content: key } } }),
    (key: string) => ({ ssh: { hostKey, privateKey: [key] } }),
    (key: string) => ({ ssh: { hostKey, privateKey: key, port: "22" } }),
    (key: string) => ({ ssh: { hostKey, privateKey: key, identityFile: "id" } }),
    (key: string) => ({ ssh: { hostKey, privateKey: key, user: 1 } }),
    (key: string) => ({ ssh: { privateKey: key } }),
    (key: string) => ({ ssh: { hostKey, privatekey: key } }),
    (key: string) => ({ ssh: { hostKey: key } }),
    (key: string) => ({ ssh: key }),
    (key: string) => ({ ssh: { hostKey }, extraSans: key }),
    (key: string) => ({ ssh: { hostKey }, daemon: key }),
    (key: string) => ({ ssh: { hostKey }, daemon: { "log-opts": key } }),
    (key: string) => ({ ssh: { hostKey }, daemon: { "registry-mirrors": { [key]: 1 } } }),
  );

  test("wherever a private key was put, no ten characters of it appear", () => {
    fc.assert(
      fc.property(secret, place, (key, at) => {
        const lines = linesOf({ hosts: { b1: machine(at(key)) }, tls: { port: 0 } }).join("\n");
        expect(lines).toContain("dockertls:tls.port: is 0");
        const body = key.replace(/-----[^\n]*/g, "").trim();
        for (let at = 0; at + 10 <= body.length; at += 1) {
          expect(lines).not.toContain(body.slice(at, at + 10));
        }
      }),
    );
  });
});

test("a message is one line, whatever was written", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      const lines = linesOf({
        hosts: { b1: machine({ address: text, [text]: 1 }), [text]: {} },
        tls: { directory: text },
        daemon: { [text]: 1 },
      });
      expect(lines.length).toBeGreaterThan(0);
      for (const line of lines) expect(line).not.toMatch(/[\u0000-\u001f\u007f]/);
    }),
  );
});
