// The schema for editors, by a validator that knows nothing of this project.
import { globSync, readFileSync } from "node:fs";
import { Ajv, type ValidateFunction } from "ajv";
import { parse } from "yaml";
import * as z from "zod";
import {
  parseConfiguration,
  stackKeys,
  type Raw,
} from "../../components/model/configuration/parse.ts";
import { formatProblem } from "../../components/model/problem.ts";
import { isSchema, propertiesOf, schemaOf, stackSettings } from "../../scripts/docs/settings.ts";
import type { Schema } from "../../scripts/docs/settings.ts";
import { projectFileSchema, stackFileSchema } from "../../scripts/docs/stack-schema.ts";
import { hostKey, machine } from "../support/stack-configuration.ts";

const everySetting = "examples/Pulumi.every-setting.yaml";
const stackFiles = [...globSync("examples/*.yaml"), "Pulumi.dev.yaml"];

interface StackFile {
  readonly config: Readonly<Record<string, unknown>>;
}
const read = (path: string): StackFile => parse(readFileSync(path, "utf8")) as StackFile;

let valid: ValidateFunction;
beforeAll(() => {
  // Strict: a keyword that nobody knows, or that has no effect where it stands, is an error.
  valid = new Ajv({ strict: true, strictRequired: false, strictTypes: false }).compile(
    stackFileSchema(),
  );
});

// proves: configuration.every-setting
test.each(stackFiles)("%s is right to an editor and to the program", (path) => {
  const file = read(path);
  expect({ valid: valid(file), errors: valid.errors }).toEqual({ valid: true, errors: null });
  const given = decrypted(file.config);
  const raw = Object.fromEntries(stackKeys.map((key) => [key, given[key]])) as Raw;
  const result = parseConfiguration(raw);
  expect("problems" in result ? result.problems.map(formatProblem) : []).toEqual([]);
});

test.each(stackFiles)("%s names the schema, where it is from there", (path) => {
  const up = path.includes("/") ? "../" : "";
  const [first] = readFileSync(path, "utf8").split("\n");
  expect(first).toBe(`# yaml-language-server: $schema=${up}docs/dockertls.schema.json`);
});

const b1 = machine();
const secret = { secure: "v1:AAAA:BBBB" };

test.each<[string, unknown]>([
  ["nothing of ours", {}],
  [
    "what is Pulumi's",
    { encryptionsalt: "v1:x", config: { "aws:region": "eu", "dockertls-host:x": 1 } },
  ],
  [
    "a secret for everything",
    { config: { "dockertls:hosts": secret, "dockertls:daemon": secret } },
  ],
  ["a secret for a machine", { config: { "dockertls:hosts": { b1: secret } } }],
  [
    "a secret for a login",
    { config: { "dockertls:hosts": { b1: { address: "b1", ssh: secret } } } },
  ],
  ["a secret for a key of daemon.json", { config: { "dockertls:daemon": { proxies: secret } } }],
  [
    "a secret within a key of daemon.json",
    { config: { "dockertls:daemon": { proxies: { "http-proxy": secret }, labels: [secret] } } },
  ],
  [
    "null for members of maps, and for all others",
    {
      config: {
        "dockertls:daemon": {
          features: { "containerd-snapshotter": null, "*": null },
          builder: { gc: { enabled: null, "*": null }, history: null },
        },
      },
    },
  ],
  [
    "an unknown key of daemon.json, allowed for all",
    { config: { "dockertls:daemon": { new: 1 }, "dockertls:allowUnknownKeys": true } },
  ],
  [
    "an unknown key of daemon.json, allowed for one",
    {
      config: { "dockertls:hosts": { b1: { ...b1, allowUnknownKeys: true, daemon: { new: 1 } } } },
    },
  ],
])("%s is right", (_case, file) => {
  expect({ valid: valid(file), errors: valid.errors }).toEqual({ valid: true, errors: null });
});

const of = (changes: object): object => ({
  config: { "dockertls:hosts": { b1: machine({ ...changes }) } },
});

