import { run, the, type Run } from "../support/program.ts";
import { machine } from "../support/stack-configuration.ts";

let program: Run;
beforeAll(async () => {
  program = await run({
    hosts: { b1: machine({ extraSans: ["web.example.org", "2001:db8::1"] }) },
    tls: { caHours: 1000, serverHours: 200, clientHours: 300, renewBeforeHours: 24 },
  });
});

const privateKeys = ["ca-g1-key", "client-key", "stranger-key", "b1-server-key"];

test("every key is P-256: the provider's own default is no curve of TLS 1.3", () => {
  const keys = program.resources.filter(({ type }) => type.endsWith(":PrivateKey"));
  expect(keys.map(({ name }) => name).sort()).toEqual([...privateKeys].sort());
  for (const { inputs } of keys) {
    expect(inputs).toEqual({ algorithm: "ECDSA", ecdsaCurve: "P256" });
  }
});

describe("the authority", () => {
  test("signs certificates and does nothing else", () => {
    expect(the(program, "ca-g1").inputs).toMatchObject({
      isCaCertificate: true,
      allowedUses: ["cert_signing", "crl_signing"],
      validityPeriodHours: 1000,
      subject: { commonName: "dockertls dockertls/dev CA g1", organization: "dockertls" },
    });
  });

  test("is never replaced by a change of configuration: that would reissue every leaf", () => {
    expect(the(program, "ca-g1-key").ignoreChanges).toEqual(
      expect.arrayContaining(["algorithm", "ecdsaCurve", "rsaBits"]),
    );
    expect(the(program, "ca-g1").ignoreChanges).toEqual(
      expect.arrayContaining(["subject", "validityPeriodHours", "allowedUses", "setSubjectKeyId"]),
    );
  });
});

describe("leaves", () => {
  test.each([
    ["b1-server", "server_auth", 200],
    ["client", "client_auth", 300],
  ])("%s is for %s only, and is renewed in time", (name, use, hours) => {
    const { inputs, ignoreChanges } = the(program, name, "locallySignedCert");
    expect(inputs).toMatchObject({
      allowedUses: ["digital_signature", use],
      validityPeriodHours: hours,
      earlyRenewalHours: 24,
      caCertPem: "certificate ca-g1",
    });
    expect(inputs).not.toHaveProperty("isCaCertificate", true);
    expect(ignoreChanges).toEqual([]);
  });

  test("the server's covers the address that is dialled, and the extras", () => {
    expect(the(program, "b1-server-request").inputs).toMatchObject({
      subject: { commonName: "b1" },
      dnsNames: ["web.example.org"],
      ipAddresses: ["10.0.0.4", "2001:db8::1"],
    });
  });

  test("the client's covers no name: it can't be taken for a server", () => {
    expect(the(program, "client-request").inputs).toMatchObject({ dnsNames: [], ipAddresses: [] });
  });

  test("the stranger's is good in all but its issuer, which is itself", () => {
    const { inputs, dependencies } = the(program, "stranger", "selfSignedCert");
    expect(inputs).toMatchObject({
      allowedUses: ["digital_signature", "client_auth"],
      validityPeriodHours: 1000,
    });
    expect(dependencies).toEqual(["stranger-key"]);
  });
});
