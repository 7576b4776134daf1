// A change of the authority is proven only when the previous client is turned away, by its own key.
import "../support/errors-of-node.ts";
import { X509Certificate } from "node:crypto";
import { findProgram } from "../../lab/requirements.ts";
import { EndpointProofResource } from "../../provider/endpoint-proof.ts";
import { revokedClients } from "../../provider/revoked-clients.ts";
import type { Properties } from "../../provider/provider.ts";
import { refusalOfRevoked } from "../../provider/refusals.ts";
import { secret, unwrap } from "../../provider/wire.ts";
import { makeAuthority, proofTls, type Authority, type Identity } from "../support/authority.ts";
import { startOpenssl } from "../support/openssl-server.ts";
import { startEndpoint, type Endpoint, type EndpointOptions } from "../support/docker-endpoint.ts";

const line = "the client of the previous authority";
const others = [
  "a client without a certificate: refused",
  "a client of another authority: refused",
  "a client in plaintext: refused",
  "a client of TLS 1.1: refused",
];
const proof = new EndpointProofResource();
let old: Authority;
let authority: Authority;
let server: Identity;
let client: Identity;
let untrusted: Identity;
/** Of RSA: the fake endpoint turns such a client away with an alert, as dockerd does with any. */
let oldClient: Identity;
/** Of a kind that the fake endpoint reads: it is let in, or hung up on. */
let oldReadable: Identity;
let endpoint: Endpoint | undefined;

beforeAll(async () => {
  [old, authority] = [await makeAuthority("CA g1"), await makeAuthority("CA g2")];
  server = await authority.issue("server");
  client = await authority.issue("client");
  untrusted = await (await makeAuthority("other")).issue("client", { kind: "RSA" });
  oldClient = await old.issue("client", { kind: "RSA" });
  oldReadable = await old.issue("client");
});

afterEach(async () => {
  await endpoint?.stop();
  endpoint = undefined;
});

/** The endpoint under the new authority, and what the program hands over for it. */
async function inputsFor(
  options: Partial<EndpointOptions> = {},
  tls: Readonly<Record<string, unknown>> = {},
): Promise<Properties> {
  endpoint = await startEndpoint({ authority, identity: server, ...options });
  return {
    ...{ host: "b1", address: "127.0.0.1", port: endpoint.port, converged: "2" },
    ...{ liveRestore: true, registryMirrors: [], settingsAreSecret: false },
    tls: secret({
      ...proofTls({ authority, server, client, untrusted }),
      ...tls,
    }),
  };
}

/** What the last proof under the old authority left. */
function recorded(inputs: Properties, of: Identity = oldClient): Properties {
  const tls = unwrap(inputs["tls"]) as object;
  const before = {
    ca: old.certificate,
    clientCertificate: of.certificate,
    clientKey: of.privateKey,
  };
  return { ...inputs, converged: "1", tls: secret({ ...tls, ...before }), problems: [] };
}

async function problemOf(state: Properties, inputs: Properties): Promise<string> {
  const failed = await proof.update(state, inputs).then(
    () => "",
    (error: unknown) => (error as Error).message,
  );
  return failed.replaceAll(`:${String(inputs["port"])}`, ":PORT");
}

describe("the update that changes the authority", () => {
  test("shows that the previous client is refused", async () => {
    const inputs = await inputsFor();
    const { refusals, problems } = await proof.update(recorded(inputs), inputs);
    expect(refusals).toEqual([...others, `${line}: refused`]);
    expect(problems).toEqual([]);
  });

  // proves: stolen.bundle-fails-if-let-in
  test("fails where it is let in", async () => {
    const inputs = await inputsFor({ alsoTrusts: old });
    expect(await problemOf(recorded(inputs, oldReadable), inputs)).toBe(
      `b1: tcp://127.0.0.1:PORT: ${line}: let in (HTTP 200); whoever holds its files still has root on the machine; close the port now, see what \`tlscacert\` in daemon.json leads to, and run \`pulumi up\``,
    );
  });

  test("fails where that can't be told", async () => {
    const inputs = await inputsFor();
    // Over a certificate that it can read and does not know, Node hangs up without an alert.
    expect(await problemOf(recorded(inputs, oldReadable), inputs)).toMatch(
      new RegExp(
        `^b1: tcp://127.0.0.1:PORT: ${line}: could not tell \\([A-Z]+\\); the refusal is not proven; run it again; [^\n]*$`,
      ),
    );
  });

  test("does not ask for it where alsoTrust names that authority, and says so", async () => {
    const { fingerprint256 } = new X509Certificate(old.certificate);
    const inputs = await inputsFor({ alsoTrusts: old }, { alsoTrusted: [fingerprint256] });
    const { refusals } = await proof.update(recorded(inputs, oldReadable), inputs);
    expect(refusals).toEqual([...others, `${line}: not tried, alsoTrust lets it in`]);
  });

  test("comes after the endpoint itself: one that does not serve is told once", async () => {
    const inputs = await inputsFor();
    await endpoint?.stop();
    expect(await problemOf(recorded(inputs), inputs)).toMatch(/^b1: [^\n]*ECONNREFUSED[^\n]*$/);
  });
});

