// A change of the authority is proven only when the previous client is turned away, by its own key.
import "../support/errors-of-node.ts";
import { X509Certificate } from "node:crypto";
import { findProgram } from "../../lab/requirements.ts";
import { EndpointProofResource } from "../../provider/endpoint-proof.ts";
import { previousClient } from "../../provider/previous-client.ts";
import type { Properties } from "../../provider/provider.ts";
import { refusalOfPrevious } from "../../provider/refusals.ts";
import { secret, unwrap } from "../../provider/wire.ts";
import { makeAuthority, proofTls, type Authority, type Identity } from "../support/authority.ts";
import { startOpenssl } from "../support/openssl-server.ts";
import { startEndpoint, type Endpoint, type EndpointOptions } from "../support/docker-endpoint.ts";

const line = "the client of the previous authority";
const others = [
  "a client without a certificate: refused",
  "a client of another authority: refused",
  "a client in plaintext: refused",
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
    const client = { ...(unwrap(outs["previousClient"]) as object), ...oldReadable };
    const state = { ...outs, port: endpoint.port, previousClient: secret(client) };
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
    const { tls: _, previousClient: kept, ...visible } = await proof.read(outs);
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
  expect(outs).not.toHaveProperty("previousClient");
});

describe("which client that is", () => {
  const of = ({ certificate, privateKey }: Identity, by: Authority = old): object => ({
    ...{ ca: by.certificate, certificate, privateKey },
  });
  const tls = ({ certificate, privateKey }: Identity, by: Authority): object => ({
    tls: { ca: by.certificate, clientCertificate: certificate, clientKey: privateKey },
  });

  test.each<[string, unknown]>([
    ["nothing", {}],
    ["a proof of plain TCP", { tls: undefined }],
    ["a state of another version", { clientCertificate: "x", tls: { ca: 1 } }],
  ])("none after %s", (_case, state) => {
    expect(previousClient(state, authority.certificate)).toBeUndefined();
  });

  test("the last one's, not that of the one before it", () => {
    const state = { ...tls(oldClient, old), previousClient: of(untrusted) };
    expect(previousClient(state, authority.certificate)).toEqual(of(oldClient));
  });

  test("the one known already, as long as the authority stays", () => {
    const state = { ...tls(client, authority), previousClient: of(oldClient) };
    expect(previousClient(state, authority.certificate)).toEqual(of(oldClient));
  });

  test("the other one, where an up goes back to an authority that it still has", () => {
    const state = { ...tls(client, authority), previousClient: of(oldClient) };
    expect(previousClient(state, old.certificate)).toEqual(of(client, authority));
  });

  test("kept through a time in plaintext", () => {
    const plain = { previousClient: previousClient(tls(oldClient, old), undefined) };
    expect(previousClient(plain, authority.certificate)).toEqual(of(oldClient));
    expect(previousClient(plain, old.certificate)).toBeUndefined();
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
    expect(await refusalOfPrevious(endpoint, identity, hasEnded)).toMatchObject({ verdict });
  });
});
