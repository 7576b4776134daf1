// Tests run as the program does: as ES modules, with the types stripped and nothing else changed.
export default {
  testEnvironment: "node",
  extensionsToTreatAsEsm: [".ts"],
  transform: { "\\.ts$": "<rootDir>/tests/support/strip-types.mjs" },
  // A limit for what hangs, not for what is slow: the machine has two cores, and more to do than one test.
  testTimeout: 30_000,
  testMatch: ["<rootDir>/{tests,standins/tests}/**/*.test.ts"],
};
