// The stack's own check: it must pass before a change, and after it, or the machine is rolled back.
import { chmodSync } from "node:fs";
import { dropInPath } from "../../components/model/machine-paths.ts";
import { doAt, expectContainersRun, expectConverged, usedMachine } from "../support/killed-runs.ts";
import { prepare } from "../support/prepared-machine.ts";
import type { Wanted } from "../support/remote-script.ts";
import type { ScratchMachine } from "../support/scratch-machine.ts";

let machine: ScratchMachine;
beforeEach(() => {
  machine = usedMachine();
});
afterEach(() => machine.destroy());

/** An application that does not work with a daemon.json that says this. */
const brokenBy = (words: string): string =>
  `! grep -q '${words}' "$DOCKERTLS_ROOT/etc/docker/daemon.json" || { echo "app: not with $(echo '${words}')"; exit 7; }`;

const journald: Wanted = {
  keys: { "log-driver": "journald" },
  health: { command: brokenBy("journald") },
};
const labels: Wanted = { keys: { labels: ["a=b"] }, health: { command: brokenBy("a=b") } };
const debug: Wanted = { keys: { debug: true }, health: { command: brokenBy('"debug": true') } };

/** A check that counts how often it was asked, and then does this. */
const counting = (command: string): string => `echo x >>"$MODEL/asked"; ${command}`;
const asked = (): number => machine.get("asked").split("\n").filter(Boolean).length;

const toDockerd = (): string[] =>
  machine.calls().filter((call) => /^systemctl (reload|restart|stop) /.test(call));

// proves: health.rolled-back
test.each<[string, Wanted | undefined, Wanted]>([
  ["a restart, to the machine's own state", undefined, journald],
  ["a restart, to a state of ours", {}, journald],
  [
    "a restart, to a state of ours, with live-restore off in both",
    { liveRestore: false },
    { ...journald, liveRestore: false },
  ],
  ["a reload", {}, debug],
  ["a reload of a key that stays until a restart", {}, labels],
])("what the check fails on is undone after %s", async (_what, earlier, wanted) => {
  if (earlier) await prepare(machine, earlier);
  const [before, live] = [machine.snapshot(), machine.get("live")];

  const ran = await machine.apply(wanted);

  expect(ran).toMatchObject({ code: 30, stdout: "" });
  expect(ran.stderr).toMatch(
    /^healthCheck: does not pass after the change \(exit code 7: app: not with .*\); rolled back, the old configuration serves; correct the configuration and run again\n$/,
  );
  expect(machine.snapshot()).toEqual(before);
  expect([machine.get("active"), machine.get("live")]).toEqual(["active", live]);
  expectContainersRun(machine);
  expectConverged(machine, await machine.apply({ ...wanted, keys: {} }));
});

test("corrected files are undone as well, without a word to dockerd", async () => {
  await prepare(machine);
  const dropIn = machine.path(dropInPath);
  chmodSync(dropIn, 0o600);
  const [before, since] = [machine.snapshot(), toDockerd().length];
  const command = `[ "$(stat -c %a "$DOCKERTLS_ROOT${dropInPath}")" = 600 ]`;

  const ran = await machine.apply({ health: { command } });

  expect(ran).toMatchObject({
    code: 30,
    stderr: expect.stringMatching(/\(exit code 1\); rolled /),
  });
  expect(machine.snapshot()).toEqual(before);
  expect(toDockerd()).toHaveLength(since);
});

// proves: health.before
test("a machine that does not pass before a change is refused, and nothing is touched", async () => {
  const before = machine.snapshot();
  const health = { command: "echo connection refused >&2; exit 22" };

  const ran = await machine.apply({ health });

  expect(ran).toMatchObject({ code: 10, stdout: "" });
  expect(ran.stderr).toBe(
    "healthCheck: does not pass before the change (exit code 22: connection refused); a failure after it would not tell what broke; nothing was touched; put right what it asks for, or set healthCheck.before: ignore\n",
  );
  expect(machine.snapshot()).toEqual(before);
  expect(toDockerd()).toEqual([]);
});

