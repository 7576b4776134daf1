import "../../support/errors-of-node.ts";
import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { readConfiguration } from "../../../components/stack/configuration.ts";
import { expanded } from "../../../components/stack/files.ts";
import { endedTrust } from "../../../components/stack/trust.ts";
import { makeAuthority } from "../../support/authority.ts";
import { ed25519Keys } from "../../support/ssh-keys.ts";
import { lockedKey } from "../../support/ssh-machine.ts";
import { hostKey, machine } from "../../support/stack-configuration.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "dockertls-config-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

function file(name: string, content: string): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

function configure(
  raw: Readonly<Record<string, unknown>>,
  secretKeys: readonly string[] = [],
): void {
  pulumi.runtime.setAllConfig(
    Object.fromEntries(
      Object.entries(raw).map(([key, value]) => [
        `dockertls:${key}`,
        typeof value === "string" ? value : JSON.stringify(value),
      ]),
    ),
    secretKeys.map((key) => `dockertls:${key}`),
  );
}

function linesOf(
  raw: Readonly<Record<string, unknown>>,
  secretKeys: readonly string[] = [],
): string[] {
  configure(raw, secretKeys);
  try {
    readConfiguration();
    return [];
  } catch (error) {
    // Anything else than a RunError reaches the person with a stack trace.
    expect(pulumi.RunError.isInstance(error)).toBe(true);
    return (error as Error).message.split("\n");
  }
}

describe("alsoTrust", () => {
  const subjects = (): string[][] =>
    readConfiguration().hosts.map(({ authorities }) => authorities.map(({ subject }) => subject));

  test("names files or holds PEM, of one host or of all", async () => {
    const [old, older] = [await makeAuthority("Old"), await makeAuthority("Older")];
    configure({
      defaults: { alsoTrust: file("old.pem", old.certificate) },
      hosts: {
        b1: machine(),
        b2: machine({
          address: "10.0.0.5",
          alsoTrust: [older.certificate, file("x", old.certificate)],
        }),
        b3: machine({ address: "10.0.0.6", alsoTrust: [] }),
      },
    });
    expect(subjects()).toEqual([["CN=Old"], ["CN=Older", "CN=Old"], []]);
  });

  test("what can't be trusted is told in a line, without what it holds", async () => {
    const { privateKey } = await makeAuthority("Old");
    const missing = join(folder, "missing.pem");
    const lines = linesOf({ hosts: { b1: machine({ alsoTrust: [missing, privateKey] }) } });
    expect(lines).toEqual([
      "2 problems:",
      `dockertls:hosts.b1.alsoTrust.0: "${missing}" can't be read (ENOENT); whom it names would be shut out; correct the path, which is relative to the project, or write the PEM text itself`,
      "dockertls:hosts.b1.alsoTrust.1: holds a private key; it would be copied to the machines, where nobody needs it; name a file of certificates alone, and consider who has seen the key",
    ]);
  });

  test("an authority that has ended is worth a warning", async () => {
    const { certificate } = await makeAuthority("Old");
    configure({ hosts: { b1: machine({ alsoTrust: certificate }) } });
    const [host] = readConfiguration().hosts;
    expect(endedTrust("b1", host?.authorities ?? [], Date.now())).toEqual([]);
    const [ended] = endedTrust("b1", host?.authorities ?? [], Date.now() + 2 * 86_400_000);
    expect(ended?.what).toMatch(/^CN=Old ended on \d{4}-\d\d-\d\d$/);
  });
});

