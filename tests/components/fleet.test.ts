import { run, the, type Run } from "../support/program.ts";
import { machine } from "../support/stack-configuration.ts";

let one: Run;
let two: Run;

beforeAll(async () => {
  one = await run({ hosts: { b1: machine() } });
  two = await run({ hosts: { b1: machine(), b2: machine({ address: "10.0.0.5" }) } });
});

function tree({ resources }: Run): string[] {
  return resources
    .map(({ parent, type, name, dependencies }) => {
      const after = dependencies.length === 0 ? "" : ` after ${dependencies.join(", ")}`;
      return `${parent}/ ${type} ${name}${after}`;
    })
    .sort();
}

const shared = [
  "/ dockertls:index:Fleet fleet",
  "ca/ tls:index/privateKey:PrivateKey ca-g1-key",
  "ca/ tls:index/selfSignedCert:SelfSignedCert ca-g1 after ca-g1-key",
  "client/ tls:index/certRequest:CertRequest client-request after client-key",
  "client/ tls:index/locallySignedCert:LocallySignedCert client after ca-g1, ca-g1-key, client-request",
  "client/ tls:index/privateKey:PrivateKey client-key",
  "fleet/ dockertls:index:CertificateAuthority ca",
  "fleet/ dockertls:index:ClientCertificate client",
  "fleet/ dockertls:index:Stranger stranger",
  "stranger/ tls:index/privateKey:PrivateKey stranger-key",
  "stranger/ tls:index/selfSignedCert:SelfSignedCert stranger after stranger-key",
];

/** The seven resources of a machine, and the components around them. */
const ofHost = (name: string): string[] => [
  `fleet/ dockertls:index:Host ${name}`,
  `fleet/ dockertls:index:ServerCertificate ${name}-server`,
  `${name}-server/ tls:index/privateKey:PrivateKey ${name}-server-key`,
  `${name}-server/ tls:index/certRequest:CertRequest ${name}-server-request after ${name}-server-key`,
  `${name}-server/ tls:index/locallySignedCert:LocallySignedCert ${name}-server after ${name}-server-request, ca-g1, ca-g1-key`,
  `${name}/ command:remote:Command ${name}-undo after ${name}-state`,
  `${name}/ dockertls-host:index:HostState ${name}-state after ${name}-server, ${name}-server-key, ca-g1`,
  `${name}/ dockertls-host:index:HostScript ${name}-script after ${name}-state, ${name}-undo`,
  `${name}/ command:remote:Command ${name}-converge after ${name}-script, ${name}-server, ${name}-server-key, ${name}-state, ca-g1`,
  `fleet/ dockertls-host:index:EndpointProof ${name}-proof after ${name}-converge, ${name}-server, ${name}-server-key, ${name}-state, ca-g1, client, client-key, stranger, stranger-key`,
  `fleet/ pulumi:providers:docker ${name}-docker after ${name}-proof, ca-g1, client, client-key`,
];

test("the whole program for one machine: these resources, and no others", () => {
  expect(tree(one)).toEqual([...shared, ...ofHost("b1")].sort());
});

test("a second machine adds its own, and changes nothing about the first", () => {
  expect(tree(two)).toEqual([...shared, ...ofHost("b1"), ...ofHost("b2")].sort());
  for (const { name, type, inputs } of one.resources) {
    // Who else there is: HostState calls a change of that none (tests/provider/host-state.test.ts).
    const { hostEndpoints: _, ...others } = inputs;
    const { hostEndpoints, ...same } = the(two, name, type).inputs;
    expect(same).toEqual(others);
    expect(hostEndpoints).toEqual(
      name === "b1-state" ? { b1: "10.0.0.4:22", b2: "10.0.0.5:22" } : undefined,
    );
  }
});

test("the docker provider connects to the machines that the configuration says, the proof to all", async () => {
  const hosts = { b1: machine(), b2: machine({ address: "10.0.0.5" }) };
  const { resources, hosts: summaries } = await run({ hosts, verification: "canaries" });
  const named = (type: string): string[] =>
    resources.filter((one) => one.type.includes(type)).map(({ name }) => name);
  expect(named("pulumi:providers:docker")).toEqual(["b1-docker"]);
  expect(named("EndpointProof").sort()).toEqual(["b1-proof", "b2-proof"]);
  expect(summaries["b2"]).toMatchObject({ endpoint: "tcp://seen-by-b2-proof:2376" });
});

test("nothing of a machine waits for another: one dead machine must not hold up the rest", () => {
  for (const { name, dependencies } of two.resources) {
    const own = /^b[12]/.exec(name)?.[0];
    const foreign = dependencies.filter(
      (dependency) => /^b[12]/.test(dependency) && !dependency.startsWith(own ?? "none"),
    );
    expect({ name, foreign }).toEqual({ name, foreign: [] });
  }
});

test("only what touches the machine waits for undo, and nobody for a component as a whole", () => {
  const dependencies = two.resources.flatMap((one) =>
    one.dependencies.map((dependency) => `${dependency} <- ${one.name}`),
  );
  expect(dependencies.filter((line) => line.includes("-undo <-"))).toEqual([
    "b1-undo <- b1-script",
    "b2-undo <- b2-script",
  ]);
  expect(dependencies.filter((line) => /^(fleet|ca|b\d) <-/.test(line))).toEqual([]);
});

test("names come from the machine's name alone: a moved or reordered machine stays itself", async () => {
  const elsewhere = { address: "2001:db8::1", ssh: { hostKey: hostKeyOf(), port: 2222 } };
  const moved = await run({
    hosts: { b2: machine({ address: "10.0.0.5" }), b1: machine(elsewhere) },
    tls: { port: 2377, directory: "/etc/docker/tls" },
  });
  expect(tree(moved)).toEqual(tree(two));
});

function hostKeyOf(): string {
  return (machine() as { ssh: { hostKey: string } }).ssh.hostKey;
}

test("what the stack says of each machine", () => {
  expect(one.hosts).toEqual({
    b1: {
      api: "mutual-tls",
      endpoint: "tcp://seen-by-b1-proof:2376",
      name: "b1-proof",
      serverVersion: "26.1.5",
      operatingSystem: "Debian GNU/Linux 13 (trixie)",
      registryMirrors: ["https://mirror.example/"],
      liveRestore: true,
      certificateExpiresAt: "2027-01-01T00:00:00.000Z",
      refusals: ["a client of b1-proof: refused"],
      findings: ["finding of b1-state"],
      unmanagedKeys: ["proxies"],
    },
  });
  expect(one.hostsAreSecret).toBe(false);
});

// proves: bundle.secret
test("the client's files are a secret output", () => {
  expect(one.bundle).toEqual({
    ca: "certificate ca-g1",
    cert: "certificate client",
    key: "-----BEGIN EC PRIVATE KEY-----\nclient-key\n",
  });
  expect(one.bundleIsSecret).toBe(true);
});
