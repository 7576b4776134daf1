// npm run rotate-ca, from one authority to the next, by the real engine: a gate that is closed, the way back, a run that
// is killed, and clients that connect all the while. One story, told in order.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { RotationStatus } from "../../../scripts/rotate-ca/report.ts";
import { signTo } from "../../support/api-clients.ts";
import { Environments } from "../../support/environments.ts";
import { make } from "../../support/own-authority.ts";
import type { Run } from "../../support/stack-run.ts";
import { bootMilliseconds, TestMachine } from "../../support/test-machine.ts";
import { nobodyCutOff, type ClientBundle } from "../../support/tls-calls.ts";

const machine = new TestMachine("t1");
let environment: Environments;
let before: string;
let old: ClientBundle;
let bridge: ClientBundle;

/** Calls that go on all the time must not take the time of what they watch. */
const pause = 100;

const settings = {
  clients: { alice: {}, ci: {} },
  hosts: { t1: machine.host({ listenBy: "socket" }) },
};

const rotate = (...args: string[]): Promise<Run> =>
  environment.command("rotate-ca", "--stack", "prod", ...args);

async function handOut(client: string): Promise<ClientBundle> {
  const { exitCode, all } = await environment.command("client", client, "--stack", "prod");
  if (exitCode !== 0) throw new Error(all);
  return environment.bundleOf("prod", client);
}

const status = async (): Promise<RotationStatus> =>
  JSON.parse((await rotate("--status", "--json")).stdout) as RotationStatus;

/** The end of the stack's file: which authority it asks for. */
const asked = (): string =>
  environment.fileOf("prod").slice(before.length).trim().replaceAll(/\n */g, " ");

async function succeeds(run: Promise<Run>): Promise<Run> {
  const ended = await run;
  expect(ended.stderr).toBe("");
  expect(ended.all).not.toMatch(/PRIVATE KEY|\n {4}at /);
  expect(ended.exitCode).toBe(0);
  return ended;
}

const heardBy = ({ ca, cert, key }: ClientBundle): Promise<string> =>
  signTo(machine.address, { ca, certificate: cert, privateKey: key });

beforeAll(async () => {
  await machine.pristine();
  environment = await Environments.create(["prod"]);
  environment.configure("prod", settings);
  before = environment.fileOf("prod");
  await environment.pulumi("up", "--stack", "prod", "--yes", "--skip-preview");
  old = await handOut("alice");
  await handOut("ci");
}, bootMilliseconds);

afterAll(() => environment.close());

test("phase 1 touches no machine, and puts two lines into the stack's file", async () => {
  const mark = await machine.mark();
  const { stdout } = await succeeds(rotate("--yes"));
  expect(stdout).toMatch(/^stack prod: phase 1: generation 2 of the authority is made\./m);
  expect(stdout).toMatch(/^Nothing holds it up: npm run rotate-ca -- --stack prod$/m);
  expect(environment.fileOf("prod").startsWith(before)).toBe(true);
  expect(asked()).toBe("dockertls:tls: generation: 2 phase: 1");
  expect(await machine.dockerStarts(mark)).toBe(0);
  bridge = await handOut("alice");
});

// proves: rotation.command
test("phase 2 restarts the machine once, no call fails, and it stands at the next gate", async () => {
  const mark = await machine.mark();
  await nobodyCutOff(
    machine.address,
    [old, bridge],
    async () => {
      const { stdout } = await succeeds(rotate("--yes"));
      expect(stdout).toMatch(
        /^held up by\n {2}ci +\S+clients\/prod\/ci is from .*, before the rotation$/m,
      );
    },
    pause,
  );
  expect(await machine.dockerStarts(mark)).toBe(1);
  expect(asked()).toBe("dockertls:tls: generation: 2 phase: 3");
});

// proves: rotation.gate
test("a gate that is closed says who holds it up, and nothing is touched", async () => {
  const mark = await machine.mark();
  const run = await rotate("--yes");
  expect(run.exitCode).toBe(2);
  expect(run.stdout).toMatch(/^ +npm run client -- ci --stack prod$/m);
  expect(await machine.dockerStarts(mark)).toBe(0);
  expect(await status()).toMatchObject({
    ...{ generation: 2, from: 1, phase: 3, unfinished: [] },
    hosts: [{ host: "t1", shows: 2, trusts: [1, 2], problems: [] }],
    clients: [
      { client: "alice", generation: 2, bundles: [{ lasts: true }] },
      { client: "ci", generation: 2, bundles: [{ lasts: false }] },
    ],
    next: { step: 4, heldUp: [{ who: "ci" }] },
  });
});

