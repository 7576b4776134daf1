import { createPrivateKey, createPublicKey, type KeyObject } from "node:crypto";
import ssh from "ssh2";
import { isSecret, isUnknown, UNKNOWN, type Values } from "../values.ts";
import { PluginClient, type Old } from "./plugin-client.ts";
import {
  certificate,
  HOUR,
  KEY,
  LOCALLY_SIGNED,
  material,
  output,
  SELF_SIGNED,
  type Material,
} from "./tls-material.ts";

let plugin: PluginClient;
let authority: Old;
let hostKey: string;
let authorityInputs: Material["authorityInputs"];
let leafInputs: Material["leafInputs"];

beforeAll(async () => {
  plugin = await PluginClient.start("tls");
  await plugin.configure();
  const made = await material(plugin);
  ({ authority, hostKey, authorityInputs, leafInputs } = made);
}, 30_000);

afterAll(() => plugin.stop());

function parseSsh(form: string): ssh.ParsedKey {
  const parsed = ssh.utils.parseKey(form);
  if (parsed instanceof Error) throw parsed;
  return parsed;
}

test("says its version, and that it can preview", async () => {
  expect(await plugin.version()).toBe("5.6.1");
  expect((await plugin.configure()).preview).toBe(true);
});

describe("PrivateKey", () => {
  const forms = {
    RSA: ["rsa", "-----BEGIN RSA PRIVATE KEY-----", "ssh-rsa"],
    ECDSA: ["ec", "-----BEGIN EC PRIVATE KEY-----", "ecdsa-sha2-nistp256"],
    ED25519: ["ed25519", "-----BEGIN PRIVATE KEY-----", "ssh-ed25519"],
  };

  test.each(Object.entries(forms))(
    "%s: every form is of one and the same key",
    async (algorithm, form) => {
      const [type, preamble, sshType] = form;
      const made = await plugin.make(KEY, { algorithm, ecdsaCurve: "P256" });
      const publicKey = createPublicKey(output(made, "publicKeyPem"));
      const same = (key: KeyObject) => createPublicKey(key).equals(publicKey);
      expect(publicKey.asymmetricKeyType).toBe(type);
      expect(output(made, "privateKeyPem").split("\n")[0]).toBe(preamble);
      expect(same(createPrivateKey(output(made, "privateKeyPem")))).toBe(true);
      expect(same(createPrivateKey(output(made, "privateKeyPemPkcs8")))).toBe(true);

      const own = parseSsh(output(made, "privateKeyOpenssh"));
      const shared = parseSsh(output(made, "publicKeyOpenssh"));
      expect(own.isPrivateKey()).toBe(true);
      expect(own.type).toBe(sshType);
      expect(own.getPublicSSH()).toEqual(shared.getPublicSSH());
      expect(shared.verify("message", own.sign("message"))).toBe(true);
    },
  );

  test("private forms are secret, public ones are not", async () => {
    const { state } = await plugin.make(KEY, { algorithm: "ED25519" });
    for (const form of ["privateKeyPem", "privateKeyPemPkcs8", "privateKeyOpenssh"]) {
      expect([form, isSecret(state[form])]).toEqual([form, true]);
    }
    expect(state["publicKeyFingerprintMd5"]).toMatch(/^([0-9a-f]{2}:){15}[0-9a-f]{2}$/);
    expect(state["publicKeyFingerprintSha256"]).toMatch(/^SHA256:[A-Za-z0-9+/]{43}$/);
  });

  test("a preview knows nothing of the key", async () => {
    const { state } = await plugin.create(KEY, { algorithm: "RSA" }, { preview: true });
    expect(isUnknown(state["privateKeyPem"])).toBe(true);
  });

  test("any change replaces it, an untold default is none", async () => {
    const old = await plugin.make(KEY, { algorithm: "RSA" });
    const diff = (news: Values) => plugin.diff(KEY, old, news);
    expect((await diff({ algorithm: "RSA", rsaBits: 2048 })).changes).toBe(false);
    expect((await diff({ algorithm: "RSA", rsaBits: 4096 })).replaces).toEqual(["rsaBits"]);
  });

  test("an unknown algorithm is refused by its name", async () => {
    const { failures } = await plugin.check(KEY, { algorithm: "DSA" });
    expect(failures.join()).toMatch(
      /value must be one of: \["RSA" "ECDSA" "ED25519"\], got: "DSA"/,
    );
  });
});

