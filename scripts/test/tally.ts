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
    assertionResults: unknown[];
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
