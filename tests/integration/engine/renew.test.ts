// `npm run renew`, as a timer runs it: certificates that are due are renewed, and nothing else is ever rolled out.
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { RenewReport } from "../../../scripts/renew/report.ts";
import { operator, type Command } from "../../support/operator.ts";
import { closeStacks, StackRun } from "../../support/stack-run.ts";
import { bootMilliseconds, TestMachine } from "../../support/test-machine.ts";
import { hour, isFromThePast, noPast, upInThePast } from "../../support/up-in-the-past.ts";
import { Webhook } from "../../support/webhook.ts";

const machine = new TestMachine("t1");
const tls = { serverHours: 2_160, clientHours: 30_000 };
let stack: StackRun;
let webhook: Webhook;
let fate: string;
let isDue: boolean;

const settings = (more: Record<string, unknown> = {}): Record<string, unknown> => ({
  ...{ tls, hosts: { t1: machine.host() } },
  ...more,
});

const renew = (...args: string[]): Promise<Command> => {
  webhook.received.length = 0;
  const environment = { ...stack.environment, DOCKERTLS_NOTIFY_URL: webhook.url };
  return operator({ environment }, "renew", "--yes", ...args);
};
const messages = (): string[] =>
  webhook.received.map(({ body }) => (JSON.parse(body) as { text: string }).text);

beforeAll(async () => {
  await machine.pristine();
  await machine.runContainer("box1");
  fate = await machine.fate("box1");
  stack = await StackRun.create(settings());
  webhook = await new Webhook().open();
  // By the plugin's clock it is long ago, so the machine's certificate is due from the beginning.
  await upInThePast(stack, 1_900 * hour);
  isDue = isFromThePast(await machine.sh("cat /opt/docker-ssl/cert.pem"));
}, bootMilliseconds);

afterAll(() => Promise.all([closeStacks(), webhook.close()]));

// proves: renew.nothing-else
test("a setting that somebody is about to change stops it, with nothing touched, and a chat is told", async () => {
  if (!isDue) return console.log(noPast);
  stack.configure(settings({ daemon: { labels: ["tier=web"] } }));
  const mark = await machine.mark();
  const run = await renew("--json");
  const { outcome, stacks } = JSON.parse(run.stdout) as RenewReport;

  expect([run.exitCode, outcome]).toEqual([2, "stopped"]);
  expect(stacks[0]?.others.join()).toMatch(/^t1-state: changes .*desired\.daemon\.labels$/);
  expect(stacks[0]?.renewals).toEqual([{ kind: "machine", owner: "t1" }]);
  expect(messages()).toEqual([
    expect.stringMatching(
      /^dockertls: stack test: renewal stopped, 1 certificate due: \d+ other changes? waits? for `pulumi up`/,
    ),
  ]);
  expect(await machine.dockerStarts(mark)).toBe(0);
});

// proves: renew.lock
test("a lock is told by who holds it, and since when", async () => {
  if (!isDue) return console.log(noPast);
  stack.configure(settings());
  const held = heldLock();
  const run = await renew();
  rmSync(held);
  expect(run.exitCode).toBe(1);
  expect(run.stdout).toMatch(
    /it is locked by alice@laptop \(process 4711\) since 2026-11-30 02:00:00/,
  );
  expect(messages()).toEqual([expect.stringMatching(/renewal failed/)]);
});

// proves: renew.renews
test("what is due is renewed, by one restart that containers outlive; after that nothing is due", async () => {
  if (!isDue) return console.log(noPast);
  const mark = await machine.mark();
  const run = await renew();
  expect(run.stdout).toMatch(
    /^test: renewed machine t1; dockerd restarted on t1, and every machine is proven; \d+ s\n?$/,
  );
  expect(run.exitCode).toBe(0);
  expect(await machine.dockerStarts(mark)).toBe(1);
  expect(await machine.fate("box1")).toBe(fate);
  expect(messages()).toEqual([]);

  const again = await renew();
  expect([again.exitCode, again.stdout]).toEqual([0, "test: no certificate is due"]);
  expect(await machine.dockerStarts(mark)).toBe(1);
});

/** A lock of the engine's, as another run has it. */
function heldLock(): string {
  const backend = new URL(stack.environment["PULUMI_BACKEND_URL"] ?? "").pathname;
  const folder = join(backend, ".pulumi", "locks", "organization", "dockertls", "test");
  mkdirSync(folder, { recursive: true });
  const file = join(folder, "00000000-0000-4000-8000-000000000000.json");
  const timestamp = "2026-11-30T02:00:00Z";
  writeFileSync(
    file,
    JSON.stringify({ pid: 4711, username: "alice", hostname: "laptop", timestamp }),
  );
  return file;
}
