// Machines that are servers on loopback: which key is trusted, what is asked, and what becomes of each.
import "../../support/errors-of-node.ts";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { formatProblem } from "../../../components/model/problem.ts";
import { plain } from "../../../doctor/terminal.ts";
import type { Destination, Named } from "../../../scripts/add/destination.ts";
import { sectionText, table } from "../../../scripts/add/outcomes.ts";
import { trust } from "../../../scripts/add/questions.ts";
import { entriesOf, examine, type Examined } from "../../../scripts/add/run.ts";
import { Stack } from "../../../scripts/add/stack.ts";
import { answerOf, freshMachine, infoOf, type Values } from "../../support/machine-answer.ts";
import { fingerprintOf } from "../../support/ssh-keys.ts";
import { startSshMachine, type SshMachine } from "../../support/ssh-machine.ts";

const directory = mkdtempSync(join(tmpdir(), "dockertls-add-"));
const file = join(directory, "Pulumi.prod.yaml");
const machines: SshMachine[] = [];
let agent: string | undefined;

beforeEach(() => {
  agent = process.env["SSH_AUTH_SOCK"];
  delete process.env["SSH_AUTH_SOCK"];
  rmSync(file, { force: true });
});

afterEach(async () => {
  if (agent !== undefined) process.env["SSH_AUTH_SOCK"] = agent;
  for (const machine of machines.splice(0)) await machine.stop();
});

afterAll(() => rmSync(directory, { recursive: true }));

async function start(
  values: Values = {},
  type: "ed25519" | "ecdsa" = "ed25519",
): Promise<SshMachine> {
  const machine = await startSshMachine({ type });
  machine.reply = { stdout: answerOf(freshMachine(values)) };
  machines.push(machine);
  return machine;
}

const lineOf = ({ connection }: SshMachine): string => connection.hostKey.split(" ", 2).join(" ");

function to({ connection }: SshMachine, changes: Partial<Destination> = {}): Destination {
  const identity = join(directory, String(connection.port));
  writeFileSync(identity, connection.privateKey, { mode: 0o600 });
  const { port } = connection;
  return {
    ...{ called: `root@127.0.0.1:${String(port)}`, address: "127.0.0.1", port, user: "root" },
    ...{ identityFiles: [identity], identitiesOnly: true },
    ...changes,
  };
}

const known = (machine: SshMachine, changes: Partial<Destination> = {}): Destination =>
  to(machine, { fingerprint: fingerprintOf(lineOf(machine)), ...changes });

function stackOf(text = ""): Stack {
  writeFileSync(file, text);
  const project = { file: "Pulumi.yaml", read: () => "name: dockertls\n" };
  const stack = Stack.read("prod", project, file);
  if (!(stack instanceof Stack)) throw new Error(stack.map(formatProblem).join("\n"));
  return stack;
}

const run = (destinations: readonly Named[], text?: string): Promise<Examined> =>
  examine(destinations, stackOf(text), undefined);

/** What became of each, without the places. */
const said = ({ outcomes }: Examined): string[] =>
  outcomes.map((outcome) =>
    "problem" in outcome
      ? outcome.problem.what
      : "host" in outcome
        ? `is ${outcome.host}`
        : `added as ${outcome.admitted.name}`,
  );

const entriesIn = ({ outcomes }: Examined) =>
  entriesOf(outcomes.flatMap((one) => ("admitted" in one ? [one.admitted] : [])));

test("an entry, and what is on the machine", async () => {
  const machine = await start({
    daemon_json_kind: "file\n",
    daemon_json: '{"log-level": "warn", "hosts": ["fd://"], "live-restore": true}',
    docker_info: infoOf({ ContainersRunning: 2, Containers: 3, LiveRestoreEnabled: true }),
  });
  const examined = await run([known(machine, { alias: "web_1" })]);

  const { port } = machine.connection;
  expect(entriesIn(examined)).toEqual({
    "web-1": {
      address: "127.0.0.1",
      ssh: { port, hostKey: lineOf(machine), identityFile: join(directory, String(port)) },
    },
  });
  expect(sectionText(examined.sections, plain)).toEqual([
    `web-1 (127.0.0.1:${String(port)})`,
    `  ok    host key     ssh-ed25519 ${fingerprintOf(lineOf(machine))}, as --fingerprint says`,
    `  ok    login        as root by ${join(directory, String(port))}`,
    "  ok    docker       dockerd 26.1.5+dfsg1 on Debian GNU/Linux 13 (trixie)",
    "  ok    containers   2 running, 1 stopped; live-restore is on",
    "  ok    daemon.json  keeps log-level (unmanaged); has live-restore as the stack wants it; replaces hosts, which destroy restores",
    "  --    first up     puts the API behind TLS on port 2376; restarts dockerd once, and the 2 running containers stay up",
  ]);
});

test("what a machine says of itself is one line, whatever it is", async () => {
  const machine = await start({ os_release: 'PRETTY_NAME="\u001b[2J evil\u202e"\n' });
  const lines = sectionText((await run([known(machine)])).sections, plain).join("\n");
  expect(lines).toContain(" evil");
  expect(lines).not.toMatch(/[\u001b\u202e]/);
});

