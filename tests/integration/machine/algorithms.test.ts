// Which kinds of keys dockerd and its clients take: of the authority, the machine and the client, all at once.
import { X509Certificate } from "node:crypto";
import { join } from "node:path";
import type { ClientBundle } from "../../../components/model/certificates.ts";
import { keyAlgorithms, type KeyAlgorithm } from "../../../components/model/key-algorithm.ts";
import { dockerCli, signTo } from "../../support/api-clients.ts";
import { closeStacks, StackRun } from "../../support/stack-run.ts";
import { bootMilliseconds, TestMachine } from "../../support/test-machine.ts";

const machine = new TestMachine("t1");
let stack: StackRun;

/** What the certificates of a generation say of their keys. */
const keys: Readonly<Record<KeyAlgorithm, object>> = {
  "ECDSA-P256": { type: "ec", namedCurve: "prime256v1" },
  "ECDSA-P384": { type: "ec", namedCurve: "secp384r1" },
  "ECDSA-P521": { type: "ec", namedCurve: "secp521r1" },
  "RSA-2048": { type: "rsa", modulusLength: 2048 },
  "RSA-3072": { type: "rsa", modulusLength: 3072 },
  "RSA-4096": { type: "rsa", modulusLength: 4096 },
  ED25519: { type: "ed25519" },
};

const settings = (generation: number, algorithm: KeyAlgorithm): Record<string, unknown> => ({
  tls: { generation, algorithm },
  hosts: { t1: machine.host() },
});

beforeAll(async () => {
  await machine.pristine();
  stack = await StackRun.onFakeEngine(settings(1, "ECDSA-P256"));
}, bootMilliseconds);

afterAll(closeStacks);

const keyOf = (pem: string): object => {
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = new X509Certificate(pem)
    .publicKey;
  return { type, ...details };
};

// proves: certificates.algorithms
test.each(keyAlgorithms.map((algorithm, at) => [algorithm, at + 1] as const))(
  "%s: dockerd serves with it, and lets its clients in, the docker CLI and Node alike",
  async (algorithm, generation) => {
    stack.configure(settings(generation, algorithm));
    const up = await stack.up();
    expect(up.all).not.toMatch(/error/);
    expect(up.exitCode).toBe(0);

    const { ca, cert, key } = (await stack.output("clientBundle")) as ClientBundle;
    const served = await machine.sh("cat /opt/docker-ssl/cert.pem");
    for (const pem of [ca, cert, served]) expect(keyOf(pem)).toMatchObject(keys[algorithm]);
    const hears = await signTo(machine.address, { ca, certificate: cert, privateKey: key });
    expect(hears).toBe("let in: HTTP 200");
    const docker = await dockerCli(
      join(stack.directory, "client"),
      ["--tlsverify", `-H=${machine.address}:2376`, "info", "--format", "{{.Name}}"],
      { tlscacert: ca, tlscert: cert, tlskey: key },
    );
    expect(docker).toEqual({ exitCode: 0, stdout: "t1", stderr: "" });
  },
);

test("another kind takes effect with another generation alone", async () => {
  const generation = keyAlgorithms.length;
  stack.configure(settings(generation, "RSA-2048"));
  const preview = await stack.preview("--expect-no-changes");
  expect(preview.all).not.toMatch(/error/);
  expect(preview.exitCode).toBe(0);
});
