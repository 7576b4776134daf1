// Tests run as the program does: as ES modules, with the types stripped and nothing else changed.
export default {
  testEnvironment: "node",
  extensionsToTreatAsEsm: [".ts"],
  transform: { "\\.ts$": ["@swc/jest", { jsc: { target: "es2023", parser: { syntax: "typescript" } }, module: { type: "es6" } }] },
  testMatch: ["<rootDir>/tests/**/*.test.ts"],
};