describe("logins", () => {
  test("files are read, and what they hold is what the machine is dialled with", async () => {
    const knownHosts = file("known_hosts", `10.0.0.4 ${hostKey}\n`);
    const identityFile = file("id", ed25519Keys().private);
    configure({ hosts: { b1: machine({ ssh: { knownHosts, identityFile, user: "ops" } }) } });
    const [login] = readConfiguration().hosts.map((host) => host.ssh);
    expect(readConfiguration().hosts[0]?.hasInlineHostKey).toBe(false);
    expect(login).toMatchObject({ host: "10.0.0.4", port: 22, user: "ops", hostKey });
    expect(await pulumi.isSecret(login?.privateKey ?? pulumi.output(""))).toBe(true);
  });

  test("a hostKey in the configuration is enough, and then no file counts", () => {
    configure({ hosts: { b1: machine({ ssh: { hostKey, knownHosts: "/nowhere" } }) } });
    const [target] = readConfiguration().hosts.map((host) => host.ssh);
    expect(target).toMatchObject({ hostKey });
    expect(target).not.toHaveProperty("privateKey");
    expect(readConfiguration().hosts[0]?.hasInlineHostKey).toBe(true);
  });

  test("a public key is the one of the agent's that logs in, at a socket that stays the same", () => {
    const identityFile = file("id.pub", `${ed25519Keys().public.trim()} ops@a\n`);
    const targets = [1, 2].map(() => {
      configure({ hosts: { b1: machine({ ssh: { hostKey, identityFile } }) } });
      return readConfiguration().hosts[0]?.ssh;
    });
    expect(targets[0]).toMatchObject({
      publicKey: expect.stringMatching(/^ssh-ed25519 AAAA\S+$/) as string,
      agentSocketPath: expect.stringMatching(/\/dockertls\/agent\/[0-9a-f]{16}$/) as string,
    });
    expect(targets[0]).not.toHaveProperty("privateKey");
    expect(targets[1]).toEqual(targets[0]);
  });

  test("~ is the home of whoever runs it, as the shell has it", () => {
    const lines = linesOf({
      hosts: { b1: machine({ ssh: { hostKey, identityFile: "~/no/such" } }) },
    });
    expect(lines).toEqual([expect.stringContaining(`"~/no/such" does not exist (ENOENT)`)]);
    expect(expanded("~/.ssh/id")).toBe(join(homedir(), ".ssh", "id"));
    expect(expanded("keys/~/id")).toBe("keys/~/id");
  });

  test.each([
    [
      "a passphrase",
      lockedKey(),
      (path: string) =>
        `"${path}" is protected by a passphrase; nobody is there to type it; set \`passphrase\` beside it, as a secret; or load it into your agent with \`ssh-add ${path}\`, and write \`identityFile: ${path}.pub\`, which \`ssh-keygen -y -f ${path} >${path}.pub\` makes`,
    ],
    [
      "PuTTY's format",
      "PuTTY-User-Key-File-3: ssh-ed25519\n",
      (path: string) =>
        `"${path}" is in PuTTY's own format; @pulumi/command can't read it; convert it with \`puttygen ${path} -O private-openssh -o ${path}.openssh\`, and name that file`,
    ],
  ])("a key with %s is refused with the command that helps", (_case, text, line) => {
    const identityFile = file("locked", text);
    expect(linesOf({ hosts: { b1: machine({ ssh: { hostKey, identityFile } }) } })).toEqual([
      `dockertls:hosts.b1.ssh.identityFile: ${line(identityFile)}`,
    ]);
  });
});

test("a whole line of ssh-keyscan is a host key, of which the machine's name is no part", () => {
  configure({ hosts: { b1: machine({ ssh: { hostKey: `b1.example ${hostKey} root@b1\n` } }) } });
  expect(readConfiguration().hosts.map(({ ssh }) => ssh.hostKey)).toEqual([hostKey]);
});

