// A stack with an authority of its own: who signs, who is trusted where, and what becomes secret.
import "../support/errors-of-node.ts";
import { X509Certificate } from "node:crypto";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { RunError } from "@pulumi/pulumi";
import { formatProblem } from "../../components/model/problem.ts";
import { certificatesIn } from "../../components/model/trust-bundle.ts";
import { openAuthorityKey } from "../../components/stack/key-files.ts";
import { unwrap } from "../../provider/wire.ts";
import { make, type Made } from "../support/own-authority.ts";
import { isWrapper, run, the, visible, type Run } from "../support/program.ts";
import { machine } from "../support/stack-configuration.ts";

const hosts = { b1: machine() };
let root: Made;
let intermediate: Made;
let successor: Made;
let alone: Run;
let rotation: Run;

const settings = (one: Made, ...above: readonly Made[]): object => ({
  certificatePem: one.certificate,
  privateKeyPem: one.privateKey,
  ...(above.length === 0 ? {} : { chainPem: above.map(({ certificate }) => certificate).join("") }),
});

beforeAll(async () => {
  root = await make({ subject: "Root" });
  intermediate = await make({ subject: "Docker CA", under: root });
  successor = await make({ subject: "Next" });
  alone = await run(
    { hosts, clients: { alice: {} }, tls: { authority: settings(intermediate, root) } },
    ["tls"],
  );
  rotation = await run(
    {
      hosts,
      tls: {
        ...{ generation: 2, phase: 2, authority: settings(successor) },
        previousAuthority: settings(intermediate, root),
      },
    },
    ["tls"],
  );
});

test("nothing is generated in its place, and it signs for machines and clients", () => {
  const names = alone.resources.map(({ name }) => name);
  expect(names).not.toContain("ca-g1");
  expect(names).not.toContain("ca-g1-key");
  for (const name of ["b1-server", "client", "client-alice"]) {
    expect(the(alone, name, "locallySignedCert").inputs).toMatchObject({
      caCertPem: intermediate.certificate,
    });
  }
});

test("clients trust the root as well, which OpenSSL wants, and show the intermediate", () => {
  const { ca, cert } = alone.bundle as { readonly ca: string; readonly cert: string };
  expect(certificatesIn(ca).map(({ subject }) => subject)).toEqual(["CN=Docker CA", "CN=Root"]);
  expect(cert).toBe(`certificate client${intermediate.certificate}`);
});

test("a proof knows that machines trust the intermediate alone", () => {
  const tls = unwrap(the(alone, "b1-proof").inputs["tls"]) as Readonly<Record<string, string>>;
  expect(tls["trusted"]).toBe(intermediate.certificate);
  expect(certificatesIn(tls["ca"] ?? "")).toHaveLength(2);
});

test("its key is a secret wherever it is", () => {
  const seen = JSON.stringify(
    [...alone.resources, ...rotation.resources].map(({ inputs }) => visible(inputs)),
  );
  expect(seen).not.toContain("PRIVATE KEY");
  expect(isWrapper(the(alone, "client", "locallySignedCert").inputs["caPrivateKeyPem"])).toBe(true);
  expect(isWrapper(the(rotation, "ca-g2-by-g1").inputs["olderKey"])).toBe(true);
});

test("each machine's record says which authorities there are, by their public keys", () => {
  const key = expect.stringMatching(/^[0-9a-f]{64}$/) as unknown;
  expect(the(alone, "b1-state").inputs["authorities"]).toEqual({ generation: 1, keys: { 1: key } });
  expect(the(rotation, "b1-state").inputs["authorities"]).toEqual({
    generation: 2,
    keys: { 1: key, 2: key },
  });
});

test("in a rotation the previous one certifies it, and clients trust both with what stands above", () => {
  expect(the(rotation, "ca-g2-by-g1").inputs).toMatchObject({
    newer: successor.certificate,
    older: intermediate.certificate,
  });
  const { ca, cert } = rotation.bundle as { readonly ca: string; readonly cert: string };
  expect(certificatesIn(ca).map(({ subject }) => subject)).toEqual([
    ...["CN=Next", "CN=Docker CA", "CN=Root"],
  ]);
  expect(cert).toBe("certificate client-g2certificate ca-g2-by-g1");
});

