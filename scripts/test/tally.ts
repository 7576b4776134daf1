// The last line of `npm test`, which .ci/run and people read. What did not run is not passed: a suite
// that fails to load, a check of lint, an integration layer that could not start all count as failed.

/** The part of jest's JSON result that is counted. */
export interface JestResult {
  numPassedTests: number;
  numFailedTests: number;
  numRuntimeErrorTestSuites: number;
  /** One for each file; times in milliseconds. */
  testResults: {
    name: string;
    startTime: number;
    endTime: number;
    assertionResults: { title: string; status: string }[];
  }[];
}

/** What is counted as failed although no test of jest's has. */
export const failure = (count: number): Tally => ({ passed: 0, failed: count });

export interface Tally {
  passed: number;
  failed: number;
}

/** No result at all means that jest itself did not get to its end. */
export const tallyOf = (result: JestResult | undefined): Tally =>
  result
    ? {
        passed: result.numPassedTests,
        failed: result.numFailedTests + result.numRuntimeErrorTestSuites,
      }
    : { passed: 0, failed: 1 };

export const sum = (tallies: Tally[]): Tally => ({
  passed: tallies.reduce((total, { passed }) => total + passed, 0),
  failed: tallies.reduce((total, { failed }) => total + failed, 0),
});

export const lastLine = ({ passed, failed }: Tally): string =>
  `${String(passed)} passed, ${String(failed)} failed`;

/** What tests named `case N: …` show: cases that people in the field have reported (docs/development.md). */
export interface FieldCases {
  /** Numbers of all of them. */
  readonly tried: readonly string[];
  /** Those of which a test has not passed. */
  readonly wrong: readonly string[];
}

export function fieldCasesOf(result: JestResult | undefined): FieldCases {
  const tests = (result?.testResults ?? []).flatMap(({ assertionResults }) => assertionResults);
  const numbersOf = (some: typeof tests): string[] =>
    some.flatMap(({ title }) => /^case (\d+): /.exec(title)?.[1] ?? []);
  return {
    tried: numbersOf(tests),
    wrong: numbersOf(tests.filter(({ status }) => status !== "passed")),
  };
}

/** Nothing where no test of one has run. */
export function fieldCasesLine(cases: readonly FieldCases[]): string[] {
  const tried = new Set(cases.flatMap((one) => one.tried));
  const wrong = new Set(cases.flatMap((one) => one.wrong));
  return tried.size === 0
    ? []
    : [`cases from the field: ${String(tried.size - wrong.size)} of ${String(tried.size)} right`];
}