describe("problems come as one error, a line each", () => {
  // proves: errors.one-line
  test("one problem is one line, with nothing around it", () => {
    expect(linesOf({ hosts: { b1: machine({ sudo: "yes" }) } })).toEqual([
      'dockertls:hosts.b1.sudo: is "yes"; it is a choice; write true or false',
    ]);
  });

  test("several are counted", () => {
    expect(linesOf({ hosts: { b1: machine({ sudo: "yes", adress: "x" }) } })).toEqual([
      "2 problems:",
      'dockertls:hosts.b1.sudo: is "yes"; it is a choice; write true or false',
      'dockertls:hosts.b1.adress: is not a setting; it would have no effect; did you mean "address"?',
    ]);
  });

  test("files that are not there, of every machine at once", () => {
    const knownHosts = file("known_hosts", `10.0.0.9 ${hostKey}\n`);
    const identityFile = join(folder, "none");
    expect(
      linesOf({
        hosts: {
          b1: machine({ ssh: { knownHosts: join(folder, "no"), identityFile } }),
          b2: machine({ address: "10.0.0.5", ssh: { knownHosts, port: 2222 } }),
        },
      }),
    ).toEqual([
      "3 problems:",
      `dockertls:hosts.b1.ssh.identityFile: "${identityFile}" does not exist (ENOENT); nobody can log in without it; correct the path, which is relative to the project`,
      `dockertls:hosts.b1.ssh.knownHosts: "${join(folder, "no")}" does not exist (ENOENT); any server would be trusted; correct the path, which is relative to the project`,
      `dockertls:hosts.b2.ssh.knownHosts: "${knownHosts}" has no key for [10.0.0.5]:2222; any server would be trusted; correct the address, or add the line that \`ssh-keyscan -t ed25519 -p 2222 10.0.0.5\` prints, once you have verified it`,
    ]);
  });

  test("a known_hosts file that revokes the key", () => {
    const knownHosts = file("known_hosts", `10.0.0.4 ${hostKey}\n@revoked * ${hostKey}\n`);
    expect(linesOf({ hosts: { b1: machine({ ssh: { knownHosts } }) } })).toEqual([
      expect.stringContaining(`ssh.knownHosts: "${knownHosts}" revokes the key of 10.0.0.4; `),
    ]);
  });

  test("a value that is not a map at all", () => {
    expect(linesOf({ hosts: "{b1" })).toEqual([
      "dockertls:hosts: is not a map; its settings can't be read; write it as a map in the stack's configuration file",
    ]);
  });

  test("a key of the stack that is not a setting", () => {
    expect(linesOf({ hosts: { b1: machine() }, daemn: { debug: true }, zone: "eu" })).toEqual([
      "2 problems:",
      'dockertls:daemn: is not a setting; it would have no effect; did you mean "daemon"?',
      "dockertls:zone: is not a setting; it would have no effect; use one of defaults, daemon, hosts, tls, clients, groups, rollout, allowUnknownKeys, verification",
    ]);
  });

  test("a setting of the authority that stands beside its map", () => {
    expect(linesOf({ hosts: { b1: machine() }, generation: 2 })).toEqual([
      "dockertls:generation: is not a setting here; all machines of a stack have one certificate authority and its settings in common; write it as dockertls:tls.generation",
    ]);
  });

  test("a word that is no choice, and one that is", () => {
    expect(linesOf({ hosts: { b1: machine() }, verification: "some" })).toEqual([
      'dockertls:verification: is "some"; there is no such choice; write one of every-host, canaries, auto',
    ]);
    configure({ hosts: { b1: machine() }, verification: "canaries" });
    expect(readConfiguration().verification).toBe("canaries");
  });

  test("what a newer dockerd knows passes when it is allowed", () => {
    configure({ hosts: { b1: machine() }, daemon: { "brand-new": 1 }, allowUnknownKeys: true });
    expect(readConfiguration().hosts[0]?.daemon).toEqual({ "brand-new": 1 });
  });

  test("a key that can't be read hides nothing of the others", () => {
    expect(linesOf({ daemon: "{x", hosts: { b1: machine({ sudo: "yes" }) } })).toEqual([
      "2 problems:",
      "dockertls:daemon: is not a map; its settings can't be read; write it as a map in the stack's configuration file",
      'dockertls:hosts.b1.sudo: is "yes"; it is a choice; write true or false',
    ]);
  });

  test("a private key that was pasted where its file belongs is not repeated", () => {
    const identityFile = "-----BEGIN OPENSSH PRIVATE KEY-----\nZ2VoZWlt\n";
    const lines = linesOf({ hosts: { b1: machine({ ssh: { hostKey, identityFile } }) } });
    expect(lines.join("\n")).toMatch(/^dockertls:hosts\.b1\.ssh\.identityFile: /);
    expect(lines.join("\n")).not.toContain("Z2VoZWlt");
  });

  test("a variable that would lead the docker provider to another daemon", () => {
    process.env["DOCKER_HOST"] = "tcp://elsewhere:2375";
    try {
      expect(linesOf({ hosts: { b1: machine() } })).toEqual([
        "environment: DOCKER_HOST: is set; the docker provider would talk to that daemon instead of the machine's; leave it out for this run: `env -u DOCKER_HOST pulumi …`",
      ]);
    } finally {
      delete process.env["DOCKER_HOST"];
    }
  });
});

