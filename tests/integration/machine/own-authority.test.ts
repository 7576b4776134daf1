// An authority of one's own, an intermediate under a root that signs for others as well: the docker CLI, curl and Node get
// in with a bundle, whoever else is under that root does not, and a rotation to it cuts nobody off.
import { execFile } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { ClientBundle } from "../../../components/model/certificates.ts";
import { dockerCli, signTo } from "../../support/api-clients.ts";
import { make, signer, type Made } from "../../support/own-authority.ts";
import { closeStacks, expectNoChanges, StackRun, type Run } from "../../support/stack-run.ts";
import { bootMilliseconds, TestMachine } from "../../support/test-machine.ts";

const machine = new TestMachine("t1");
let stack: StackRun;
let root: Made;
let intermediate: Made;
let sibling: Made;
let old: ClientBundle;

const settings = (tls: Readonly<Record<string, unknown>>): Record<string, unknown> => ({
  hosts: { t1: machine.host({}) },
  clients: { alice: {} },
  tls,
});

/** As keys should come: by their files. */
function own(): Readonly<Record<string, string>> {
  const folder = mkdtempSync(join(tmpdir(), "dockertls-own-"));
  const file = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text, { mode: 0o600 });
    return join(folder, name);
  };
  return {
    certificatePem: file("ca.pem", intermediate.certificate),
    privateKeyPem: file("ca.key", intermediate.privateKey),
    chainPem: file("root.pem", root.certificate),
  };
}

async function becomes(tls: Readonly<Record<string, unknown>>): Promise<Run> {
  stack.configure(settings(tls));
  const up = await stack.up();
  expect(up.all).not.toMatch(/error/);
  expect(up.exitCode).toBe(0);
  return up;
}

const bundle = async (): Promise<ClientBundle> =>
  ((await stack.output("clientBundles")) as Record<string, ClientBundle>)["alice"] ?? missing();

const letIn = "let in: HTTP 200";
const heardBy = ({ ca, cert, key }: ClientBundle): Promise<string> =>
  signTo(machine.address, { ca, certificate: cert, privateKey: key });

/** dockerd's name, as the docker CLI hears it. */
const cliHears = async ({ ca, cert, key }: ClientBundle): Promise<string> => {
  const run = await dockerCli(
    join(stack.directory, "cli"),
    ["-H", `tcp://${machine.address}:2376`, "--tlsverify", "info", "--format", "{{.Name}}"],
    { tlscacert: ca, tlscert: cert, tlskey: key },
  );
  return run.exitCode === 0 ? run.stdout : run.stderr;
};

/** The status that curl gets, which goes by OpenSSL here. */
async function curlGets({ ca, cert, key }: ClientBundle): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "dockertls-curl-"));
  const files = Object.entries({ ca, cert, key }).map(([name, text]) => {
    writeFileSync(join(folder, name), text, { mode: 0o600 });
    return join(folder, name);
  });
  const [cacert = "", certificate = "", privateKey = ""] = files;
  const { stdout } = await promisify(execFile)("curl", [
    ...["-sS", "--cacert", cacert, "--cert", certificate, "--key", privateKey],
    ...["-o", "/dev/null", "-w", "%{http_code}", `https://${machine.address}:2376/_ping`],
  ]).catch((error: unknown) => ({ stdout: String(error) }));
  return stdout;
}

beforeAll(async () => {
  [root] = [await make({ subject: "Example Root" })];
  // One level more than machines and clients need: it is left for a successor some day.
  intermediate = await make({ subject: "Docker CA", under: root, pathLength: 1 });
  sibling = await make({ subject: "Mail CA", under: root });
  await machine.pristine();
  stack = await StackRun.onFakeEngine(settings({}));
}, bootMilliseconds);

afterAll(closeStacks);

// proves: authority.no-accident
test("added without another generation it is refused by a preview, and nothing is touched", async () => {
  await becomes({});
  old = await bundle();
  const mark = await machine.mark();

  stack.configure(settings({ authority: own() }));
  const preview = await stack.preview();

  expect(preview.exitCode).not.toBe(0);
  expect(preview.all).toMatch(
    /dockertls:tls\.authority: is set, and generation 1 has one that was made here; every certificate under it would be replaced/,
  );
  expect(await machine.dockerStarts(mark)).toBe(0);
});

// proves: authority.rotation-to-own
test("a rotation leads to it: old and new bundles get in, with the docker CLI, curl and Node", async () => {
  await becomes({ authority: own(), generation: 2, phase: 2 });
  for (const one of [old, await bundle()]) {
    expect([await heardBy(one), await cliHears(one), await curlGets(one)]).toEqual([
      letIn,
      await machine.sh("hostname"),
      "200",
    ]);
  }
});

// proves: authority.own
test("by itself, it lets its bundles in; the old one is out", async () => {
  await becomes({ authority: own(), generation: 2 });
  const now = await bundle();
  expect([await heardBy(now), await cliHears(now), await curlGets(now)]).toEqual([
    letIn,
    await machine.sh("hostname"),
    "200",
  ]);
  expect(await heardBy({ ...old, ca: now.ca })).toMatch(/alert (unknown ca|bad certificate)/);
  await expectNoChanges(stack);
});

test("whoever trusts the root alone is shown the way to it, and so is a client that trusts the authority alone", async () => {
  const now = await bundle();
  expect([
    await heardBy({ ...now, ca: root.certificate }),
    await cliHears({ ...now, ca: root.certificate }),
  ]).toEqual([letIn, await machine.sh("hostname")]);
  expect(await cliHears({ ...now, ca: intermediate.certificate })).toBe(
    await machine.sh("hostname"),
  );
});

// proves: authority.sibling-refused
test("a certificate of another intermediate of that root is refused, with and without the way to the root", async () => {
  const { ca } = await bundle();
  const stranger = await (await signer(sibling)).issue("client");
  for (const cert of [stranger.certificate, `${stranger.certificate}\n${sibling.certificate}`]) {
    const shown = { ca, cert, key: stranger.privateKey };
    expect(await heardBy(shown)).toMatch(/alert (unknown ca|bad certificate)/);
  }
});

function missing(): never {
  throw new Error("a bundle is missing");
}
