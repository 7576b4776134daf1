// Something is stolen: a client's bundle, the passphrase, an SSH key, a machine. What docs/stolen.md tells
// an operator to do, with a thief at work. One story, told in order, with a container on each machine.
import { execFileSync } from "node:child_process";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import type { ClientBundle } from "../../../components/model/certificates.ts";
import type { Exported, StateResource } from "../../../scripts/forget/deployment.ts";
import { parseUrn } from "../../../components/identity.ts";
import { dockerCli, signTo, type DockerRun } from "../../support/api-clients.ts";
import { stolenAuthority, type Identity } from "../../support/authority.ts";
import { operator } from "../../support/operator.ts";
import { closeStacks, StackRun } from "../../support/stack-run.ts";
import { bootMilliseconds, TestMachine } from "../../support/test-machine.ts";

const t1 = new TestMachine("t1");
const t2 = new TestMachine("t2");
const machines = [t1, t2];
/** A change of both machines with looks before and after. */
const minutes = 180_000;
const fates = new Map<TestMachine, string>();
let stack: StackRun;
let bundle: ClientBundle;

/** Both machines in a generation of the authority; `identityFile` is what one logs in with. */
const both = (generation: number, identityFile = t1.ssh.identityFile): Record<string, unknown> => {
  const on = (machine: TestMachine): object =>
    machine.host({ ssh: { ...machine.ssh, identityFile } });
  return { tls: { generation }, hosts: { t1: on(t1), t2: on(t2) } };
};

beforeAll(async () => {
  await Promise.all(machines.map((machine) => machine.pristine()));
  for (const machine of machines) {
    await machine.runContainer("box1");
    fates.set(machine, await machine.fate("box1"));
  }
  stack = await StackRun.create({ hosts: { t1: t1.host(), t2: t2.host() } });
  expect((await stack.up()).exitCode).toBe(0);
  bundle = await bundleOfNow();
}, bootMilliseconds);

afterAll(closeStacks);

const bundleOfNow = async (): Promise<ClientBundle> =>
  (await stack.output("clientBundle")) as ClientBundle;

const resources = async (): Promise<readonly StateResource[]> =>
  (JSON.parse(await stack.export()) as Exported).deployment?.resources ?? [];

/** `docker info` by the ordinary CLI, with a bundle as it was handed out. */
function dockerInfo(machine: TestMachine, { ca, cert, key }: ClientBundle): Promise<DockerRun> {
  return dockerCli(
    join(stack.directory, "client"),
    ["--tlsverify", `-H=${machine.address}:2376`, "info", "--format", "{{.Name}}"],
    { tlscacert: ca, tlscert: cert, tlskey: key },
  );
}

/** What a thief hears who has these files and knows the certificate authority of now, which is public. */
function thiefHears(machine: TestMachine, { certificate, privateKey }: Identity): Promise<string> {
  return signTo(machine.address, { ca: bundle.ca, certificate, privateKey });
}

const identityOf = ({ cert, key }: ClientBundle): Identity => ({
  certificate: cert,
  privateKey: key,
});

const turnedAway = /alert (unknown ca|bad certificate)/;

/** Raises the generation by one `up`; who held a bundle before is told to its face that it is over. */
async function expectReplaced(settings: Record<string, unknown>, on = machines): Promise<void> {
  const stolen = bundle;
  const marks = await Promise.all(on.map((machine) => machine.mark()));
  stack.configure(settings);

  const up = await stack.up();

  expect(up.all).not.toMatch(/error/);
  expect(up.exitCode).toBe(0);
  bundle = await bundleOfNow();
  expect(bundle.ca).not.toBe(stolen.ca);
  for (const [index, machine] of on.entries()) {
    expect(await machine.dockerStarts(marks[index] ?? "")).toBe(1);
    expect(await thiefHears(machine, identityOf(stolen))).toMatch(turnedAway);
    const inside = await dockerInfo(machine, bundle);
    expect(inside).toEqual({ exitCode: 0, stdout: machine.name, stderr: "" });
  }
}

async function expectSettled(on = machines): Promise<void> {
  for (const machine of on) expect(await machine.fate("box1")).toBe(fates.get(machine));
  const preview = await stack.preview("--expect-no-changes");
  expect(preview.all).not.toMatch(/error/);
  expect(preview.exitCode).toBe(0);
}

