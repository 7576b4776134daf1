// What a state that dockerd refuses costs those who use the machine: nothing where dockerd can look at
// it first, an outage until the rollback where only a start finds it.
import { askedDuring, localSocket, outageDuring } from "../../support/outage.ts";
import { refusedByStart, refusedByValidate } from "../../support/refused-settings.ts";
import { closeStacks, StackRun, type Run } from "../../support/stack-run.ts";
import { dockerdValidates, testImage } from "../../support/test-image.ts";
import { bootMilliseconds, TestMachine } from "../../support/test-machine.ts";

const machine = new TestMachine("t1");
let stack: StackRun;

const settings = (daemon: Readonly<Record<string, unknown>>): Record<string, unknown> => ({
  allowUnknownKeys: true,
  daemon: { "registry-mirrors": ["https://mirror.gcr.io"], ...daemon },
  hosts: { t1: machine.host() },
});

/** A rollback has three starts in it, on a machine that may be busy. */
const longestOutage = 30;

beforeAll(async () => {
  await machine.pristine();
  stack = await StackRun.onFakeEngine(settings({}));
}, bootMilliseconds);

afterAll(closeStacks);

async function upTo(daemon: Readonly<Record<string, unknown>>): Promise<Run> {
  stack.configure(settings(daemon));
  return stack.up();
}

async function measuredUpTo(daemon: Readonly<Record<string, unknown>>): Promise<[Run, number]> {
  const runs: Run[] = [];
  const outage = await outageDuring(machine, async () => runs.push(await upTo(daemon)));
  const [run] = runs;
  if (run === undefined) throw new Error("outage: the up was not run");
  return [run, outage];
}

/** The old daemon, on the old settings, on both of its sockets. */
async function expectOldDaemon(): Promise<void> {
  expect(await machine.info("{{.RegistryConfig.Mirrors}}")).toBe("[https://mirror.gcr.io/]");
  expect(await machine.succeeds("ss -Hltn 'sport = :2376' | grep -q .")).toBe(true);
  expect(await machine.succeeds("test -e /var/lib/dockertls/pending")).toBe(false);
}

// proves: socket.no-hang
test("a client that asks all the while never hangs, not even at the first up", async () => {
  // What waits for every answer: systemd's socket had swallowed questions here.
  const outage = await askedDuring(machine, localSocket, () => upTo({}));
  expect(outage).toMatchObject({ hungClients: 0, failedCalls: 0 });
  await expectOldDaemon();
});

test("an up that a reload puts in effect is no outage at all", async () => {
  const [reloaded, outage] = await measuredUpTo({ labels: ["rack=7"] });
  expect(reloaded.exitCode).toBe(0);
  expect(outage).toBe(0);
  expect((await upTo({})).exitCode).toBe(0);
});

// proves: outage.refused
test("an up that dockerd refuses is no more of an outage than it has to be", async () => {
  const restart = await outageDuring(machine, () => machine.sh("systemctl restart docker"));
  const [refused, outage] = await measuredUpTo(refusedByValidate);
  const [alsoRefused, rolledBack] = await measuredUpTo(refusedByStart);

  console.log(
    `${testImage}: seconds without the API: bare restart ${restart.toFixed(2)}, a value that ` +
      `--validate can find ${outage.toFixed(2)}, one that only a start can ${rolledBack.toFixed(2)}`,
  );
  expect(refused.exitCode).not.toBe(0);
  expect(refused.all).toMatch(
    dockerdValidates
      ? /daemon\.json: dockerd refuses it: [^;]*no-such-key[^;]*; nothing was touched; /
      : /daemon: [^\n]*no-such-key[^\n]*; rolled back, the old configuration serves; correct /,
  );
  expect(alsoRefused.all).toMatch(
    /daemon: [^\n]*logging mode not supported[^\n]*; rolled back, the old configuration serves; correct /,
  );
  // The measuring itself: a restart is an outage.
  expect(restart).toBeGreaterThan(0);
  expect(rolledBack).toBeGreaterThan(0);
  if (dockerdValidates) expect(outage).toBe(0);
  else expect(outage).toBeGreaterThan(0);
  expect(outage).toBeLessThan(longestOutage);
  expect(rolledBack).toBeLessThan(longestOutage);
  await expectOldDaemon();
});
