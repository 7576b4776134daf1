// What the tls resources make of their inputs, and what their states hold, by the contract.
import { isSecret, type Value, type Values } from "../values.ts";
import { isRequired, isSecretLine } from "./contract/contract.ts";
import {
  CERT_REQUEST,
  LOCALLY_SIGNED_CERT,
  PRIVATE_KEY,
  SELF_SIGNED_CERT,
} from "./contract/tls.ts";
import { PluginClient } from "./plugin-client.ts";
import { KEY, LOCALLY_SIGNED, material, P256, REQUEST, SELF_SIGNED } from "./tls-material.ts";

const CONTRACTS = {
  [KEY]: PRIVATE_KEY,
  [REQUEST]: CERT_REQUEST,
  [SELF_SIGNED]: SELF_SIGNED_CERT,
  [LOCALLY_SIGNED]: LOCALLY_SIGNED_CERT,
};

type Token = keyof typeof CONTRACTS;
const TOKENS = Object.keys(CONTRACTS) as Token[];

let plugin: PluginClient;
let samples: Readonly<Record<Token, Values>>;

beforeAll(async () => {
  plugin = await PluginClient.start("tls");
  await plugin.configure();
  const made = await material(plugin);
  samples = {
    [KEY]: P256,
    [REQUEST]: made.requestInputs(),
    [SELF_SIGNED]: made.authorityInputs(),
    [LOCALLY_SIGNED]: made.leafInputs(),
  };
}, 30_000);

afterAll(() => plugin.stop());

/** The plugin's words; it refuses some inputs by failing. */
async function refusal(token: Token, change: (inputs: Values) => Values): Promise<string> {
  const checked = plugin.check(token, change({ ...samples[token] }));
  return checked.then(({ failures }) => failures.join(), String);
}

const attribute = (property: string): string =>
  property.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

describe.each(TOKENS)("%s", (token) => {
  const { inputs, outputs } = CONTRACTS[token];

  test("accepts the sample", async () => {
    expect(await refusal(token, (sample) => sample)).toBe("");
  });

  test("the state holds what the contract says, and as secretly", async () => {
    const { state, id } = await plugin.make(token, samples[token]);
    expect(id).not.toBe("");
    const lines = Object.entries<string>(outputs);
    for (const [key, line] of lines) {
      if (!isRequired(line)) continue;
      // A path length that was not asked for is nothing.
      if (key !== "maxPathLength") expect(state).toHaveProperty(key);
    }
    const named = Object.keys(state).filter((key) => !/^(id$|__)/.test(key));
    expect(Object.keys(outputs)).toEqual(expect.arrayContaining(named));
    const secrets = lines.filter(([, line]) => isSecretLine(line)).map(([key]) => key);
    const found = Object.keys(state).filter((key) => isSecret(state[key]));
    expect(found.toSorted()).toEqual(secrets.toSorted());
  });

  const required = Object.entries<string>(inputs).filter(([, line]) => isRequired(line));
  test.each(required)("is refused without its %s", async (key) => {
    const words = await refusal(token, ({ [key]: _, ...rest }) => rest);
    expect(words).toMatch(new RegExp(`${key}|${attribute(key)}`));
  });

  const WRONG: Readonly<Record<string, Value>> = {
    string: ["x"],
    integer: "many",
    boolean: "yes",
    "list of string": "x",
  };
  test.each(Object.entries<string>(inputs))(
    "refuses another type for %s (%s)",
    async (key, line) => {
      const wrong = WRONG[line.split(", ")[0] ?? ""] ?? "x";
      const words = await refusal(token, (sample) => ({ ...sample, [key]: wrong }));
      expect(words).toContain(attribute(key));
    },
  );

  test("whole numbers are whole", async () => {
    for (const [key, line] of Object.entries<string>(inputs)) {
      if (!line.startsWith("integer")) continue;
      const words = await refusal(token, (sample) => ({ ...sample, [key]: 2048.5 }));
      expect(words).toMatch(new RegExp(`Configuration Read Error.*not an integer.*${key}`, "s"));
    }
  });

  test("does not take an output for an input", async () => {
    const [output = ""] = Object.keys(outputs).filter((key) => !(key in inputs));
    const words = await refusal(token, (sample) => ({ ...sample, [output]: "x" }));
    expect(words).toMatch(new RegExp(`Read-Only Attribute.*${output}`, "s"));
  });

  test("can't be imported", async () => {
    const imported = plugin.read(token, { id: "x", state: {}, inputs: {} });
    await expect(imported).rejects.toThrow("This resource does not support import.");
  });
});

test.each<[Token, string, Value, string]>([
  [KEY, "ecdsaCurve", "P-256", '["P224" "P256" "P384" "P521"], got: "P-256"'],
  [SELF_SIGNED, "allowedUses", ["server_auth", "server"], 'got: "server"'],
  [SELF_SIGNED, "validityPeriodHours", -1, "must be at least 0, got: -1"],
  [LOCALLY_SIGNED, "earlyRenewalHours", -1, "must be at least 0, got: -1"],
  [LOCALLY_SIGNED, "maxPathLength", -2, "must be at least -1, got: -2"],
])("%s refuses a %s of %j", async (token, key, value, reason) => {
  expect(await refusal(token, (sample) => ({ ...sample, [key]: value }))).toContain(reason);
});

test("a key of the stack's configuration that the provider has not is told", async () => {
  const { failures } = await plugin.checkConfig({ foo: "x" });
  expect(failures.join()).toContain("`tls:foo` is not a valid configuration key");
});

test("what the engine puts beside the configuration is no matter", async () => {
  const { failures } = await plugin.checkConfig({ version: "5.6.1", pluginDownloadURL: "x" });
  expect(failures).toEqual([]);
});