describe("a client's bundle", () => {
  let stolen: ClientBundle;
  beforeAll(() => {
    stolen = bundle;
  });

  test("opens every machine of the stack, as long as nobody does anything", async () => {
    for (const machine of machines) {
      expect((await dockerInfo(machine, stolen)).stdout).toBe(machine.name);
      expect(await thiefHears(machine, identityOf(stolen))).toBe("let in: HTTP 200");
    }
  });

  test("a preview says what another generation does: new keys, and a restart of every dockerd", async () => {
    stack.configure(both(2));

    const preview = await stack.preview();

    expect(preview.exitCode).toBe(0);
    const impacts = preview.all.match(/impact: restart: certificate authority/g) ?? [];
    expect(impacts.length).toBeGreaterThanOrEqual(machines.length);
    for (const name of ["ca-g2-key", "client-g2-key", "t1-server-g2-key", "t2-server-g2-key"]) {
      expect(preview.all).toMatch(new RegExp(`\\+ +tls:index:PrivateKey ${name} create`));
    }
    for (const name of ["ca-g1-key", "client-key", "t1-server-key", "t2-server-key"]) {
      expect(preview.all).toMatch(new RegExp(`- +tls:index:PrivateKey ${name} delete`));
    }
    expect(preview.all).not.toMatch(/[~+-] +command:remote:Command t\d-undo (?!refresh)/);
  });

  // proves: stolen.bundle-refused
  test(
    "is refused by every machine after one up, which proves it itself; containers run on",
    async () => {
      await expectReplaced(both(2));

      for (const machine of machines) {
        const proof = (await resources()).find(({ urn }) =>
          urn.endsWith(`::${machine.name}-proof`),
        );
        expect(proof?.outputs?.["refusals"]).toContain(
          "the client of the previous authority: refused",
        );
      }
      await expectSettled();
    },
    minutes,
  );

  test("is of no use to the docker CLI either, as it is or with the new authority's certificate", async () => {
    for (const machine of machines) {
      const asItIs = await dockerInfo(machine, stolen);
      expect(asItIs.stderr).toMatch(/x509: certificate signed by unknown authority/);
      const withNew = await dockerInfo(machine, { ...stolen, ca: bundle.ca });
      expect(withNew.stderr).toMatch(
        /tls: (certificate required|unknown certificate authority|bad certificate)/,
      );
      expect([asItIs.exitCode, withNew.exitCode]).not.toContain(0);
    }
  });

  test("nor is any key of its generation left in the state", async () => {
    const tls = (await resources()).filter(({ type }) => type.startsWith("tls:"));
    const names = tls.map(({ urn }) => parseUrn(urn).name);
    expect(names).toHaveLength(13);
    expect(names.filter((name) => !/-g2(-|$)/.test(name))).toEqual([]);
  });
});

describe("the passphrase, and with it the state", () => {
  let forged: Identity;

  beforeAll(async () => {
    const clear = (await stack.stateInClear()) as Exported;
    const of = (name: string, key: string): string => {
      const all = clear.deployment?.resources ?? [];
      const value = all.find(({ urn }) => urn.endsWith(`::${name}`))?.outputs?.[key];
      if (typeof value === "string") return value;
      return JSON.parse((value as { plaintext: string }).plaintext) as string;
    };
    const authority = await stolenAuthority({
      certificate: of("ca-g2", "certPem"),
      privateKey: of("ca-g2-key", "privateKeyPem"),
    });
    forged = await authority.issue("client");
  });

  test("whoever has them issues certificates of their own, which are let in", async () => {
    for (const machine of machines) {
      expect(await thiefHears(machine, forged)).toBe("let in: HTTP 200");
    }
  });

  test("another passphrase: the old one opens the state no more", async () => {
    await stack.changePassphrase("another one, only for this test");

    const file = join(stack.directory, "stolen-passphrase");
    writeFileSync(file, "only for this test\n", { mode: 0o600 });
    const environment = { ...stack.environment, PULUMI_CONFIG_PASSPHRASE_FILE: file };
    const closed = await operator({ environment }, "drift");
    expect(closed.stdout).toMatch(/\ntest +- +could not tell +stack test: .*passphrase/);
    expect(closed.exitCode).toBe(1);
  });

  test("that alone changes nothing for the machines", async () => {
    await expectSettled();
    expect(await thiefHears(t1, forged)).toBe("let in: HTTP 200");
  });

  // proves: stolen.authority-refused
  test(
    "and another generation: what was issued with the stolen key is refused",
    async () => {
      await expectReplaced(both(3));

      for (const machine of machines) expect(await thiefHears(machine, forged)).toMatch(turnedAway);
      await expectSettled();
    },
    minutes,
  );
});

