import {
  fieldCasesLine,
  fieldCasesOf,
  lastLine,
  sum,
  tallyOf,
} from "../../../scripts/test/tally.ts";

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

test("a case from the field is right where all tests of its number pass, on every kind of machine", () => {
  const run = (...tests: [string, string][]) =>
    fieldCasesOf({
      ...result,
      testResults: [
        {
          ...{ name: "a.test.ts", startTime: 0, endTime: 1 },
          assertionResults: tests.map(([title, status]) => ({ title, status })),
        },
      ],
    });
  const one = run(["case 1: a socket", "passed"], ["case 2: a unit", "passed"], ["x", "failed"]);

  expect(fieldCasesLine([one])).toEqual(["cases from the field: 2 of 2 right"]);
  expect(fieldCasesLine([one, run(["case 2: the same", "failed"])])).toEqual([
    "cases from the field: 1 of 2 right",
  ]);
  expect(fieldCasesLine([fieldCasesOf(undefined)])).toEqual([]);
});
