// Tests run as the program does: as ES modules, with the types stripped and nothing else changed.
export default {
  testEnvironment: "node",
  extensionsToTreatAsEsm: [".ts"],
  transform: { "\\.ts$": "<rootDir>/tests/support/strip-types.mjs" },
  testMatch: ["<rootDir>/tests/**/*.test.ts"],
};
