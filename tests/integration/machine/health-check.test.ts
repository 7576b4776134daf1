// A check of one's own: what dockerd takes and the application does not is undone on the first machine, and reaches no
// other. One story, in order.
import { sampledHere, sampledThere } from "../../support/secret-search.ts";
import { closeStacks, expectNoChanges, type Run, StackRun } from "../../support/stack-run.ts";
import { bootMilliseconds, TestMachine } from "../../support/test-machine.ts";

const [canary, other] = [new TestMachine("t1"), new TestMachine("t2")];
let stack: StackRun;

const password = "geheim-4711-check";

/** An application whose logs are read from files that dockerd's own driver writes, or another one as well. */
const readsLogsOf = (...drivers: string[]): string =>
  `: ${password}
driver=$(docker info --format '{{.LoggingDriver}}') && docker inspect web >/dev/null || exit
case $driver in ${drivers.join(" | ")}) ;; *) echo "web: no logs of $driver"; exit 3 ;; esac`;

const settings = (daemon: object, command: string): Record<string, unknown> => ({
  daemon: { "registry-mirrors": ["https://mirror.gcr.io"], ...daemon },
  defaults: { healthCheck: { command, timeout: "10s" } },
  rollout: { waves: [1, "100%"], soak: "1s" },
  hosts: { t1: canary.host(), t2: other.host() },
});

const conditionOf = (machine: TestMachine): Promise<string[]> =>
  Promise.all([
    machine.files(),
    machine.fate("web"),
    machine.info("{{.LoggingDriver}} {{.RegistryConfig.Mirrors}} {{.LiveRestoreEnabled}}"),
  ]);

beforeAll(async () => {
  await Promise.all(
    [canary, other].map(async (machine) => {
      await machine.pristine();
      await machine.runContainer("web");
    }),
  );
  stack = await StackRun.onFakeEngine(settings({}, readsLogsOf("json-file")));
}, bootMilliseconds);

afterAll(closeStacks);

// proves: health.canary
test("a key that dockerd likes and the application does not is undone on the canary, and reaches no other machine", async () => {
  const first = await stack.up();
  expect(first.all).not.toMatch(/error/);
  expect(first.exitCode).toBe(0);
  const before = [await conditionOf(canary), await conditionOf(other)];
  const since = await other.mark();
  stack.configure(settings({ "log-driver": "journald" }, readsLogsOf("json-file")));

  let there: ReadonlySet<string> = new Set();
  let up: Run | undefined;
  const here = await sampledHere(async () => {
    there = await sampledThere(canary, async () => (up = await stack.up()));
  });

  if (up === undefined) throw new Error("nothing has run");
  expect(up.exitCode).not.toBe(0);
  expect([...here, ...there, up.all].filter((line) => line.includes(password))).toEqual([]);
  expect([...there].filter((line) => line.endsWith("/inbox/health.sh"))).toHaveLength(1);
  expect(up.all).toMatch(
    /healthCheck: does not pass after the change \(exit code 3: web: no logs of journald\); rolled back, the old configuration serves; /,
  );
  expect(up.all).toMatch(/^rollout: failed: t1 \(/m);
  expect(up.all).toMatch(/^rollout: not begun: t2 \(/m);
  expect([await conditionOf(canary), await conditionOf(other)]).toEqual(before);
  expect(await other.dockerStarts(since)).toBe(0);
});

test("a check that no machine passes before the change has them refused, and nothing restarts", async () => {
  const [before, since] = [await conditionOf(canary), await canary.mark()];
  stack.configure(settings({ "log-driver": "journald" }, readsLogsOf("local")));

  const up = await stack.up();

  expect(up.all).toMatch(
    /healthCheck: does not pass before the change \(exit code 3: web: no logs /,
  );
  expect(await conditionOf(canary)).toEqual(before);
  expect(await canary.dockerStarts(since)).toBe(0);
});

test("once the application takes it, the change goes through; another check alone does nothing to dockerd", async () => {
  stack.configure(settings({ "log-driver": "journald" }, readsLogsOf("json-file", "journald")));
  expect((await stack.up()).exitCode).toBe(0);
  const after = await Promise.all(
    [canary, other].map((machine) => machine.info("{{.LoggingDriver}}")),
  );
  expect(after).toEqual(["journald", "journald"]);
  await expectNoChanges(stack);

  const since = await Promise.all([canary.mark(), other.mark()]);
  stack.configure(settings({ "log-driver": "journald" }, "exit 1"));
  const up = await stack.up();

  expect(up.all).not.toMatch(/rollout: /);
  expect(up.exitCode).toBe(0);
  expect(await canary.dockerStarts(since[0])).toBe(0);
  expect(await other.dockerStarts(since[1])).toBe(0);
});
