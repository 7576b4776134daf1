// The example of three environments, as a person would start from it.
import { globSync, readFileSync } from "node:fs";
import { Ajv } from "ajv";
import { parse } from "yaml";
import {
  parseConfiguration,
  stackKeys,
  type Configuration,
  type Raw,
} from "../../components/model/configuration/parse.ts";
import { formatProblem } from "../../components/model/problem.ts";
import { projectFileSchema, stackFileSchema } from "../../scripts/docs/stack-schema.ts";
import { orderProblem, predecessors } from "../../scripts/rollout/promotion.ts";
import { recordedIn } from "../../scripts/rollout/recorded.ts";

const folder = "examples/environments";
const stacks = ["dev", "staging", "prod"];

interface File {
  readonly config: Readonly<Record<string, unknown>>;
}
const read = (file: string): File => parse(readFileSync(`${folder}/${file}`, "utf8")) as File;
const project = read("Pulumi.yaml");

/** As the engine hands it to the program: the project's values stand under `value`. */
function configurationOf(stack: string): Configuration {
  const { value } = project.config["dockertls:base"] as { value: unknown };
  const given = { "dockertls:base": value, ...read(`Pulumi.${stack}.yaml`).config };
  const raw = Object.fromEntries(
    stackKeys.map((key) => [key, Reflect.get(given, `dockertls:${key}`)]),
  ) as Raw;
  const result = parseConfiguration(raw);
  if ("problems" in result) throw new Error(result.problems.map(formatProblem).join("\n"));
  return result.configuration;
}

test("is these files", () => {
  expect(globSync(`${folder}/*`).sort()).toEqual(
    ["Pulumi.dev.yaml", "Pulumi.prod.yaml", "Pulumi.staging.yaml", "Pulumi.yaml"].map(
      (file) => `${folder}/${file}`,
    ),
  );
});

// proves: environments.examples
test("every stack has what the base says, and what it says itself", () => {
  const [dev, staging, prod] = stacks.map((stack) => configurationOf(stack).hosts[0]);
  const shared = { "log-driver": "json-file", "registry-mirrors": ["https://mirror.gcr.io"] };
  expect(dev).toMatchObject({
    sudo: false,
    ssh: { user: "root" },
    daemon: { ...shared, debug: true },
  });
  expect(staging).toMatchObject({ sudo: true, ssh: { user: "deploy" }, daemon: shared });
  expect(prod).toMatchObject({
    ssh: { knownHosts: "../keys/known_hosts.prod" },
    daemon: { ...shared, "log-opts": { "max-size": "10m", "max-file": "10" } },
  });
});

test("their order is the one of the files", () => {
  const recorded = recordedIn(folder, stacks);
  expect(orderProblem(stacks, recorded)).toBeUndefined();
  expect([...predecessors(["prod", "staging"].toReversed(), recorded)]).toEqual([
    ["staging", "dev"],
    ["prod", "staging"],
  ]);
});

test("an editor has nothing to underline", () => {
  const ajv = new Ajv({ strict: true, strictRequired: false, strictTypes: false });
  const check = (schema: object, file: File): unknown => {
    const valid = ajv.compile(schema);
    return valid(file) ? [] : valid.errors;
  };
  expect(check(projectFileSchema(), project)).toEqual([]);
  for (const stack of stacks)
    expect(check(stackFileSchema(), read(`Pulumi.${stack}.yaml`))).toEqual([]);
});

test("the project's file is this project's, but for the base", () => {
  const { config: _, ...rest } = parse(readFileSync(`${folder}/Pulumi.yaml`, "utf8")) as Record<
    string,
    unknown
  >;
  expect(rest).toEqual(parse(readFileSync("Pulumi.yaml", "utf8")));
});

test.each(["Pulumi.yaml", ...stacks.map((stack) => `Pulumi.${stack}.yaml`)])(
  "%s names its schema, where it is from there",
  (file) => {
    const [first] = readFileSync(`${folder}/${file}`, "utf8").split("\n");
    const schema =
      file === "Pulumi.yaml" ? "dockertls.project.schema.json" : "dockertls.schema.json";
    expect(first).toBe(`# yaml-language-server: $schema=../../docs/${schema}`);
  },
);