// proves: rotation.back
test("--back leads to where it began, and no call of either bundle fails", async () => {
  const mark = await machine.mark();
  await nobodyCutOff(
    machine.address,
    [old, bridge],
    () => succeeds(rotate("--back", "--yes")),
    pause,
  );
  expect(await machine.dockerStarts(mark)).toBe(1);
  expect(environment.fileOf("prod")).toBe(before);
});

// proves: rotation.resumed
test("a run that was killed in the middle of a machine is gone on with by the same command", async () => {
  // By hand, and two phases at once: bundles of generation 2 are still about, so no other authority may bear its name.
  environment.configure("prod", {
    ...settings,
    tls: { generation: 3, previousGeneration: 1, phase: 2 },
  });
  const running = environment.begin("rotate-ca", "--stack", "prod", "--yes");
  await running.says("prod: up: t1: changing");
  await running.kill();
  await running.end;
  await environment.pulumi("cancel", "--yes", "--stack", "prod");

  const { stdout } = await succeeds(rotate("--yes"));
  expect(stdout).toMatch(
    /^stack prod: phase 2 is not reached yet: t1 has not come to it: it shows 1/m,
  );
  expect(asked()).toContain('"phase":3');
  bridge = await handOut("alice");
  for (const bundle of [old, bridge]) expect(await heardBy(bundle)).toBe("let in: HTTP 200");
});

// proves: rotation.handshakes
test("phase 4 drops the old authority, cuts off who may be, and the status names who still comes", async () => {
  const mark = await machine.mark();
  await nobodyCutOff(
    machine.address,
    [bridge],
    async () => {
      const { stdout } = await succeeds(rotate("--cut-off", "ci", "--yes"));
      expect(stdout).toMatch(/^ {2}ci is cut off, unless it has its new bundle$/m);
    },
    pause,
  );
  expect(await machine.dockerStarts(mark)).toBe(1);
  expect(asked()).toBe('dockertls:tls: {"generation":3}');
  expect(await heardBy({ ...old, ca: bridge.ca })).toMatch(/alert (unknown ca|bad certificate)/);

  const files = Object.entries(old).map(([name, pem]) => `echo '${String(pem)}' >${name}.pem`);
  const flags = "--tlscacert ca.pem --tlscert cert.pem --tlskey key.pem";
  const oldClient = [
    ...files,
    `docker --tlsverify ${flags} -H ${machine.address}:2376 version`,
  ].join("; ");
  expect((await status()).handshakes).toEqual([{ host: "t1", failed: [], unknown: "" }]);
  await machine.exec(`cd /tmp && ${oldClient}`, { check: false, timeoutSeconds: 60 });
  await machine.waitFor(
    "line of dockerd",
    20,
    "journalctl --sync; journalctl -u docker | grep -q 'remote error: tls'",
  );
  expect(await status()).toMatchObject({
    ...{ generation: 3, from: null, hosts: [{ shows: 3, trusts: [3] }] },
    handshakes: [
      { failed: [{ address: machine.address, reason: "remote error: tls: bad certificate" }] },
    ],
  });
});

// proves: rotation.own-authority
test("to an authority of one's own it is begun by hand, and goes on by the same gates", async () => {
  const { certificate, privateKey } = await make({ subject: "Example Docker CA" });
  const own = { certificatePem: certificate, privateKeyPem: privateKey };
  const authority = Object.fromEntries(
    Object.entries(own).map(([name, pem]) => {
      const file = join(environment.directory, name);
      writeFileSync(file, pem, { mode: 0o600 });
      return [name, file];
    }),
  );
  // Two phases at once.
  environment.configure("prod", { ...settings, tls: { generation: 4, phase: 2, authority } });
  const { stdout } = await succeeds(rotate("--yes"));
  expect(stdout).toMatch(/^ {2}ci +\S+clients\/prod\/ci is from .*, before the rotation$/m);
  expect((await rotate("--back", "--yes")).stderr).toMatch(
    /^stack prod: dockertls:tls\.authority: is an authority of your own; /,
  );
  const now = await handOut("alice");
  for (const bundle of [bridge, now]) expect(await heardBy(bundle)).toBe("let in: HTTP 200");

  await succeeds(rotate("--cut-off", "ci", "--yes"));
  expect(asked()).toBe(`dockertls:tls: ${JSON.stringify({ generation: 4, authority })}`);
  expect(await heardBy(now)).toBe("let in: HTTP 200");
  expect(await heardBy({ ...bridge, ca: now.ca })).toMatch(/alert (unknown ca|bad certificate)/);
});
