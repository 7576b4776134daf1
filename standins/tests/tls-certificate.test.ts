// What a certificate says besides its names: authority or not, what its key is for, whose it is.
import { createHash, createPublicKey } from "node:crypto";
import { AsnConvert, OctetString } from "@peculiar/asn1-schema";
import { AuthorityKeyIdentifier, BasicConstraints, KeyUsage } from "@peculiar/asn1-x509";
import type { Values } from "../values.ts";
import { PluginClient, type Old } from "./plugin-client.ts";
import {
  certificate,
  extension,
  LOCALLY_SIGNED,
  material,
  output,
  REQUEST,
  SELF_SIGNED,
  type Material,
} from "./tls-material.ts";

const SUBJECT_KEY = "2.5.29.14";
const KEY_USAGE = "2.5.29.15";
const BASIC_CONSTRAINTS = "2.5.29.19";
const AUTHORITY_KEY = "2.5.29.35";

let plugin: PluginClient;
let made: Material;

beforeAll(async () => {
  plugin = await PluginClient.start("tls");
  await plugin.configure();
  made = await material(plugin);
}, 30_000);

afterAll(() => plugin.stop());

const self = (change: Values = {}) => plugin.make(SELF_SIGNED, made.authorityInputs(change));
const leaf = (change: Values = {}) => plugin.make(LOCALLY_SIGNED, made.leafInputs(change));

function constraints(old: Old): BasicConstraints {
  const found = extension(old, BASIC_CONSTRAINTS);
  if (!found?.critical) throw new Error("no critical basic constraints");
  return AsnConvert.parse(found.extnValue, BasicConstraints);
}

function subjectKey(old: Old): string | undefined {
  const found = extension(old, SUBJECT_KEY);
  return found && hex(AsnConvert.parse(found.extnValue, OctetString).buffer);
}

function authorityKey(old: Old): string | undefined {
  const found = extension(old, AUTHORITY_KEY);
  const id = found && AsnConvert.parse(found.extnValue, AuthorityKeyIdentifier).keyIdentifier;
  return id && hex(id.buffer);
}

const hex = (bytes: ArrayBuffer): string => Buffer.from(bytes).toString("hex");

describe("an authority", () => {
  test("is one by its basic constraints; a path length is there when it is more than none", async () => {
    expect(constraints(await self())).toMatchObject({ cA: true, pathLenConstraint: undefined });
    expect(constraints(await self({ maxPathLength: 2 })).pathLenConstraint).toBe(2);
    expect(constraints(await self({ maxPathLength: 0 })).pathLenConstraint).toBeUndefined();
    expect(constraints(await self({ isCaCertificate: false })).cA).toBe(false);
  });

  test("in between signs in its turn", async () => {
    const between = await leaf({ isCaCertificate: true, allowedUses: ["cert_signing"] });
    const below = await leaf({
      caCertPem: output(between, "certPem"),
      caPrivateKeyPem: made.hostKey,
    });
    expect(certificate(below).checkIssued(certificate(between))).toBe(true);
    expect(certificate(below).verify(certificate(between).publicKey)).toBe(true);
  });

  test("that is none signs all the same, and a warning says so", async () => {
    const none = await self({ isCaCertificate: false });
    await leaf({ caCertPem: output(none, "certPem") });
    const lines = plugin.log.map(({ message }) => message).join("\n");
    expect(lines).toContain("does not appear to be a valid Certificate Authority");
  });

  test.each<[string, () => Promise<Old>, string]>([
    ["without a subject", () => self({ subject: {} }), "Invalid Certificate Subject"],
    [
      "that names its key without having named it",
      () => self({ isCaCertificate: false, setAuthorityKeyId: true }),
      "Could not determine Authority Key Identifier",
    ],
    [
      "that is none and has a path length",
      () => leaf({ maxPathLength: 1 }),
      "only CAs are allowed to specify MaxPathLen",
    ],
  ])("%s is refused", async (_what, make, reason) => {
    await expect(make()).rejects.toThrow(reason);
  });
});

test("key identifiers: an authority's own always, a leaf's when asked for, the issuer's in each", async () => {
  const der = createPublicKey(made.authorityKey).export({ type: "spki", format: "der" });
  // The last 65 bytes are the point of P-256, which is what is hashed.
  const expected = createHash("sha1").update(der.subarray(-65)).digest("hex");
  expect([subjectKey(made.authority), authorityKey(made.authority)]).toEqual([expected, undefined]);
  expect(authorityKey(await self({ setAuthorityKeyId: true }))).toBe(expected);
  const plain = await leaf();
  expect([subjectKey(plain), authorityKey(plain)]).toEqual([undefined, expected]);
  expect(subjectKey(await leaf({ setSubjectKeyId: true }))).toMatch(/^[0-9a-f]{40}$/);
});

describe("what a key is for", () => {
  test.each<[string[], string[] | undefined, number | undefined]>([
    [["digital_signature", "server_auth"], ["1.3.6.1.5.5.7.3.1"], 1],
    [["digital_signature", "client_auth"], ["1.3.6.1.5.5.7.3.2"], 1],
    [["cert_signing", "crl_signing"], undefined, (1 << 5) | (1 << 6)],
    [["server_auth", "client_auth"], ["1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2"], undefined],
    [["key_encipherment", "decipher_only"], undefined, (1 << 2) | (1 << 8)],
    [[], undefined, undefined],
  ])("%j", async (allowedUses, purposes, usages) => {
    const old = await leaf({ allowedUses });
    expect(certificate(old).keyUsage).toEqual(purposes);
    const found = extension(old, KEY_USAGE);
    expect(found && AsnConvert.parse(found.extnValue, KeyUsage).toNumber()).toBe(usages);
    if (found) expect(found.critical).toBe(true);
  });

  test("in another order they are another certificate", async () => {
    const old = await leaf();
    const inputs = made.leafInputs({ allowedUses: ["server_auth", "digital_signature"] });
    expect((await plugin.diff(LOCALLY_SIGNED, old, inputs)).replaces).toEqual(["allowedUses"]);
  });
});

test.each<[string, Values]>([
  ["subject", { subject: { commonName: "other" } }],
  ["privateKeyPem", { privateKeyPem: "another" }],
  ["setAuthorityKeyId", { setAuthorityKeyId: true }],
  ["isCaCertificate", { isCaCertificate: false }],
  ["dnsNames", { dnsNames: ["a"] }],
])("another %s is another authority", async (property, change) => {
  const inputs = made.authorityInputs(change);
  const difference = await plugin.diff(SELF_SIGNED, made.authority, inputs);
  expect(difference.replaces).toEqual([property]);
});

test("a said default is no change", async () => {
  const told = { earlyRenewalHours: 0, setSubjectKeyId: false };
  const inputs = made.leafInputs({ ...told, isCaCertificate: false });
  expect((await plugin.diff(LOCALLY_SIGNED, await leaf(), inputs)).changes).toBe(false);
});

test("a life of a hundred years ends when it says", async () => {
  const old = await self({ validityPeriodHours: 876_000 });
  const end = Date.parse(output(old, "validityEndTime"));
  expect(certificate(old).validToDate.getTime()).toBe(Math.floor(end / 1000) * 1000);
});

test("a refresh changes neither request nor certificate", async () => {
  for (const [token, old] of [
    [REQUEST, made.request],
    [SELF_SIGNED, made.authority],
  ] as const) {
    const { id, state } = await plugin.read(token, old);
    expect({ id, state }).toEqual({ id: old.id, state: old.state });
  }
});
