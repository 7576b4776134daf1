// Clients by name, groups with an authority of their own, and the phases of a rotation.
import { isWrapper, run, the, type Run } from "../support/program.ts";
import { machine } from "../support/stack-configuration.ts";
import { unwrap } from "../../provider/wire.ts";

const hosts = { b1: machine() };
/** What the converge sends as the machine's `ca.pem` and `cert.pem`. */
function sent(program: Run, file: string): string {
  const stdin = String(unwrap(the(program, "b1-converge").inputs["stdin"]));
  const text = new RegExp(`^file ${file} \\d+ (\\S+)$`, "m").exec(stdin)?.[1];
  if (text !== undefined) return Buffer.from(text, "base64").toString("utf8");
  const [, count = "", rest = ""] =
    new RegExp(`^lines ${file} \\d+ (\\d+)\\n([^]*)$`, "m").exec(stdin) ?? [];
  return `${rest.split("\n").slice(0, Number(count)).join("\n")}\n`;
}
const tlsOf = (program: Run): Record<string, unknown> =>
  unwrap(the(program, "b1-proof").inputs["tls"]) as Record<string, unknown>;
const names = ({ resources }: Run): string[] =>
  resources
    .filter(({ type }) => type.startsWith("tls:"))
    .map(({ name }) => name)
    .sort();

describe("clients and groups", () => {
  let plain: Run;
  let program: Run;
  beforeAll(async () => {
    plain = await run({ hosts });
    program = await run({
      hosts,
      clients: {
        alice: {},
        bob: { group: "guests", hours: 24, algorithm: "RSA-2048" },
        ci: { certificateRequestPem: request },
      },
      groups: { guests: { generation: 2 } },
    });
  });

  test("add keys and certificates of their own, and change no name that was there", () => {
    const before = names(plain);
    expect(names(program).filter((name) => before.includes(name))).toEqual(before);
    expect(names(program).filter((name) => !before.includes(name))).toEqual([
      "client-alice",
      "client-alice-key",
      "client-alice-request",
      "client-bob@guests-g2",
      "client-bob@guests-g2-key",
      "client-bob@guests-g2-request",
      "client-ci",
      "group-guests-g2",
      "group-guests-g2-key",
      "group-guests-proof-g2",
      "group-guests-proof-g2-key",
      "group-guests-proof-g2-request",
    ]);
  });

  test("each client has what the configuration says, and trusts the stack's authority alone", () => {
    expect(the(program, "client-alice", "locallySigned").inputs).toMatchObject({
      caCertPem: "certificate ca-g1",
      allowedUses: ["digital_signature", "client_auth"],
      validityPeriodHours: 720,
    });
    expect(the(program, "client-bob@guests-g2", "locallySigned").inputs).toMatchObject({
      caCertPem: "certificate group-guests-g2",
      validityPeriodHours: 24,
    });
    expect(the(program, "client-bob@guests-g2-key").inputs).toMatchObject({
      ...{ algorithm: "RSA", rsaBits: 2048 },
    });
    expect(program.bundles).toEqual({
      alice: {
        ...{ ca: "certificate ca-g1", cert: "certificate client-alice" },
        key: "-----BEGIN EC PRIVATE KEY-----\nclient-alice-key\n",
      },
      bob: {
        ...{ ca: "certificate ca-g1", cert: "certificate client-bob@guests-g2" },
        key: "-----BEGIN EC PRIVATE KEY-----\nclient-bob@guests-g2-key\n",
      },
      ci: { ca: "certificate ca-g1", cert: "certificate client-ci" },
    });
    expect(program.bundlesAreSecret).toBe(true);
  });

  test("a key that was made elsewhere stays there: the request is signed as it is", () => {
    expect(the(program, "client-ci", "locallySigned").inputs["certRequestPem"]).toBe(request);
  });

  test("a group's authority signs for clients alone, and only machines trust it", () => {
    expect(the(program, "group-guests-g2", "selfSigned").inputs).toMatchObject({
      ...{ isCaCertificate: true, allowedUses: ["cert_signing", "crl_signing", "client_auth"] },
      subject: { commonName: "dockertls dockertls/dev guests CA g2" },
    });
    expect(sent(program, "ca.pem")).toBe("certificate ca-g1\ncertificate group-guests-g2\n");
    expect(sent(plain, "ca.pem")).toBe("certificate ca-g1");
  });

  test("the proof shows that a client of the group is let in", () => {
    expect(tlsOf(plain)).not.toHaveProperty("admitted");
    expect(tlsOf(program)["admitted"]).toEqual([
      {
        name: "a client of group guests",
        ...{ issuer: "certificate group-guests-g2", ca: "certificate ca-g1" },
        certificate: "certificate group-guests-proof-g2",
        privateKey: "-----BEGIN EC PRIVATE KEY-----\ngroup-guests-proof-g2-key\n",
      },
    ]);
    expect(isWrapper(the(program, "b1-proof").inputs["tls"])).toBe(true);
  });

  test("a client that changes its group has another key", async () => {
    const moved = await run({ hosts, clients: { bob: {} }, groups: { guests: { generation: 2 } } });
    expect(names(moved).filter((name) => name.startsWith("client-bob"))).toEqual([
      "client-bob",
      "client-bob-key",
      "client-bob-request",
    ]);
  });
});

