// The wait for a stack that another run has locked.
import {
  LockWait,
  lockedLine,
  stackLockIn,
  waitSeconds,
  type StackLock,
} from "../../scripts/stack-lock.ts";

const held: StackLock = { holder: " by alice@laptop (process 4711) since 2026-11-30 01:00:00 UTC" };

function waiting(seconds: number): {
  readonly wait: LockWait;
  readonly lines: string[];
  readonly stop: AbortController;
} {
  const lines: string[] = [];
  const stop = new AbortController();
  const say = (line: string): void => void lines.push(line);
  const wait = new LockWait({ seconds, say, signal: stop.signal, pauseSeconds: 0.01 });
  return { wait, lines, stop };
}

test("without --wait nothing is waited for, and the line says how to", async () => {
  const { wait, lines } = waiting(waitSeconds(undefined));
  expect(await wait.again("prod", held)).toBe(false);
  expect(lines).toEqual([]);
  expect(wait.lineOf("prod", held)).toBe(
    "stack prod: it is locked by alice@laptop (process 4711) since 2026-11-30 01:00:00 UTC; another run works on it, or was killed while it did, so this one was turned away; wait for that run with --wait 10m, or free the stack with `pulumi cancel` if it is dead",
  );
});

test("it says once whom it waits for, and again when that is somebody else", async () => {
  const { wait, lines } = waiting(600);
  for (let turn = 0; turn < 3; turn += 1) expect(await wait.again("prod", held)).toBe(true);
  expect(await wait.again("prod", { holder: " by bob@ci" })).toBe(true);
  expect(lines).toEqual([
    "stack prod: it is locked by alice@laptop (process 4711) since 2026-11-30 01:00:00 UTC; waiting for it, 10 min at most",
    "stack prod: it is locked by bob@ci; waiting for it, 10 min at most",
  ]);
});

test("it waits that long all in all, the tries among it, for each stack, and says so in the end", async () => {
  const { wait } = waiting(0.5);
  let turns = 0;
  const begun = performance.now();
  while (await wait.again("prod", held)) {
    turns += 1;
    // What is done between two tries.
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  expect(turns).toBeGreaterThanOrEqual(1);
  // Not as often as pauses alone would go into it.
  expect(turns).toBeLessThanOrEqual(5);
  expect(performance.now() - begun).toBeGreaterThanOrEqual(450);
  expect(await wait.again("dev", held)).toBe(true);
  expect(waiting(90).wait.lineOf("prod", held)).toMatch(
    /^stack prod: it is locked by alice@laptop .*, and still was after 1 min 30 s; another run /,
  );
});

test("Ctrl-C ends it at once", async () => {
  const lines: string[] = [];
  const stop = new AbortController();
  const say = (line: string): void => void lines.push(line);
  const wait = new LockWait({ seconds: 600, say, signal: stop.signal, pauseSeconds: 600 });
  const again = wait.again("prod", held);
  stop.abort();
  expect(await again).toBe(false);
  expect(await wait.again("prod", held)).toBe(false);
});

test.each([
  ["90s", 90],
  ["10m", 600],
  ["1h30m", 5400],
])("--wait %s", (text, seconds) => {
  expect(waitSeconds(text)).toBe(seconds);
});

test.each(["10", "", "soon", "-5m"])("--wait %j is refused in a line", (text) => {
  expect(() => waitSeconds(text)).toThrow(
    /^--wait: ".*" is no time; .*; write one with its unit, /,
  );
});

test("what is no lock is none, and a backend that names nobody is not made to", () => {
  expect(stackLockIn("error: no such thing")).toBeUndefined();
  expect(stackLockIn("error: [409] Conflict: Another update is currently in progress.")).toEqual({
    holder: "",
  });
  expect(lockedLine("prod", { holder: "" })).toMatch(/^stack prod: it is locked; another run /);
});
