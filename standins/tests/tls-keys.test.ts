// Keys of every kind, and the PEM that the certificates' resources take and refuse.
import { createPrivateKey, createPublicKey } from "node:crypto";
import { UNKNOWN, type Values } from "../values.ts";
import { PluginClient } from "./plugin-client.ts";
import {
  certificate,
  KEY,
  LOCALLY_SIGNED,
  material,
  output,
  P256,
  REQUEST,
  SELF_SIGNED,
  type Material,
} from "./tls-material.ts";

let plugin: PluginClient;
let made: Material;

beforeAll(async () => {
  plugin = await PluginClient.start("tls");
  await plugin.configure();
  made = await material(plugin);
}, 30_000);

afterAll(() => plugin.stop());

const CURVES = [
  ["P224", "secp224r1", ""],
  ["P256", "prime256v1", "ecdsa-sha2-nistp256"],
  ["P384", "secp384r1", "ecdsa-sha2-nistp384"],
  ["P521", "secp521r1", "ecdsa-sha2-nistp521"],
] as const;

describe("keys", () => {
  test.each(CURVES)("ECDSA on %s", async (ecdsaCurve, namedCurve, sshType) => {
    const key = await plugin.make(KEY, { algorithm: "ECDSA", ecdsaCurve });
    const publicKey = createPublicKey(output(key, "publicKeyPem"));
    expect(publicKey.asymmetricKeyDetails?.namedCurve).toBe(namedCurve);
    // OpenSSH knows no P-224: its forms are empty then.
    expect(output(key, "publicKeyOpenssh").split(" ")[0]).toBe(sshType);
    expect(output(key, "privateKeyOpenssh") === "").toBe(sshType === "");
  });

  test.each([
    ["RSA", 1024],
    ["RSA", 3072],
  ])("%s of %d bits", async (algorithm, rsaBits) => {
    const key = await plugin.make(KEY, { algorithm, rsaBits });
    const publicKey = createPublicKey(output(key, "publicKeyPem"));
    expect(publicKey.asymmetricKeyDetails?.modulusLength).toBe(rsaBits);
  });

  test("RSA of fewer than 1024 bits is refused", async () => {
    await expect(plugin.make(KEY, { algorithm: "RSA", rsaBits: 1023 })).rejects.toThrow(
      "crypto/rsa: 1023-bit keys are insecure",
    );
  });

  test("what was left out is in the state all the same", async () => {
    const { state } = await plugin.make(KEY, { algorithm: "ED25519" });
    expect(state).toMatchObject({ ecdsaCurve: "P224", rsaBits: 2048 });
  });

  test.each<[string, Values, string]>([
    ["a curve that is taken back", { algorithm: "ECDSA" }, "ecdsaCurve"],
    ["an algorithm that isn't known yet", { ...P256, algorithm: UNKNOWN }, "algorithm"],
  ])("%s is a new key, and shows every form as changed", async (_what, inputs, property) => {
    const old = await plugin.make(KEY, P256);
    const difference = await plugin.diff(KEY, old, inputs);
    expect(difference.replaces).toEqual([property]);
    expect(difference.diffs).toEqual(expect.arrayContaining(["id", "privateKeyPem"]));
  });
});

