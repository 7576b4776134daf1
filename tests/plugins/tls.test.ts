import { createPrivateKey, createPublicKey, X509Certificate, type KeyObject } from "node:crypto";
import ssh from "ssh2";
import {
  isSecret,
  isUnknown,
  text as plain,
  UNKNOWN,
  type Values,
} from "../../lab/plugins/values.ts";
import { PluginClient, type Old } from "./plugin-client.ts";

const KEY = "tls:index/privateKey:PrivateKey";
const REQUEST = "tls:index/certRequest:CertRequest";
const SELF_SIGNED = "tls:index/selfSignedCert:SelfSignedCert";
const LOCALLY_SIGNED = "tls:index/locallySignedCert:LocallySignedCert";
const HOUR = 3_600_000;

let plugin: PluginClient;
let authorityKey: string;
let authority: Old;
let hostKey: string;
let request: Old;

beforeAll(async () => {
  plugin = await PluginClient.start("tls");
  await plugin.configure();
  const p256 = { algorithm: "ECDSA", ecdsaCurve: "P256" };
  authorityKey = text(await plugin.make(KEY, p256), "privateKeyPem");
  authority = await plugin.make(SELF_SIGNED, authorityInputs());
  hostKey = text(await plugin.make(KEY, p256), "privateKeyPem");
  request = await plugin.make(REQUEST, requestInputs());
}, 30_000);

afterAll(() => plugin.stop());

function text({ state }: Old, output: string): string {
  return plain(state[output]);
}

function certificate(old: Old): X509Certificate {
  return new X509Certificate(text(old, "certPem"));
}

function parseSsh(form: string): ssh.ParsedKey {
  const parsed = ssh.utils.parseKey(form);
  if (parsed instanceof Error) throw parsed;
  return parsed;
}

function authorityInputs(): Values {
  return {
    privateKeyPem: authorityKey,
    subject: { commonName: "test CA", organization: "dockertls" },
    validityPeriodHours: 48,
    allowedUses: ["cert_signing", "crl_signing"],
    isCaCertificate: true,
  };
}

function requestInputs(): Values {
  return {
    privateKeyPem: hostKey,
    subject: { commonName: "web-1" },
    dnsNames: ["web-1.example"],
    ipAddresses: ["10.0.0.4", "fd00::4"],
    uris: ["spiffe://example/web-1"],
  };
}

function leafInputs(overrides: Values = {}): Values {
  return {
    certRequestPem: text(request, "certRequestPem"),
    caCertPem: text(authority, "certPem"),
    caPrivateKeyPem: authorityKey,
    validityPeriodHours: 24,
    allowedUses: ["digital_signature", "server_auth"],
    ...overrides,
  };
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
      const publicKey = createPublicKey(text(made, "publicKeyPem"));
      const same = (key: KeyObject) => createPublicKey(key).equals(publicKey);
      expect(publicKey.asymmetricKeyType).toBe(type);
      expect(text(made, "privateKeyPem").split("\n")[0]).toBe(preamble);
      expect(same(createPrivateKey(text(made, "privateKeyPem")))).toBe(true);
      expect(same(createPrivateKey(text(made, "privateKeyPemPkcs8")))).toBe(true);

      const own = parseSsh(text(made, "privateKeyOpenssh"));
      const shared = parseSsh(text(made, "publicKeyOpenssh"));
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
    const start = Date.parse(text(authority, "validityStartTime"));
    expect(Math.abs(Date.now() - start)).toBeLessThan(60_000);
    expect(Date.parse(text(authority, "validityEndTime")) - start).toBe(48 * HOUR);
    expect(ca.validFromDate.getTime()).toBe(Math.floor(start / 1000) * 1000);
  });

  test("a key of RSA or Ed25519 signs too", async () => {
    for (const algorithm of ["RSA", "ED25519"]) {
      const privateKeyPem = text(await plugin.make(KEY, { algorithm }), "privateKeyPem");
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

describe("renewal", () => {
  const diff = (old: Old, news: Values) => plugin.diff(LOCALLY_SIGNED, old, news);

  test("is due from earlyRenewalHours before the end on, and replaces", async () => {
    const leaf = await plugin.make(LOCALLY_SIGNED, leafInputs());
    expect(leaf.state["readyForRenewal"]).toBe(false);
    expect((await diff(leaf, leafInputs())).changes).toBe(false);
    const due = await diff(leaf, leafInputs({ earlyRenewalHours: 24 }));
    expect(due).toMatchObject({ replaces: ["readyForRenewal"] });
  });

  test("before that a new earlyRenewalHours keeps the certificate", async () => {
    const leaf = await plugin.make(LOCALLY_SIGNED, leafInputs());
    const inputs = leafInputs({ earlyRenewalHours: 23 });
    expect(await diff(leaf, inputs)).toMatchObject({ diffs: ["earlyRenewalHours"], replaces: [] });
    const updated = await plugin.update(LOCALLY_SIGNED, leaf, inputs);
    expect(updated.state).toMatchObject({
      certPem: leaf.state["certPem"],
      earlyRenewalHours: 23,
      readyForRenewal: false,
    });
  });

  test("a certificate for no time at all is always due, and a refresh says so", async () => {
    const leaf = await plugin.make(LOCALLY_SIGNED, leafInputs({ validityPeriodHours: 0 }));
    expect(leaf.state["readyForRenewal"]).toBe(true);
    expect((await diff(leaf, leaf.inputs)).replaces).toEqual(["readyForRenewal"]);
    expect((await plugin.read(LOCALLY_SIGNED, leaf)).state["readyForRenewal"]).toBe(true);
  });
});