test("with before: ignore a change may bring what the check asks for", async () => {
  const command = counting(`grep -q journald "$DOCKERTLS_ROOT/etc/docker/daemon.json"`);
  const keys = { "log-driver": "journald" };

  expect((await machine.apply({ keys, health: { command } })).code).toBe(10);
  machine.unset("asked");

  expectConverged(machine, await machine.apply({ keys, health: { command, before: "ignore" } }));
  expect(asked()).toBe(1);
});

// proves: health.not-asked
test("nothing is asked where nothing is to be done, by a removal, or where dockerd did not serve", async () => {
  const health = { command: counting("true") };
  expectConverged(machine, await machine.apply({ health }));
  expect(asked()).toBe(2);
  expect(await machine.apply({ health })).toMatchObject({ stdout: "nothing to do\n" });
  expect((await machine.remove()).code).toBe(0);
  expect(asked()).toBe(2);

  machine.set("active", "inactive");
  expect((await machine.apply({ health: { command: counting("false") } })).code).toBe(0);
  expect(asked()).toBe(2);
  expect(machine.get("active")).toBe("active");
});

test("it is asked until it passes or its time is over", async () => {
  await prepare(machine);
  const command = counting(`[ "$(wc -l <"$MODEL/asked")" -ge 3 ]`);

  expectConverged(
    machine,
    await machine.apply({
      keys: { debug: true },
      health: { command, before: "ignore", seconds: 60 },
    }),
  );
  expect(asked()).toBe(3);
});

test("what it said when it ended tells more than that the last time was cut short", async () => {
  const command = counting(`[ "$(wc -l <"$MODEL/asked")" = 1 ] || exit 124; echo not yet; exit 3`);

  const { stderr } = await machine.apply({ health: { command, seconds: 1 } });

  expect(stderr).toMatch(/before the change \(exit code 3: not yet\); /);
  expect(asked()).toBeGreaterThan(1);
});

// proves: health.killed
test("a run that was killed while it asked is completed: the next one has the check's last word", async () => {
  await prepare(machine);
  const before = machine.snapshot();
  const killed = await machine.apply(journald, { inserted: doAt("new-health", "kill -9 $$") });
  expect(killed.signal).toBe("SIGKILL");

  expect(await machine.apply(journald)).toMatchObject({ code: 30 });

  expect(machine.snapshot()).toEqual(before);
  expectContainersRun(machine);
});

// proves: health.secrets
test("its words are bounded and one line, and hold no secret that is known; its command is in no arguments", async () => {
  await prepare(machine);
  const said = async (
    health: NonNullable<Wanted["health"]>,
    more: Wanted = {},
  ): Promise<string> => {
    const { stderr } = await machine.apply({ keys: { debug: true }, health, ...more });
    const [, words = ""] = /\(exit code 1(.*)\); a failure after it/.exec(stderr) ?? [
      stderr,
      stderr,
    ];
    return words;
  };
  const hidden = "; its words may hold a secret and are not repeated";
  const command = `: geheim; tr '\\0' ' ' <"/proc/$$/cmdline"; exit 1`;

  expect(await said({ command })).toMatch(/^: sh \S+\/inbox\/health\.sh $/);
  expect(await said({ command: "echo sesam; exit 1" }, { foreignWords: ["sesam"] })).toBe(": ***");
  expect(await said({ command: "echo http://a:geheim@b/; exit 1" })).toBe(": ***@b/");
  expect(await said({ command: "printf 'one\\ntwo\\033[31m\\n'; exit 1" })).toBe(": one two [31m");
  const long = await said({ command: "tr '\\0' x </dev/zero | head -c 9000; echo y; exit 1" });
  expect(long).toMatch(/^: x{200,299}y$/);
  expect(await said({ command: "echo geheim; exit 1", isSecret: true })).toBe(hidden);
  expect(await said({ command: "echo geheim; exit 1" }, { hidden: true })).toBe(hidden);
});

test("what it leaves running keeps nobody from the next change", async () => {
  const command = `tail -f /dev/null >/dev/null 2>&1 & echo $! >>"$MODEL/left"`;
  try {
    expectConverged(machine, await machine.apply({ health: { command } }));
    expectConverged(machine, await machine.apply({ keys: { debug: true } }));
  } finally {
    for (const left of machine.get("left").split("\n")) process.kill(Number(left));
  }
});