test("some are added though others fail, and each is told", async () => {
  const [good, bare] = [await start(), await start({ dockerd_version: "", unit_show: "" })];
  const problem = { where: "x", what: "is nothing", why: "y", fix: "z" };
  const examined = await run([known(bare), { called: "x", problem }, known(good)]);

  expect(said(examined)[2]).toBe("added as host-127-0-0-1");
  const lines = table(examined.outcomes, true, plain);
  expect(lines).toHaveLength(4);
  expect(lines[1]).toMatch(/^root@127\.0\.0\.1:\d+ +refused +docker/);
  expect(lines[2]).toMatch(/^x +refused +is nothing; y; z$/);
  expect(lines[3]).toMatch(/ added +as host-127-0-0-1, dockerd 26\.1\.5/);
});

test("a name that the stack has already gets a number", async () => {
  const machine = await start();
  const text =
    "config:\n  dockertls:hosts:\n    web: { address: 192.0.2.1, ssh: { hostKey: ssh-ed25519 AAAA } }\n";
  expect(said(await run([known(machine, { alias: "web.example.com" })], text))).toEqual([
    "added as web-2",
  ]);
  expect(said(await run([known(machine, { alias: "192.0.2.7" })], text))).toEqual([
    "added as host-127-0-0-1",
  ]);
  expect(said(await run([known(machine, { name: "web" })], text))).toEqual([
    "the stack has a host web already",
  ]);
});

describe("the host key", () => {
  test("is never trusted without a word", async () => {
    const machine = await start();
    const examined = await run([to(machine)]);
    expect(said(examined)).toEqual([
      `its host key is not verified: ssh-ed25519 ${fingerprintOf(lineOf(machine))}`,
    ]);
    expect(machine.logins.flat()).toEqual([]);
  });

  test("of another fingerprint is told, and nobody logs in", async () => {
    const machine = await start();
    const fingerprint = `SHA256:${"A".repeat(43)}`;
    const [line] = said(await run([to(machine, { fingerprint })]));
    expect(line).toBe(
      `no host key of this server has the fingerprint ${fingerprint}; it shows ssh-ed25519 ${fingerprintOf(lineOf(machine))}`,
    );
    expect(machine.logins.flat()).toEqual([]);
  });

  test("may be an ECDSA one, which is what is pinned then", async () => {
    const machine = await start({}, "ecdsa");
    const entries = Object.values(entriesIn(await run([known(machine)])));
    expect(entries).toEqual([
      expect.objectContaining({
        ssh: expect.objectContaining({ hostKey: lineOf(machine) }) as unknown,
      }),
    ]);
  });

  test("is that of a host of the stack already: the same machine, or a copy", async () => {
    const machine = await start();
    const text = `config:\n  dockertls:hosts:\n    a:\n      address: 192.0.2.1\n      ssh: { hostKey: ${lineOf(machine)} }\n`;
    expect(said(await run([known(machine)], text))).toEqual([
      "has the host key of a (192.0.2.1:22)",
    ]);
    expect(said(await run([known(machine), known(machine, { address: "localhost" })]))).toEqual([
      "added as host-127-0-0-1",
      `has the host key of root@127.0.0.1:${String(machine.connection.port)}`,
    ]);
  });

  test("is asked about: yes, no, or the fingerprint itself", async () => {
    const key = { line: "ssh-ed25519 AAAA", algorithm: "ssh-ed25519", fingerprint: "SHA256:abc" };
    const destination = { called: "root@192.0.2.1", address: "192.0.2.1" };
    const asked: string[] = [];
    const answered = async (...answers: string[]) => {
      const how = await trust(destination, 22, key, (question) => {
        asked.push(question);
        return Promise.resolve(answers.shift() ?? "");
      });
      return typeof how === "string" ? how : how.what;
    };
    expect(await answered("what?", "yes")).toBe("as you said");
    expect(await answered("SHA256:abc=")).toBe("as you said");
    for (const no of ["no", "", "SHA256:other"]) {
      expect(await answered(no)).toBe("you turned its host key down (SHA256:abc)");
    }
    expect(asked[0]).toContain("root@192.0.2.1: its host key is ssh-ed25519 SHA256:abc");
    expect(asked).toHaveLength(6);
  });
});

test("a machine at an address that the stack has already is not dialled", async () => {
  const machine = await start();
  const { port } = machine.connection;
  const text = `config:\n  dockertls:defaults: { ssh: { port: ${String(port)} } }\n  dockertls:hosts:\n    a: { address: 127.0.0.1, ssh: { hostKey: ssh-ed25519 AAAA } }\n`;
  const { port: _, ...withoutPort } = to(machine);
  expect(said(await run([withoutPort], text))).toEqual(["is a"]);
  expect(machine.logins).toEqual([]);
});

test("a key that lets nobody in, and none at all", async () => {
  const [machine, other] = [await start(), await start()];
  const { identityFiles = [] } = to(other);
  expect(said(await run([known(machine, { identityFiles })]))).toEqual(["authentication refused"]);
  expect(said(await run([known(machine, { identityFiles: [] })]))).toEqual([
    "there is no key to log in with",
  ]);
});

test("hosts that are a secret of the stack as a whole are told", () => {
  const text = "config:\n  dockertls:hosts:\n    secure: v1:abc\n";
  expect(() => stackOf(text)).toThrow("is a secret of the stack as a whole");
});
