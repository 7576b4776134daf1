import { lastLine, sum, tallyOf } from "../../../scripts/test/tally.ts";

const result = {
  numPassedTests: 12,
  numFailedTests: 0,
  numRuntimeErrorTestSuites: 0,
  testResults: [],
};

test("the last line is what .ci/run and people read", () => {
  expect(lastLine(sum([tallyOf(result), tallyOf({ ...result, numFailedTests: 2 })]))).toBe(
    "24 passed, 2 failed",
  );
});

test("a suite that doesn't load is not green", () => {
  expect(tallyOf({ ...result, numRuntimeErrorTestSuites: 1 }).failed).toBe(1);
});

test("a jest that never got to its end is not green", () => {
  expect(tallyOf(undefined)).toEqual({ passed: 0, failed: 1 });
});
