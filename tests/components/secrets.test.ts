import { unwrap } from "../../provider/wire.ts";
import { isWrapper, run, the, visible, type Run } from "../support/program.ts";
import { hostKey, machine } from "../support/stack-configuration.ts";

const login = "-----BEGIN RSA PRIVATE KEY-----\nlogin\n-----END RSA PRIVATE KEY-----\n";
// dockerd refuses a mirror with a password, but a path may be as secret.
const mirror = "https://mirror.example/geheim";
const hosts = {
  b1: machine({
    ssh: { hostKey, privateKey: login },
    daemon: { "registry-mirrors": [mirror] },
    healthCheck: { command: "curl -H 'Token: geheim' localhost" },
  }),
  b2: machine({ address: "10.0.0.5", ssh: { hostKey, privateKey: login } }),
};

let program: Run;
beforeAll(async () => {
  const defaults = { healthCheck: { command: "curl localhost" } };
  program = await run({ daemon: { debug: true }, defaults, hosts }, ["hosts"]);
});

test("no private key stands in an input that anyone can see, as it is or encoded", () => {
  const all = JSON.stringify(program.resources);
  const seen = JSON.stringify(program.resources.map(({ inputs }) => visible(inputs)));
  const encoded = Buffer.from("-----BEGIN EC PRIVATE KEY").toString("base64").slice(0, 30);
  // Looked for in the whole as well: the test would see nothing if the keys were not there at all.
  expect(all).toContain("PRIVATE KEY");
  for (const form of ["PRIVATE KEY", encoded]) expect(seen).not.toContain(form);
});

test.each([
  ["b1-state", "connection"],
  ["b1-undo", "connection"],
  ["b1-converge", "connection"],
  ["b1-converge", "stdin"],
  ["b1-proof", "tls"],
  ["b1-docker", "keyMaterial"],
  ["ca-g1", "privateKeyPem"],
  ["b1-server-request", "privateKeyPem"],
])("%s: %s is a secret", (name, key) => {
  const type = name === "ca-g1" ? "selfSignedCert" : "";
  expect(isWrapper(the(program, name, type).inputs[key])).toBe(true);
});

test("daemon keys that came as a secret are one, and say so to whoever compares them", () => {
  const own = the(program, "b1-state").inputs["desired"];
  expect(JSON.stringify(visible(own))).not.toContain("geheim");
  expect(JSON.stringify(own)).toContain("geheim");
});

test("so are keys that came with a base that is a secret", async () => {
  const based = { base: { daemon: { "registry-mirrors": [mirror] } }, hosts: { b1: machine() } };
  const { inputs } = the(await run(based, ["base"]), "b1-state");
  expect(JSON.stringify(inputs)).toContain("geheim");
  expect(JSON.stringify(visible(inputs))).not.toContain("geheim");
  expect(unwrap(inputs["desired"])).toMatchObject({ daemonIsSecret: true });
});

test("where only a login came as a secret, other machines' daemon keys stay readable", () => {
  const other = the(program, "b2-state").inputs["desired"];
  expect(visible(other)).toMatchObject({ daemon: { debug: true }, daemonIsSecret: false });
});

test("mirrors that are secret stand in no input of the proof that anyone can see", () => {
  expect(JSON.stringify(visible(the(program, "b1-proof").inputs))).not.toContain("geheim");
});

test("a health check stands in no input that anyone can see, and its words count as secret where it came as one", () => {
  const sent = (host: string): string =>
    String(unwrap(the(program, `${host}-converge`).inputs["stdin"]));
  expect(sent("b1")).toContain("\ncurl -H 'Token: geheim' localhost\n");
  expect(sent("b1")).toContain("\ntext health_hidden true\n");
  expect(sent("b2")).toContain("\ntext health_hidden false\n");
  const seen = program.resources.map(({ inputs }) => visible(inputs));
  expect(JSON.stringify(seen)).not.toContain("geheim");
});

// proves: secrets.own-key-only
test("a machine is sent its own key, and that of nobody else", () => {
  const keys = ["b1-server-key", "b2-server-key", "client-key", "ca-g1-key", "stranger-key"];
  const sentTo = (host: string): string[] => {
    const stdin = String(unwrap(the(program, `${host}-converge`).inputs["stdin"]));
    const texts = stdin.split(/\s/).map((word) => Buffer.from(word, "base64").toString("utf8"));
    return keys.filter((key) => [stdin, ...texts].some((text) => text.includes(`\n${key}\n`)));
  };
  expect({ b1: sentTo("b1"), b2: sentTo("b2") }).toEqual({
    b1: ["b1-server-key"],
    b2: ["b2-server-key"],
  });
});