describe("later looks", () => {
  async function changed(): Promise<{ inputs: Properties; outs: Properties }> {
    const inputs = await inputsFor();
    return { inputs, outs: await proof.update(recorded(inputs), inputs) };
  }

  test("show the same again: nothing changes by itself", async () => {
    const { inputs, outs } = await changed();
    expect(await proof.read(outs)).toEqual(outs);
    expect(proof.changed(outs, inputs)).toBe(false);
  });

  test("are a problem where it is let in again", async () => {
    const { outs } = await changed();
    await endpoint?.stop();
    endpoint = await startEndpoint({ authority, identity: server, alsoTrusts: old });
    const [client] = unwrap(outs["revokedClients"]) as object[];
    const revoked = [{ ...client, ...oldReadable }];
    const state = { ...outs, port: endpoint.port, revokedClients: secret(revoked) };
    const { problems } = await proof.read(state);
    expect(problems).toEqual([expect.stringContaining(`${line}: let in`)]);
  });

  test("go on with it after an update for another reason", async () => {
    const { inputs, outs } = await changed();
    const { refusals } = await proof.update(outs, { ...inputs, converged: "3" });
    expect(refusals).toEqual([...others, `${line}: refused`]);
  });

  test("keep its key a secret", async () => {
    const { outs } = await changed();
    const { tls: _, revokedClients: kept, ...visible } = await proof.read(outs);
    expect(kept).toEqual(secret(unwrap(kept)));
    expect(JSON.stringify(kept)).toContain("PRIVATE KEY");
    expect(JSON.stringify(visible)).not.toContain("PRIVATE KEY");
  });
});

test("a renewed client of the same authority is no previous one", async () => {
  const inputs = await inputsFor();
  const renewed = { clientCertificate: (await authority.issue("client")).certificate };
  const before = { ...inputs, tls: secret({ ...(unwrap(inputs["tls"]) as object), ...renewed }) };
  const outs = await proof.update(before, inputs);
  expect(outs["refusals"]).toEqual(others);
  expect(outs).not.toHaveProperty("revokedClients");
});

