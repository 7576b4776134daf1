// A configuration that can't work: every problem is told at once, and no machine is dialled for it.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { closeStacks, StackRun } from "../../support/stack-run.ts";
import { bootMilliseconds, TestMachine } from "../../support/test-machine.ts";

const machine = new TestMachine("t1");
const { knownHosts, identityFile } = machine.ssh;
let stack: StackRun;
let mark: string;

beforeAll(async () => {
  await machine.pristine();
  stack = await StackRun.create({ hosts: { t1: machine.host() } });
  mark = await machine.mark();
}, bootMilliseconds);

afterAll(closeStacks);

afterEach(async () => {
  expect(await machine.logins(mark)).toEqual({ accepted: 0, refused: 0 });
});

const lines = (output: string): string[] =>
  output
    .split("\n")
    .map((line) => line.trim().replace(/^error: /, ""))
    .filter((line) => line.startsWith("dockertls:"));

async function previewed(settings: Readonly<Record<string, unknown>>): Promise<string[]> {
  stack.configure(settings);
  const preview = await stack.preview();
  expect(preview.exitCode).not.toBe(0);
  // A stack trace would bury the line that helps.
  expect(preview.all).not.toMatch(/^\s+at .*\.ts:\d+/m);
  return lines(preview.all);
}

// proves: configuration.misspelt-key
test("a misspelt daemon key is told with the right one", async () => {
  const told = await previewed({
    daemon: { "registry-mirors": ["https://mirror.gcr.io"] },
    hosts: { t1: machine.host() },
  });

  expect(told).toEqual([
    'dockertls:daemon.registry-mirors: is not a key of daemon.json; dockerd refuses to start over a key it does not know; did you mean "registry-mirrors"?',
  ]);
});

test("a missing host key is told with the command that shows it", async () => {
  const told = await previewed({ hosts: { t1: machine.host({ ssh: { identityFile } }) } });

  expect(told).toHaveLength(1);
  expect(told[0]).toMatch(
    new RegExp(
      String.raw`^dockertls:hosts\.t1\.ssh\.hostKey: missing; any server would be trusted; .*ssh-keyscan .*${machine.addressPattern}`,
    ),
  );
});

test("a known_hosts file without the machine is no leave to trust it", async () => {
  const empty = join(stack.directory, "known_hosts");
  writeFileSync(empty, "192.0.2.1 ssh-ed25519 AAAA\n");

  const told = await previewed({
    hosts: { t1: machine.host({ ssh: { identityFile, knownHosts: empty } }) },
  });

  expect(told).toHaveLength(1);
  expect(told[0]).toMatch(
    new RegExp(
      String.raw`^dockertls:hosts\.t1\.ssh\.knownHosts: .* has no key for ${machine.addressPattern}`,
    ),
  );
});

test("problems of every kind are told together", async () => {
  const others = join(stack.directory, "others");
  writeFileSync(others, readFileSync(knownHosts, "utf8").replaceAll(machine.address, "192.0.2.12"));
  const told = await previewed({
    daemon: { "registry-mirors": [] },
    tls: { port: 99999 },
    hosts: {
      t1: machine.host({ ssh: { identityFile }, sud: true }),
      t2: { address: "192.0.2.12", ssh: { knownHosts: others, identityFile: "no-such-file" } },
      t3: { address: "192.0.2.13", ssh: { identityFile }, daemon: { debug: "yes" } },
    },
  });

  // One run per problem is what makes people hate configuration.
  expect(told.map((line) => line.split(": ")[0]).sort()).toEqual([
    "dockertls:daemon.registry-mirors",
    "dockertls:hosts.t1.ssh.hostKey",
    "dockertls:hosts.t1.sud",
    "dockertls:hosts.t2.ssh.identityFile",
    "dockertls:hosts.t3.daemon.debug",
    "dockertls:hosts.t3.ssh.hostKey",
    "dockertls:tls.port",
  ]);
});