describe("every kind of key", () => {
  const kinds: [string, Values][] = [
    ["RSA", { algorithm: "RSA" }],
    ["ED25519", { algorithm: "ED25519" }],
    ...CURVES.map(([curve]): [string, Values] => [
      curve,
      { algorithm: "ECDSA", ecdsaCurve: curve },
    ]),
  ];

  test.each(kinds)("%s: for an authority and for whom it signs", async (_kind, inputs) => {
    const key = await plugin.make(KEY, inputs);
    const privateKeyPem = output(key, "privateKeyPem");
    const authority = await plugin.make(SELF_SIGNED, made.authorityInputs({ privateKeyPem }));
    const request = await plugin.make(REQUEST, made.requestInputs({ privateKeyPem }));
    const leaf = await plugin.make(
      LOCALLY_SIGNED,
      made.leafInputs({
        certRequestPem: output(request, "certRequestPem"),
        caCertPem: output(authority, "certPem"),
        caPrivateKeyPem: privateKeyPem,
      }),
    );
    expect(certificate(leaf).verify(certificate(authority).publicKey)).toBe(true);
    expect(certificate(leaf).checkPrivateKey(createPrivateKey(privateKeyPem))).toBe(true);
    expect([leaf.state["caKeyAlgorithm"], request.state["keyAlgorithm"]]).toEqual(
      Array(2).fill(inputs["algorithm"]),
    );
  });

  test.each(kinds)("%s in PKCS #8 is taken as well", async (_kind, inputs) => {
    const key = await plugin.make(KEY, inputs);
    const privateKeyPem = output(key, "privateKeyPemPkcs8");
    const authority = await plugin.make(SELF_SIGNED, made.authorityInputs({ privateKeyPem }));
    expect(authority.state["keyAlgorithm"]).toBe(inputs["algorithm"]);
  });
});

describe("PEM", () => {
  test.each<[string, () => Values]>([
    ["text before it", () => ({ caCertPem: `subject=CA\n${output(made.authority, "certPem")}` })],
    [
      "the lines of Windows",
      () => {
        return { caCertPem: output(made.authority, "certPem").replaceAll("\n", "\r\n") };
      },
    ],
    // The first one counts, as in a file of several authorities.
    [
      "another certificate after it",
      () => {
        return { caCertPem: output(made.authority, "certPem").repeat(2) };
      },
    ],
  ])("%s is no matter", async (_what, change) => {
    const leaf = await plugin.make(LOCALLY_SIGNED, made.leafInputs(change()));
    expect(certificate(leaf).verify(certificate(made.authority).publicKey)).toBe(true);
  });

  const broken = (type: string) => `-----BEGIN ${type}-----\nAAAA\n-----END ${type}-----\n`;
  test.each<[string, () => Values, string]>([
    [
      "a key in OpenSSH's form",
      () => ({ caPrivateKeyPem: broken("OPENSSH PRIVATE KEY") }),
      "Failed to parse CA private key PEM: unsupported PEM preamble/type: OPENSSH PRIVATE KEY",
    ],
    [
      "a public key",
      () => ({ caPrivateKeyPem: broken("PUBLIC KEY") }),
      "Failed to parse CA private key PEM: unable to determine parser for PEM preamble: PUBLIC KEY",
    ],
    [
      "a key in the place of a certificate",
      () => ({ caCertPem: made.authorityKey }),
      'Failed to parse CA certificate PEM: invalid PEM type - expected "CERTIFICATE", got "EC PRIVATE KEY"',
    ],
    [
      "a certificate in the place of a request",
      () => ({ certRequestPem: output(made.authority, "certPem") }),
      'Failed to parse certificate request PEM: invalid PEM type - expected "CERTIFICATE REQUEST", got "CERTIFICATE"',
    ],
    [
      "a certificate that is none",
      () => ({ caCertPem: broken("CERTIFICATE") }),
      "Failed to parse CA certificate PEM: failed to parse certificate: ",
    ],
    [
      "a request that is none",
      () => ({ certRequestPem: broken("CERTIFICATE REQUEST") }),
      "Failed to parse certificate request PEM: failed to parse certificate request: ",
    ],
  ])("%s is told by what it is", async (_what, change, reason) => {
    await expect(plugin.make(LOCALLY_SIGNED, made.leafInputs(change()))).rejects.toThrow(reason);
  });

  test("a wrong key of another kind is refused, and spoils nothing that comes after", async () => {
    const rsa = output(await plugin.make(KEY, { algorithm: "RSA" }), "privateKeyPem");
    const refused = plugin.make(LOCALLY_SIGNED, made.leafInputs({ caPrivateKeyPem: rsa }));
    await expect(refused).rejects.toThrow("PrivateKey doesn't match parent's PublicKey");
    await plugin.make(LOCALLY_SIGNED, made.leafInputs());
  });
});
