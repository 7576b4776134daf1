// Another generation of the authority: nothing that was under the one before stays in the program.
import { isWrapper, run, the, type Run } from "../support/program.ts";
import { hostKey, machine } from "../support/stack-configuration.ts";

const hosts = { b1: machine(), b2: machine({ address: "10.0.0.5" }) };
const generations = new Map<number, Run>();

beforeAll(async () => {
  for (const generation of [1, 2, 3]) {
    generations.set(generation, await run({ hosts, tls: { generation } }));
  }
});

function of(generation: number): Run {
  const program = generations.get(generation);
  if (program === undefined) throw new Error(`generation ${String(generation)} was not run`);
  return program;
}

/** Keys, requests and certificates, as the engine tells them apart: by kind and name. */
function material({ resources }: Run): string[] {
  return resources
    .filter(({ type }) => type.startsWith("tls:"))
    .map(({ type, name }) => `${type.split(":").at(-1) ?? ""} ${name}`)
    .sort();
}

/** All others. */
function rest({ resources }: Run): string[] {
  return resources
    .filter(({ type }) => !type.startsWith("tls:"))
    .map(({ parent, type, name }) => `${parent}/ ${type} ${name}`)
    .sort();
}

test("the first one is what a stack has that says nothing, under the names it always had", async () => {
  const silent = await run({ hosts });
  expect(material(silent)).toEqual(material(of(1)));
  expect(material(of(1))).toEqual([
    "CertRequest b1-server-request",
    "CertRequest b2-server-request",
    "CertRequest client-request",
    "LocallySignedCert b1-server",
    "LocallySignedCert b2-server",
    "LocallySignedCert client",
    "PrivateKey b1-server-key",
    "PrivateKey b2-server-key",
    "PrivateKey ca-g1-key",
    "PrivateKey client-key",
    "PrivateKey stranger-key",
    "SelfSignedCert ca-g1",
    "SelfSignedCert stranger",
  ]);
});

test("another one has a key, a request and a certificate of its own for each of them", () => {
  expect(material(of(2))).toEqual([
    "CertRequest b1-server-g2-request",
    "CertRequest b2-server-g2-request",
    "CertRequest client-g2-request",
    "LocallySignedCert b1-server-g2",
    "LocallySignedCert b2-server-g2",
    "LocallySignedCert client-g2",
    "PrivateKey b1-server-g2-key",
    "PrivateKey b2-server-g2-key",
    "PrivateKey ca-g2-key",
    "PrivateKey client-g2-key",
    "PrivateKey stranger-g2-key",
    "SelfSignedCert ca-g2",
    "SelfSignedCert stranger-g2",
  ]);
});

// proves: stolen.all-keys-replaced
test.each([
  [1, 2],
  [2, 3],
  [3, 1],
])("from %i to %i no key or certificate is the same resource", (before, after) => {
  const old = material(of(before));
  expect(material(of(after)).filter((one) => old.includes(one))).toEqual([]);
});

test("everything else is the same resource: no machine is given back", () => {
  expect(rest(of(2))).toEqual(rest(of(1)));
  expect(of(2).resources).toHaveLength(of(1).resources.length);
});

test("nothing that the second one hands over is of the first", () => {
  const all = JSON.stringify([of(2).resources, of(2).calls, of(2).bundle]);
  for (const name of ["ca-g1", "client-key", "stranger-key", "b1-server-key", "b2-server-key"]) {
    // Counted in the first one as well: the test would see nothing if names were not there at all.
    const seen = [of(1), of(2)].map(({ resources, bundle }) =>
      JSON.stringify([resources, bundle]).includes(name),
    );
    expect({ name, seen }).toEqual({ name, seen: [true, false] });
  }
  expect(all).not.toMatch(/certificate (client|stranger|b[12]-server)"/);
});

test("each authority has a subject of its own, and signs those of its generation", () => {
  const subjects = [1, 2, 3].map((generation) => {
    const { inputs } = the(of(generation), `ca-g${String(generation)}`, "selfSignedCert");
    return (inputs["subject"] as { commonName: string }).commonName;
  });
  expect(subjects).toEqual([1, 2, 3].map((g) => `dockertls dockertls/dev CA g${String(g)}`));
  for (const name of ["client-g2", "b1-server-g2", "b2-server-g2"]) {
    expect(the(of(2), name, "locallySignedCert").inputs).toMatchObject({
      caCertPem: "certificate ca-g2",
    });
  }
});

test("the bundle is of the new one", () => {
  expect(of(2).bundle).toEqual({
    ca: "certificate ca-g2",
    cert: "certificate client-g2",
    key: "-----BEGIN EC PRIVATE KEY-----\nclient-g2-key\n",
  });
  expect(of(2).bundleIsSecret).toBe(true);
});

test.each([
  ["ca-g2", "selfSignedCert", "privateKeyPem"],
  ["stranger-g2", "selfSignedCert", "privateKeyPem"],
  ["client-g2-request", "certRequest", "privateKeyPem"],
  ["b1-server-g2-request", "certRequest", "privateKeyPem"],
  ["client-g2", "locallySignedCert", "caPrivateKeyPem"],
  ["b1-server-g2", "locallySignedCert", "caPrivateKeyPem"],
  ["b1-converge", "", "stdin"],
  ["b1-proof", "", "tls"],
  ["b1-docker", "", "keyMaterial"],
])("%s (%s): %s is a secret", (name, type, key) => {
  expect(isWrapper(the(of(2), name, type).inputs[key])).toBe(true);
});

test("a machine that is reached in plaintext has none in any generation", async () => {
  const plain = { api: "plain-tcp", iUnderstandThatThisGivesRootToTheNetwork: true };
  const program = await run({
    hosts: { b1: { address: "10.0.0.4", ssh: { hostKey }, ...plain } },
    tls: { generation: 2 },
  });
  expect(material(program).filter((name) => name.includes("b1"))).toEqual([]);
});