describe("what is not said of lifetimes and keys is no reason to reissue", () => {
  test.each<[string, object, string[]]>([
    ["nothing", {}, ["validityPeriodHours", "earlyRenewalHours"]],
    ["the life", { serverHours: 100 }, []],
    ["the renewal", { renewBeforeHours: 10 }, ["validityPeriodHours"]],
  ])("%s is said", async (_case, tls, kept) => {
    const program = await run({ hosts, tls });
    expect(the(program, "b1-server", "locallySigned").ignoreChanges).toEqual(kept);
    expect(the(program, "b1-server-key").ignoreChanges).toContain("algorithm");
  });

  test("the kind of a key that one client has for itself is followed", async () => {
    const program = await run({ hosts, clients: { alice: { algorithm: "RSA-4096" }, bob: {} } });
    expect(the(program, "client-alice-key").ignoreChanges).toEqual([]);
    expect(the(program, "client-bob-key").ignoreChanges).toContain("algorithm");
  });
});

describe("a rotation", () => {
  const phases = new Map<number, Run>();
  beforeAll(async () => {
    phases.set(0, await run({ hosts, clients: { alice: {} } }));
    for (const phase of [1, 2, 3, 4]) {
      const tls = { generation: 2, phase };
      phases.set(phase, await run({ hosts, clients: { alice: {} }, tls }));
    }
  });
  test("a client may be called former: no two resources have one name", async () => {
    const tls = { generation: 2, phase: 2 };
    const { resources } = await run({ hosts, clients: { former: {} }, tls });
    const all = resources.map(({ type, name }) => `${type} ${name}`);
    expect(all.filter((one, at) => all.indexOf(one) !== at)).toEqual([]);
  });

  function in_(phase: number): Run {
    const program = phases.get(phase);
    if (program === undefined) throw new Error(`phase ${String(phase)} was not run`);
    return program;
  }

  const both = "certificate ca-g2\ncertificate ca-g1\n";
  const cross = "certificate ca-g2-by-g1";

  test.each([
    [0, "certificate b1-server", "certificate ca-g1"],
    [1, "certificate b1-server", "certificate ca-g1"],
    [2, `certificate b1-server-g2${cross}`, both],
    [3, `certificate b1-server-g2${cross}`, both],
    [4, "certificate b1-server-g2", "certificate ca-g2"],
  ])("in phase %i a machine shows and trusts what its phase says", (phase, cert, ca) => {
    expect(sent(in_(phase), "cert.pem")).toBe(cert);
    expect(sent(in_(phase), "ca.pem")).toBe(ca);
  });

  test.each([
    [0, "certificate client-alice", "certificate ca-g1"],
    [1, `certificate client-alice-g2${cross}`, both],
    [2, `certificate client-alice-g2${cross}`, both],
    [3, `certificate client-alice-g2${cross}`, both],
    [4, "certificate client-alice-g2", "certificate ca-g2"],
  ])("in phase %i a bundle holds what its phase says", (phase, cert, ca) => {
    expect(in_(phase).bundles).toMatchObject({ alice: { cert, ca } });
  });

  test.each([1, 2, 3])(
    "in phase %i the old authority and the program's old client stay",
    (phase) => {
      const before = names(in_(0)).filter((name) =>
        /^(ca|client)(-g1)?(-key|-request)?$/.test(name),
      );
      expect(before).toEqual(["ca-g1", "ca-g1-key", "client", "client-key", "client-request"]);
      expect(names(in_(phase))).toEqual(expect.arrayContaining(before));
      expect(tlsOf(in_(phase))["admitted"]).toEqual([
        {
          name: "a client of generation 1",
          ...{ issuer: "certificate ca-g1", ca: "certificate ca-g1" },
          certificate: "certificate client",
          privateKey: "-----BEGIN EC PRIVATE KEY-----\nclient-key\n",
        },
      ]);
    },
  );

  test("at its end nothing of the old one is left in the program", () => {
    expect(names(in_(4)).filter((name) => !name.includes("-g2"))).toEqual([]);
    expect(tlsOf(in_(4))).not.toHaveProperty("admitted");
  });

  test("from phase 2 to 3 nothing changes", () => {
    expect(in_(3)).toEqual(in_(2));
  });

  test("the new authority is certified by the old one under its own subject", () => {
    const { inputs } = the(in_(1), cross.replace("certificate ", ""), "locallySigned");
    expect(inputs).toMatchObject({
      ...{ caCertPem: "certificate ca-g1", isCaCertificate: true },
      allowedUses: ["cert_signing", "crl_signing"],
    });
    expect(the(in_(1), "ca-g2-by-g1-request").inputs["subject"]).toEqual(
      the(in_(1), "ca-g2", "selfSigned").inputs["subject"],
    );
  });
});

// `openssl req -new -newkey ed25519 -nodes -subj /CN=ci`, without its key.
const request = `-----BEGIN CERTIFICATE REQUEST-----
MIGMMEACAQAwDTELMAkGA1UEAwwCY2kwKjAFBgMrZXADIQAOBgS9bs+q8A1vCRTG
Db4vMtarWZ1WmTSmKGL+qfw7x6AAMAUGAytlcANBAIqk1BBNmrcc4tyoHfKioZJv
D7lsW04lw4hv/mGsgL5DJIRJcOQQ+QDTFjBN7T/J8fvBQq/tubI99KI/6KxrsAo=
-----END CERTIFICATE REQUEST-----
`;