test("from one that is made here to one's own: that one's key certifies it", async () => {
  const tls = { generation: 2, phase: 1, authority: settings(intermediate, root) };
  const program = await run({ hosts, tls }, ["tls"]);
  expect(the(program, "ca-g2-by-g1").inputs).toMatchObject({
    newer: intermediate.certificate,
    older: "certificate ca-g1",
  });
  expect(the(program, "b1-state").inputs["authorities"]).toMatchObject({
    keys: { 1: "generated" },
  });
});

test("from one's own to one that is made here: the tls plugin can do that", async () => {
  const tls = { generation: 2, phase: 1, previousAuthority: settings(intermediate, root) };
  const program = await run({ hosts, tls }, ["tls"]);
  expect(the(program, "ca-g2-by-g1", "locallySignedCert").inputs).toMatchObject({
    caCertPem: intermediate.certificate,
  });
});

test("what it signs ends with it", async () => {
  const short = await make({ to: 10 });
  const program = await run({ hosts, tls: { authority: settings(short) } }, ["tls"]);
  const { validityPeriodHours } = the(program, "b1-server", "locallySignedCert").inputs;
  expect(Number(validityPeriodHours)).toBe(135);
  expect(Number(validityPeriodHours) * 3_600_000 + Date.now()).toBeLessThan(
    new X509Certificate(short.certificate).validToDate.getTime(),
  );
});

test("a key's file that others may read is worth a warning", () => {
  const folder = mkdtempSync(join(tmpdir(), "dockertls-key-"));
  const file = join(folder, "ca.key");
  const given = { certificatePem: root.certificate, privateKeyPem: file };
  writeFileSync(file, root.privateKey, { mode: 0o600 });
  expect(openAuthorityKey("authority", given)).toEqual([]);
  chmodSync(file, 0o640);
  expect(openAuthorityKey("authority", given).map(formatProblem)).toEqual([
    "dockertls:tls.authority.privateKeyPem: its file has mode 0640, so other users may read it; whoever reads it can sign for every machine and client; run `chmod 600` on it; if others have an account here, replace the authority",
  ]);
  rmSync(folder, { recursive: true });
  expect(openAuthorityKey("authority", { ...given, privateKeyPem: root.privateKey })).toEqual([]);
  expect(openAuthorityKey("authority", undefined)).toEqual([]);
});

test.each([
  [
    "a key in clear",
    [],
    () => settings(root),
    /^dockertls:tls\.authority\.privateKeyPem: is in clear, not a secret of the stack; whoever reads the stack's file or the history of its state can sign for every machine and client; make another authority, and set its key with `pulumi config set --secret --path 'dockertls:tls\.authority\.privateKeyPem' < KEY`$/,
  ],
  [
    "a file that is not there",
    ["tls"],
    () => ({ ...settings(root), privateKeyPem: "keys/ca.key" }),
    /^dockertls:tls\.authority\.privateKeyPem: the file that it names can't be read \(ENOENT\); nothing can be signed; correct the path/,
  ],
  [
    "a certificate of another",
    ["tls"],
    () => ({ ...settings(root), certificatePem: intermediate.certificate }),
    /^dockertls:tls\.authority\.privateKeyPem: is not the key of certificatePem; /,
  ],
  [
    "half of it",
    ["tls"],
    () => ({ certificatePem: root.certificate }),
    /^dockertls:tls\.authority\.privateKeyPem: missing; nothing can be signed without it; /,
  ],
  [
    "a key in the place of the map",
    ["tls"],
    () => root.privateKey,
    /^dockertls:tls\.authority: has a value of the wrong form; /,
  ],
])("%s is refused in one line", async (_case, secrets, authority, line) => {
  const failed = run({ hosts, tls: { authority: authority() } }, secrets);
  await expect(failed).rejects.toThrow(RunError);
  await expect(failed).rejects.toThrow(line);
});