test.each<[string, unknown]>([
  ["a misspelt key of the stack", { config: { "dockertls:host": {} } }],
  ["a bastion without an address", of({ ssh: { hostKey, bastion: { hostKey } } })],
  ["a misspelt setting", of({ adress: "10.0.0.4" })],
  ["a machine without an address", { config: { "dockertls:hosts": { b1: { ssh: { hostKey } } } } }],
  ["a name that is none", { config: { "dockertls:hosts": { b_1: b1 } } }],
  ["a port out of range", of({ ssh: { hostKey, port: 70000 } })],
  ["a port in quotes", of({ ssh: { hostKey, port: "22" } })],
  ["a directory that is none", { config: { "dockertls:tls": { directory: "opt" } } }],
  ["a secret that is none", of({ ssh: { hostKey, privateKey: { secure: 1 } } })],
  ["a key of daemon.json of the wrong type", { config: { "dockertls:daemon": { debug: "yes" } } }],
  ["a number where dockerd wants quotes", of({ daemon: { "log-opts": { "max-file": 3 } } })],
  ["a key of daemon.json without a value", of({ daemon: { features: null } })],
  ["a value for all others", of({ daemon: { "log-opts": { "*": "x" } } })],
  ["a misspelt key of daemon.json", of({ daemon: { debugg: true } })],
  ["a misspelt key of daemon.json for all", { config: { "dockertls:daemon": { debugg: true } } }],
  ["a key of this program's own", { config: { "dockertls:daemon": { hosts: [] } } }],
  [
    "a key of this program's own where unknown ones pass",
    { config: { "dockertls:daemon": { tlskey: "/x" }, "dockertls:allowUnknownKeys": true } },
  ],
  ["an unknown key, not allowed", of({ allowUnknownKeys: false, daemon: { new: 1 } })],
])("%s is wrong", (_case, file) => {
  expect(valid(file)).toBe(false);
});

describe(everySetting, () => {
  const { config } = read(everySetting);

  // Would contradict what stands beside it.
  const insteadOfAnother = [
    ...["defaults.ssh.privateKey", "defaults.ssh.bastion.privateKey"],
    "defaults.ssh.bastion.knownHosts",
  ];
  const shown = pathsOf(stackSettings()).filter((path) => !insteadOfAnother.includes(path));

  test.each(shown)("has %s", (path) => {
    expect(isThere(decrypted(config), path.split("."))).toBe(true);
  });
});

test("a value that is made into another before it is looked at is told as what may be written", () => {
  const alone = z.preprocess((value) => [value].flat(), z.array(z.string()).min(1));
  expect(schemaOf(z.strictObject({ listen: alone.default(["x"]).describe("Where.") }))).toEqual({
    ...{ type: "object", additionalProperties: false },
    properties: {
      listen: {
        ...{ description: "Where.", default: ["x"] },
        anyOf: [{ type: "array", minItems: 1, items: { type: "string" } }, { type: "string" }],
      },
    },
  });
});

/** Every setting as a path; `*` stands for a name of the operator's. */
function pathsOf(schema: Schema, path: readonly string[] = []): string[] {
  return propertiesOf(schema).flatMap(([name, setting]) => {
    const entry = setting.additionalProperties;
    const here = [...path, name];
    const below = isSchema(entry) ? pathsOf(entry, [...here, "*"]) : pathsOf(setting, here);
    return [here.join("."), ...below];
  });
}

function isThere(value: unknown, [step, ...rest]: readonly string[]): boolean {
  if (step === undefined) return value !== undefined;
  if (typeof value !== "object" || value === null) return false;
  return step === "*"
    ? Object.values(value).some((one) => isThere(one, rest))
    : isThere(Reflect.get(value, step), rest);
}

/** The configuration as the engine hands it to the program: without its namespace, secrets opened. */
function decrypted(config: StackFile["config"]): Readonly<Record<string, unknown>> {
  const text = JSON.stringify(config).replace(/\{"secure":"[^"]*"\}/g, '"opened"');
  const opened = JSON.parse(text) as Record<string, unknown>;
  return Object.fromEntries(
    Object.entries(opened).map(([key, value]) => [key.replace(/^dockertls:/, ""), value]),
  );
}

describe("Pulumi.yaml", () => {
  const inBase = (value: unknown): unknown => ({
    name: "dockertls",
    config: { "dockertls:base": { value } },
  });
  const check = (file: unknown): boolean =>
    new Ajv({ strict: true, strictRequired: false, strictTypes: false }).compile(
      projectFileSchema(),
    )(file);

  test.each<[string, unknown]>([
    ["as it is", parse(readFileSync("Pulumi.yaml", "utf8"))],
    [
      "with a base",
      inBase({ daemon: { debug: true }, defaults: { sudo: true }, rollout: { soak: "30s" } }),
    ],
    [
      "with a key that it does not know, and leave",
      inBase({ allowUnknownKeys: true, daemon: { new: 1 } }),
    ],
  ])("%s is right to an editor", (_what, file) => expect(check(file)).toBe(true));

  test.each<[string, unknown]>([
    ["machines", inBase({ hosts: { b1 } })],
    ["an order of stacks", inBase({ rollout: { after: "dev" } })],
    ["a misspelt setting", inBase({ daemn: {} })],
    ["a misspelt key of daemon.json", inBase({ daemon: { debgu: true } })],
    ["a base without `value`", { config: { "dockertls:base": { daemon: {} } } }],
  ])("%s is underlined", (_what, file) => expect(check(file)).toBe(false));
});
