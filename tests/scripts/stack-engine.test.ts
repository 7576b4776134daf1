// What the engine could not do, in one line of its own words.
import { engineFailure } from "../../scripts/stack-engine.ts";

test.each([
  ["error: no such thing\nmore", "no such thing"],
  [
    "Previewing\nerror: 2 errors occurred:\n    1) no latest version\n    2) no plugin\n",
    "no latest version, and no plugin",
  ],
  ["error: 1 error occurred:\n\t* no plugin\n", "no plugin"],
  ["", "the engine failed and gave no reason"],
])("%j", (stderr, what) => {
  expect(engineFailure("prod", { exitCode: 255, stdout: "", stderr })).toMatch(
    `stack prod: ${what}; the engine could not do it; `,
  );
});

test.each([
  [
    "error: the stack is currently locked by 1 lock(s). Either wait for the other process(es) to end or delete the lock file with `pulumi cancel`.\n  file:///s/.pulumi/locks/organization/dockertls/prod/1.json: created by alice@laptop (pid 4711) at 2026-11-30T02:00:00+01:00",
    "it is locked by alice@laptop (process 4711) since 2026-11-30 01:00:00 UTC",
  ],
  ["error: [409] Conflict: Another update is currently in progress.", "it is locked"],
])("a lock is told by who holds it, where the engine says so", (stderr, what) => {
  expect(engineFailure("prod", { exitCode: 255, stdout: "", stderr })).toMatch(
    `stack prod: ${what}; another run works on it`,
  );
});
