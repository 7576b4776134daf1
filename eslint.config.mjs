// Lint with types: a forgotten await or an Output in a template string is an error here, and the
// layers of docs/architecture.md are kept apart by import rules.
import tseslint from "typescript-eslint";

/** @param {string} message @param {string[]} group */
const banned = (message, ...group) => ({ group, message });

const noLab = banned(
  "lab/ stands in for machines and downloads; the program must not depend on it.",
  "**/lab/**",
);
const noStandins = banned(
  "standins/ takes the place of Pulumi's own plugins; the program must not depend on it.",
  "**/standins/**",
);
const noScripts = banned(
  "scripts/ is for operators; the program must not depend on it.",
  "**/scripts/**",
);
const production = [noLab, noStandins, noScripts];

/** @param {string[]} files @param {object[]} patterns */
const layer = (files, ...patterns) => ({
  files,
  rules: { "no-restricted-imports": ["error", { patterns: [...production, ...patterns] }] },
});

const onlyFleet = "pki, host and verify don't know each other: only fleet wires them.";

const pure = banned(
  "model is pure: plain values in, plain values out.",
  ...["@pulumi/*", "node:fs", "node:fs/*", "fs", "node:net", "net", "node:tls"],
  ...["node:child_process", "ssh2"],
);

/**
 * The folders of components/model in the order in which imports go: each with those that it may import. All
 * may import the files beside these folders, which import none of them. The table in docs/architecture.md
 * says what each is for.
 */
const modelRooms = {
  "daemon-json": [],
  firewall: ["daemon-json"],
  configuration: ["daemon-json"],
  systemd: ["daemon-json"],
  observed: ["daemon-json", "systemd"],
  desired: ["daemon-json", "systemd", "observed"],
  drift: ["firewall", "daemon-json", "systemd", "observed", "desired"],
  plan: ["daemon-json", "systemd", "observed", "desired", "drift"],
  preconditions: ["daemon-json", "systemd", "observed", "desired"],
};

/** @param {string} up from a file to the folder above components/model */
const outOfModel = (up) => ({
  regex: `^${up.replaceAll(".", "\\.")}`,
  message: "model imports nothing from outside of it.",
});

/** @param {string[]} rooms */
const otherRooms = (rooms) => ({
  regex: `^\\.\\.?/(${rooms.join("|")})/`,
  message: "imports between the folders of model go one way: see modelRooms in eslint.config.mjs.",
});

const configReaders = {
  selector:
    ":matches(MemberExpression[object.name='pulumi'][property.name='Config'], ImportDeclaration[source.value='@pulumi/pulumi'] ImportSpecifier[imported.name='Config'])",
  message: "components/stack is the only reader of pulumi.Config.",
};

const environmentReaders = {
  selector: "MemberExpression[object.name='process'][property.name='env']",
  message: "components/stack is the only reader of the environment.",
};

export default tseslint.config(
  { ignores: ["node_modules/", ".dockertls/", ".lab/"] },
  {
    files: ["**/*.ts"],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: {
      parserOptions: { project: "./tsconfig.json", tsconfigRootDir: import.meta.dirname },
    },
    linterOptions: { reportUnusedDisableDirectives: "error" },
    rules: {
      // A number in a message is fine; an object, a promise or an Output isn't.
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      "@typescript-eslint/restrict-plus-operands": ["error", { allowNumberAndString: true }],
      "@typescript-eslint/no-unused-vars": [
        "error",
        { argsIgnorePattern: "^_", varsIgnorePattern: "^_" },
      ],
      "@typescript-eslint/consistent-type-imports": "error",
      // `() => output.write(x)` as a callback says what it means.
      "@typescript-eslint/no-confusing-void-expression": "off",
      // A resource of Pulumi exists by being constructed.
      "no-new": "off",
      "@typescript-eslint/no-extraneous-class": "off",
      eqeqeq: "error",
    },
  },
  {
    files: ["index.ts", "components/**/*.ts", "provider/**/*.ts", "doctor/**/*.ts"],
    ignores: ["components/stack/*.ts"],
    rules: { "no-restricted-syntax": ["error", configReaders] },
  },
  {
    files: ["index.ts", "components/**/*.ts"],
    ignores: ["components/stack/*.ts"],
    rules: { "no-restricted-syntax": ["error", configReaders, environmentReaders] },
  },
  layer(["index.ts", "components/**/*.ts", "provider/**/*.ts"]),
  layer(["components/model/*.ts"], pure, outOfModel("../"), otherRooms(Object.keys(modelRooms))),
  ...Object.entries(modelRooms).map(([room, below]) =>
    layer(
      [`components/model/${room}/**/*.ts`],
      pure,
      outOfModel("../../"),
      otherRooms(Object.keys(modelRooms).filter((one) => one !== room && !below.includes(one))),
    ),
  ),
  layer(["components/pki/**/*.ts"], banned(onlyFleet, "**/host/**", "**/verify/**", "**/fleet/**")),
  layer(["components/host/**/*.ts"], banned(onlyFleet, "**/pki/**", "**/verify/**", "**/fleet/**")),
  layer(["components/verify/**/*.ts"], banned(onlyFleet, "**/pki/**", "**/host/**", "**/fleet/**")),
  layer(
    ["provider/**/*.ts"],
    banned(
      "The plugin shares only the model and the remote programs with the program.",
      "**/components/{stack,pki,verify,fleet}/**",
      "**/components/host/*.ts",
    ),
  ),
  layer(
    ["policies/**/*.ts"],
    banned(
      "A policy sees the inputs of resources; of the program it knows their names and the model.",
      "**/components/{stack,pki,host,verify,fleet}/**",
      "**/provider/**",
    ),
  ),
  layer(["doctor/**/*.ts"], banned("The doctor works without the engine's SDK.", "@pulumi/*")),
  {
    // What a test reaches into is often unchecked on purpose; the assertions are the check.
    files: ["tests/**/*.ts", "standins/tests/**/*.ts"],
    rules: {
      "@typescript-eslint/no-non-null-assertion": "off",
      "@typescript-eslint/no-unsafe-assignment": "off",
      "@typescript-eslint/no-unsafe-member-access": "off",
    },
  },
);