describe("a bastion", () => {
  const gateKey = ed25519Keys().public;
  const address = "192.0.2.1";

  test("needs a host key of its own, and one key at most", () => {
    const identityFile = file("id", "");
    const bastion = { address, port: 2022, identityFile, privateKey: "x" };
    const ssh = { hostKey, bastion };
    expect(linesOf({ hosts: { b1: machine({ ssh }) } })).toEqual([
      "3 problems:",
      expect.stringMatching(
        /^dockertls:hosts\.b1\.ssh\.bastion\.hostKey: missing; .*ssh-keyscan -t ed25519 -p 2022 192\.0\.2\.1/,
      ),
      expect.stringMatching(/^dockertls:hosts\.b1\.ssh\.bastion\.identityFile: is set beside/),
      expect.stringMatching(
        /^dockertls:hosts\.b1\.ssh\.bastion\.privateKey: is in clear, not a secret of the stack; /,
      ),
    ]);
  });

  test("is shown what the machine is shown, unless it has a key or a user of its own", () => {
    const [own, other] = [ed25519Keys().private, ed25519Keys().private];
    const ssh = { hostKey, user: "ops", identityFile: file("own", own) };
    const target = (bastion: object) => {
      configure({
        hosts: {
          b1: machine({ ssh: { ...ssh, bastion: { address, hostKey: gateKey, ...bastion } } }),
        },
      });
      return readConfiguration().hosts[0]?.ssh;
    };
    const shown = async (bastion: object) => {
      const key = target(bastion)?.bastion?.privateKey;
      return new Promise((resolve) => pulumi.output(key).apply(resolve));
    };
    expect(target({})?.bastion).toMatchObject({ host: address, port: 22, user: "ops" });
    expect(target({ user: "jump" })?.bastion).toMatchObject({ user: "jump" });
    return Promise.all([
      expect(shown({})).resolves.toBe(own),
      expect(shown({ identityFile: file("other", other) })).resolves.toBe(other),
    ]);
  });
});

describe("a key that a passphrase protects", () => {
  const pkcs8 = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export({
    ...{ type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase: "x" },
  }) as string;

  // proves: login.passphrase
  test.each([
    ["of OpenSSH", lockedKey()],
    ["of PKCS#8", pkcs8],
  ])("%s: opened, it is a key like others", (_kind, key) => {
    const host = machine({ ssh: { hostKey, identityFile: file("id", key), passphrase: "x" } });
    expect(linesOf({ hosts: { b1: host } }, ["hosts"])).toEqual([]);
  });

  test("another passphrase is told, and not repeated", () => {
    const host = machine({
      ssh: { hostKey, identityFile: file("id", lockedKey()), passphrase: "geheim" },
    });
    const lines = linesOf({ hosts: { b1: host } });
    expect(lines.join("\n")).not.toContain("geheim");
    expect(lines).toContainEqual(
      expect.stringMatching(
        /^dockertls:hosts\.b1\.ssh\.identityFile: ".*id" is not opened by the passphrase; /,
      ),
    );
  });

  test("a passphrase in clear is refused", () => {
    const ssh = { hostKey, identityFile: file("id", lockedKey()), passphrase: "x" };
    expect(linesOf({ hosts: { b1: machine({ ssh }) } })).toEqual([
      expect.stringMatching(
        /^dockertls:hosts\.b1\.ssh\.passphrase: is in clear, not a secret of the stack; .*ssh-keygen -p/,
      ),
    ]);
  });
});