describe("an SSH key", () => {
  const stolen = t1.ssh.identityFile;
  let own: string;
  let line: string;

  beforeAll(() => {
    own = join(stack.directory, "new-ssh-key");
    execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", own]);
    line = readFileSync(`${own}.pub`, "utf8").trim();
  });

  /** Whether root is let in by a key, and by nothing else that the person has. */
  async function letsIn(machine: TestMachine, identityFile: string): Promise<boolean> {
    const options = ["BatchMode=yes", "IdentitiesOnly=yes", "StrictHostKeyChecking=yes"];
    const run = await execa(
      "ssh",
      [
        ...["-F", "none", "-i", identityFile, "-o", `UserKnownHostsFile=${machine.ssh.knownHosts}`],
        ...options.flatMap((option) => ["-o", option]),
        ...[`root@${machine.address}`, "true"],
      ],
      { reject: false, env: { PATH: process.env["PATH"] ?? "" }, extendEnv: false },
    );
    if (run.exitCode !== 0) expect(run.stderr).toMatch(/Permission denied/);
    return run.exitCode === 0;
  }

  // proves: stolen.ssh-key-switched
  test(
    "a new one beside it: the up that switches over is nothing to dockerd",
    async () => {
      for (const machine of machines) {
        await machine.sh(`echo '${line}' >>/root/.ssh/authorized_keys`);
        expect(await letsIn(machine, own)).toBe(true);
      }
      const marks = await Promise.all(machines.map((machine) => machine.mark()));
      stack.configure(both(3, own));

      const up = await stack.up();

      expect(up.all).not.toMatch(/error/);
      expect(up.exitCode).toBe(0);
      for (const [index, machine] of machines.entries()) {
        expect(await machine.dockerStarts(marks[index] ?? "")).toBe(0);
      }
      await expectSettled();
    },
    minutes,
  );

  // proves: stolen.ssh-key-out
  test("the old one out: it opens nothing, and the stack goes on without it", async () => {
    const [, old = ""] = readFileSync(`${stolen}.pub`, "utf8").split(" ");
    for (const machine of machines) {
      expect(await letsIn(machine, stolen)).toBe(true);
      await machine.sh(`sed -i '\\|${old}|d' /root/.ssh/authorized_keys`);
      expect(await letsIn(machine, stolen)).toBe(false);
    }
    await expectSettled();
  });

  afterAll(async () => {
    const old = readFileSync(`${stolen}.pub`, "utf8").trim();
    for (const machine of machines) {
      await machine.sh(`echo '${old}' >>/root/.ssh/authorized_keys`);
    }
  });
});

describe("a machine", () => {
  /** What is on its disk of its own: the files that a server needs. */
  let itsServer: Identity;

  beforeAll(async () => {
    itsServer = {
      certificate: await t2.sh("cat /opt/docker-ssl/cert.pem"),
      privateKey: await t2.sh("cat /opt/docker-ssl/key.pem"),
    };
  });

  // proves: stolen.machine-own-key
  test("holds its own key, and that of nobody else", async () => {
    const clear = (await stack.stateInClear()) as Exported;
    const keys = (clear.deployment?.resources ?? []).flatMap(({ urn, type, outputs }) => {
      if (type !== "tls:index/privateKey:PrivateKey") return [];
      const pem = JSON.parse(
        (outputs?.["privateKeyPem"] as { plaintext: string }).plaintext,
      ) as string;
      // The first line of the PEM has the private number itself.
      return [{ name: parseUrn(urn).name, trace: pem.split("\n")[1] ?? "" }];
    });
    expect(keys).toHaveLength(5);
    const found = async (trace: string): Promise<boolean> =>
      t2.succeeds(
        `grep -rqsF -D skip -e '${trace}' /etc /opt /root /home /var/lib/dockertls /run /tmp`,
      );
    const held: string[] = [];
    for (const { name, trace } of keys) {
      expect(trace).toHaveLength(64);
      if (await found(trace)) held.push(name);
    }
    expect(held).toEqual(["t2-server-g3-key"]);
  });

  // proves: stolen.machine-opens-no-other
  test("its key opens no other machine", async () => {
    expect(await thiefHears(t1, itsServer)).toMatch(/alert (bad|unsupported) certificate/);
  });

  // proves: stolen.machine-forgotten
  test(
    "is forgotten, since it can't be reached, and every other one gets new keys",
    async () => {
      // Somebody has it: dockerd runs on, and nobody of ours gets in.
      await t2.sh("systemctl stop ssh.service ssh.socket");
      const settings = { tls: { generation: 4 }, hosts: { t1: t1.host() } };
      stack.configure(settings);

      const { exitCode, stdout } = await operator(stack, "forget", "t2");

      expect(stdout).toMatch(/^t2: forgotten /);
      expect(exitCode).toBe(0);
      rmSync(/the previous state is in (\S+)/.exec(stdout)?.[1] ?? "");
      await expectReplaced(settings, [t1]);
      await expectSettled([t1]);
      expect((await resources()).filter(({ urn }) => /::t2\b/.test(urn))).toEqual([]);
    },
    minutes,
  );

  // proves: stolen.machine-not-believed
  test("is none that a client with the new bundle would take for one of ours", async () => {
    const sign = await signTo(t2.address, { ca: bundle.ca, ...identityOf(bundle) });
    expect(sign).toMatch(/unable to (verify the first certificate|get local issuer certificate)/);
    expect(await thiefHears(t1, itsServer)).toMatch(turnedAway);
  });
});
