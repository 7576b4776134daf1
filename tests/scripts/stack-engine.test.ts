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