describe("which clients these are", () => {
  const name = line;
  const of = ({ certificate, privateKey }: Identity, by: Authority = old): object => ({
    ...{ ca: by.certificate, certificate, privateKey },
  });
  const tls = ({ certificate, privateKey }: Identity, by: Authority): object => ({
    tls: { ca: by.certificate, clientCertificate: certificate, clientKey: privateKey },
  });
  const under = ({ certificate }: Authority): { ca: string } => ({ ca: certificate });

  test.each<[string, unknown]>([
    ["nothing", {}],
    ["a proof of plain TCP", { tls: undefined }],
    ["a state of another version", { clientCertificate: "x", tls: { ca: 1 } }],
  ])("none after %s", (_case, state) => {
    expect(revokedClients(state, under(authority))).toEqual([]);
  });

  test.each(["previousClient", "revokedClients"])(
    "the last one's, not that of the one before it (%s)",
    (key) => {
      const before = { name, ...of(untrusted) };
      const state = { ...tls(oldClient, old), [key]: key === "previousClient" ? before : [before] };
      expect(revokedClients(state, under(authority))).toEqual([{ name, ...of(oldClient) }]);
    },
  );

  test("the one known already, as long as the authority stays", () => {
    const state = { ...tls(client, authority), previousClient: of(oldClient) };
    expect(revokedClients(state, under(authority))).toEqual([{ name, ...of(oldClient) }]);
  });

  test("the other one, where an up goes back to an authority that it still has", () => {
    const state = { ...tls(client, authority), previousClient: of(oldClient) };
    expect(revokedClients(state, under(old))).toEqual([{ name, ...of(client, authority) }]);
  });

  test("kept through a time in plaintext", () => {
    const plain = { revokedClients: revokedClients(tls(oldClient, old), undefined) };
    expect(revokedClients(plain, under(authority))).toEqual([{ name, ...of(oldClient) }]);
    expect(revokedClients(plain, under(old))).toEqual([]);
  });

  const group = "a client of group contractors";
  const inGroup = (one: Identity): object => ({
    tls: {
      ...{ ca: authority.certificate, clientCertificate: client.certificate },
      clientKey: client.privateKey,
      admitted: [{ name: group, issuer: old.certificate, ...one }],
    },
  });

  test("that of a group, once no authority of it is trusted", () => {
    const admitted = [{ name: group, issuer: old.certificate, ...under(authority), ...client }];
    expect(revokedClients(inGroup(oldClient), { ...under(authority), admitted })).toEqual([]);
    expect(revokedClients(inGroup(oldClient), under(authority))).toEqual([
      expect.objectContaining({ name: group, ...of(oldClient) }),
    ]);
  });

  test("none of a group whose certificate has ended: its refusal would prove nothing", async () => {
    const ended = await old.issue("client", { endsIn: -60_000 });
    expect(revokedClients(inGroup(ended), under(authority))).toEqual([]);
  });

  test("none that a trusted authority vouches for by what stands behind its certificate", async () => {
    const chain = `${oldClient.certificate.trimEnd()}\n${(await authority.issue("client")).certificate}`;
    const state = tls({ ...oldClient, certificate: chain }, old);
    expect(revokedClients(state, under(authority))).toEqual([]);
  });
});

describe("clients that must be let in beside the program's own", () => {
  const name = "a client of group contractors";
  const admitted = (one: Identity, issuer: Authority): Readonly<Record<string, unknown>> => ({
    admitted: [{ name, issuer: issuer.certificate, ca: authority.certificate, ...one }],
  });

  test("are, where their authority is trusted", async () => {
    const inputs = await inputsFor({ alsoTrusts: old }, admitted(oldReadable, old));
    const outs = await proof.create(inputs);
    expect(outs["problems"]).toEqual([]);
    expect(outs).not.toHaveProperty("revokedClients");
  });

  test("are a problem where they are turned away", async () => {
    const inputs = await inputsFor({}, admitted(oldClient, old));
    expect(await problemOf({}, inputs)).toMatch(
      new RegExp(
        `^b1: tcp://127.0.0.1:PORT: ${name}: not let in \\([A-Z_0-9]+\\); whoever has such a certificate is cut off; compare the clocks [^\n]*$`,
      ),
    );
  });

  // proves: clients.revoked-refused
  test("must be turned away by name once their group is gone", async () => {
    const before = await inputsFor({ alsoTrusts: old }, admitted(oldClient, old));
    const { admitted: _, ...tls } = unwrap(before["tls"]) as Record<string, unknown>;
    const after = { ...before, tls: secret(tls) };
    expect(proof.changed(before, after)).toBe(true);
    await endpoint?.stop();
    endpoint = await startEndpoint({ authority, identity: server });
    const outs = await proof.update(before, { ...after, port: endpoint.port });
    expect(outs["refusals"]).toEqual([...others, `${name}: refused`]);
    expect(await proof.read(outs)).toEqual(outs);
  });
});

describe("a server that says why it turns a client away, as dockerd does", () => {
  // Node's own server can't: it would hang up.
  const openssl = findProgram("openssl");
  const expired = { endsIn: -60_000 };

  test.each<[string, () => Promise<Identity>, boolean, string]>([
    ["unknown_ca", () => old.issue("client"), false, "refused"],
    ["certificate_expired, which it is", () => authority.issue("client", expired), true, "refused"],
    [
      "certificate_expired, which it is not by our clock",
      () => authority.issue("client", expired),
      false,
      "could not tell",
    ],
    ["nothing", () => authority.issue("client"), false, "let in"],
  ])("%s", async (_case, issued, hasEnded, verdict) => {
    if (openssl === undefined) return console.log("skipped: openssl is not on this machine");
    endpoint = await startOpenssl(openssl, authority, server);
    const identity = { ca: authority.certificate, ...(await issued()) };
    expect(await refusalOfRevoked("a client", endpoint, identity, hasEnded)).toMatchObject({
      verdict,
    });
  });
});