describe("certificates", () => {
  test("a leaf is issued by the authority, for the names and key of its request", async () => {
    const leaf = await plugin.make(LOCALLY_SIGNED, leafInputs());
    const [cert, ca] = [certificate(leaf), certificate(authority)];
    expect(cert.checkIssued(ca)).toBe(true);
    expect(cert.verify(ca.publicKey)).toBe(true);
    expect(cert.checkPrivateKey(createPrivateKey(hostKey))).toBe(true);
    expect(cert.publicKey.asymmetricKeyDetails?.namedCurve).toBe("prime256v1");
    expect(cert.subject).toBe("CN=web-1");
    expect(cert.subjectAltName).toBe(
      "DNS:web-1.example, IP Address:10.0.0.4, IP Address:FD00:0:0:0:0:0:0:4, URI:spiffe://example/web-1",
    );
    expect(cert.keyUsage).toEqual(["1.3.6.1.5.5.7.3.1"]);
    expect(cert.ca).toBe(false);
    expect(leaf.id).toBe(BigInt(`0x${cert.serialNumber}`).toString());
  });

  test("an authority is one, signs itself, and is valid from now on", () => {
    const ca = certificate(authority);
    expect(ca.ca).toBe(true);
    expect(ca.checkIssued(ca)).toBe(true);
    expect(ca.verify(ca.publicKey)).toBe(true);
    const start = Date.parse(output(authority, "validityStartTime"));
    expect(Math.abs(Date.now() - start)).toBeLessThan(60_000);
    expect(Date.parse(output(authority, "validityEndTime")) - start).toBe(48 * HOUR);
    expect(ca.validFromDate.getTime()).toBe(Math.floor(start / 1000) * 1000);
  });

  test("a key of RSA or Ed25519 signs too", async () => {
    for (const algorithm of ["RSA", "ED25519"]) {
      const privateKeyPem = output(await plugin.make(KEY, { algorithm }), "privateKeyPem");
      const made = await plugin.make(SELF_SIGNED, { ...authorityInputs(), privateKeyPem });
      expect(certificate(made).verify(certificate(made).publicKey)).toBe(true);
      expect(made.state["keyAlgorithm"]).toBe(algorithm);
    }
  });

  test("the authority's key is secret, as input and as output", async () => {
    const { inputs } = await plugin.check(LOCALLY_SIGNED, leafInputs());
    const { state } = await plugin.create(LOCALLY_SIGNED, inputs);
    expect([isSecret(inputs["caPrivateKeyPem"]), isSecret(state["caPrivateKeyPem"])]).toEqual([
      true,
      true,
    ]);
  });

  test("a preview with unknown inputs leaves the certificate unknown", async () => {
    const inputs = leafInputs({ certRequestPem: UNKNOWN, caCertPem: UNKNOWN });
    const { state } = await plugin.create(LOCALLY_SIGNED, inputs, { preview: true });
    expect(isUnknown(state["certPem"])).toBe(true);
    expect(state["validityPeriodHours"]).toBe(24);
  });

  test.each<[string, Values]>([
    ["validityPeriodHours", { validityPeriodHours: 25 }],
    ["allowedUses", { allowedUses: ["client_auth"] }],
    ["certRequestPem", { certRequestPem: UNKNOWN }],
    ["setSubjectKeyId", { setSubjectKeyId: true }],
  ])("another %s replaces it", async (property, change) => {
    const leaf = await plugin.make(LOCALLY_SIGNED, leafInputs());
    const diff = await plugin.diff(LOCALLY_SIGNED, leaf, leafInputs(change));
    expect(diff.replaces).toEqual([property]);
  });

  test.each<[string, Values, string | RegExp]>([
    ["no certificate", { caCertPem: "x" }, /^Failed to parse CA certificate PEM: failed to decode/],
    ["no key", { caPrivateKeyPem: "x" }, /^Failed to parse CA private key PEM: failed to decode/],
    ["no request", { certRequestPem: "x" }, /^Failed to parse certificate request PEM: failed to/],
  ])("%s is an error that says which", async (_what, change, reason) => {
    await expect(plugin.make(LOCALLY_SIGNED, leafInputs(change))).rejects.toThrow(reason);
  });

  test("a key that isn't the authority's is refused", async () => {
    await expect(
      plugin.make(LOCALLY_SIGNED, leafInputs({ caPrivateKeyPem: hostKey })),
    ).rejects.toThrow("x509: provided PrivateKey doesn't match parent's PublicKey");
  });
});
