import "../support/errors-of-node.ts";
import { execFile } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { EndpointProofResource } from "../../provider/endpoint-proof.ts";
import type { Properties } from "../../provider/provider.ts";
import { secret, unwrap } from "../../provider/wire.ts";
import { makeAuthority, proofTls, type Authority, type Identity } from "../support/authority.ts";
import { forgedName } from "../support/hostile-machine.ts";
import { ufw } from "../support/firewall-texts.ts";
import { startEndpoint, type Endpoint, type EndpointOptions } from "../support/docker-endpoint.ts";

let authority: Authority;
let server: Identity;
let client: Identity;
let untrusted: Identity;
let endpoint: Endpoint | undefined;
const proof = new EndpointProofResource();

beforeAll(async () => {
  authority = await makeAuthority("CA");
  server = await authority.issue("server");
  client = await authority.issue("client");
  untrusted = await (await makeAuthority("other")).issue("client", { kind: "RSA" });
});

afterEach(async () => {
  await endpoint?.stop();
  endpoint = undefined;
});

/** What the program hands over, as it comes over the wire. */
async function inputsFor(options: Partial<EndpointOptions> = {}): Promise<Properties> {
  endpoint = await startEndpoint({ authority, identity: server, ...options });
  return {
    host: "b1",
    address: "127.0.0.1",
    port: endpoint.port,
    tls: secret(proofTls({ authority, server, client, untrusted })),
    liveRestore: true,
    registryMirrors: ["https://mirror.example"],
    converged: "1",
  };
}

/** The same with something else among what TLS takes. */
function withTls(inputs: Properties, changes: Readonly<Record<string, string>>): Properties {
  return { ...inputs, tls: secret({ ...(unwrap(inputs["tls"]) as object), ...changes }) };
}

describe("proven again after a while", () => {
  test("is what was proven in this run, and nothing else", async () => {
    const fresh = new EndpointProofResource();
    expect(await fresh.proveAgain(["b1"], 60)).toEqual({ again: [], problems: [] });
    await fresh.create(await inputsFor());
    expect(await fresh.proveAgain(["b0", "b1"], 0)).toEqual({ again: ["b1"], problems: [] });
  });

  test("a machine that answers no more has its line", async () => {
    const fresh = new EndpointProofResource();
    await fresh.create(await inputsFor());
    await endpoint?.stop();
    const { problems } = await fresh.proveAgain(["b1"], 0);
    expect(problems).toEqual([expect.stringMatching(/^b1: tcp:\/\/127\.0\.0\.1:\d+: /)]);
  });
});

describe("a sound endpoint", () => {
  test("over TLS 1.3", async () => {
    const inputs = await inputsFor();
    const outs = await proof.create(inputs);
    expect(outs).toEqual({
      ...inputs,
      endpoint: `tcp://127.0.0.1:${String(inputs["port"])}`,
      daemonName: "b1",
      serverVersion: "26.1.5",
      operatingSystem: "Debian GNU/Linux 13 (trixie)",
      registryMirrorsInEffect: ["https://mirror.example/"],
      liveRestoreInEffect: true,
      certificateExpiresAt: new Date(new X509Certificate(server.certificate).validTo).toISOString(),
      refusals: [
        "a client without a certificate: refused",
        "a client of another authority: refused",
        "a client in plaintext: refused",
        "a client of TLS 1.1: refused",
      ],
      problems: [],
    });
  });

  test("looked at again gives the same, and is no change: the run after is a no-op", async () => {
    const inputs = await inputsFor();
    const outs = await proof.create(inputs);
    expect(await proof.read(outs)).toEqual(outs);
    expect(proof.changed(outs, inputs)).toBe(false);
    // After its maintenance it is proven whatever else stayed the same.
    expect(proof.changed({ ...outs, maintenance: true }, inputs)).toBe(true);
  });

  test("keys go in as secrets and stay so; unwrapped they appear nowhere", async () => {
    const outs = await proof.read(await proof.create(await inputsFor()));
    const { tls, ...visible } = outs;
    expect(tls).toEqual(secret(unwrap(tls)));
    expect(JSON.stringify(tls)).toContain("PRIVATE KEY");
    expect(JSON.stringify(visible)).not.toContain("PRIVATE KEY");
  });

  test("no mirrors asked for: whichever are in effect will do", async () => {
    const inputs = { ...(await inputsFor()), registryMirrors: [] };
    expect((await proof.create(inputs))["problems"]).toEqual([]);
  });
});

describe("what is wrong is said in a line, recorded by a look, and stops a deployment", () => {
  async function problemOf(inputs: Properties): Promise<string> {
    const { problems } = await proof.read({ ...inputs, problems: [] });
    const lines = problems as string[];
    await expect(proof.create(inputs)).rejects.toThrow(lines.join("\n"));
    await expect(proof.update({}, inputs)).rejects.toThrow(lines.join("\n"));
    expect(proof.changed({ ...inputs, problems }, inputs)).toBe(true);
    return lines.join("\n").replaceAll(`:${String(inputs["port"])}`, ":PORT");
  }

  // proves: api.other-certificate
  test("another certificate than the one in state", async () => {
    const identity = await authority.issue("server");
    expect(await problemOf(await inputsFor({ identity }))).toBe(
      "b1: tcp://127.0.0.1:PORT: it serves another certificate than the one issued to it; dockerd did not take up the new one, or another daemon answers; run `systemctl restart docker` on the machine; if that stays, see who listens: `ss -ltnp`",
    );
  });

  // proves: up.proves
  test("everyone is let in", async () => {
    const lines = (await problemOf(await inputsFor({ untrustedClients: "let in" }))).split("\n");
    expect(lines).toEqual([
      "b1: tcp://127.0.0.1:PORT: a client without a certificate: let in (HTTP 200); anyone has root on the machine; close the port now and run `pulumi up`",
      "b1: tcp://127.0.0.1:PORT: a client of another authority: let in (HTTP 200); anyone has root on the machine; close the port now and run `pulumi up`",
    ]);
  });

  test("plaintext is served on the TLS port", async () => {
    expect(await problemOf(await inputsFor({ plaintext: "let in" }))).toBe(
      "b1: tcp://127.0.0.1:PORT: a client in plaintext: let in (HTTP 200); anyone has root on the machine; close the port now and run `pulumi up`",
    );
  });

  test("connections that just end are no refusal", async () => {
    const lines = await problemOf(await inputsFor({ untrustedClients: "drop", plaintext: "drop" }));
    expect(lines.split("\n").map((line) => line.split("; ")[0])).toEqual([
      "b1: tcp://127.0.0.1:PORT: a client without a certificate: could not tell (ECONNRESET)",
      "b1: tcp://127.0.0.1:PORT: a client of another authority: could not tell (ECONNRESET)",
      "b1: tcp://127.0.0.1:PORT: a client in plaintext: could not tell (ECONNRESET)",
    ]);
  });

  test("TLS 1.2 alone, in which anybody could forge a refusal", async () => {
    const lines = await problemOf(await inputsFor({ version: "TLSv1.2" }));
    expect(lines.split("\n").map((line) => line.split("; ").slice(0, 2).join("; "))).toEqual([
      "b1: tcp://127.0.0.1:PORT: a client without a certificate: could not tell (EPROTO); the refusal is not proven",
      "b1: tcp://127.0.0.1:PORT: a client of another authority: could not tell (EPROTO); the refusal is not proven",
    ]);
  });

  test("an answer without an end, which does not make the plugin grow", async () => {
    const inputs = await inputsFor({ endless: true });
    const before = process.memoryUsage().rss;
    expect(await problemOf(inputs)).toBe(
      "b1: tcp://127.0.0.1:PORT: its answer to GET /info does not end within 1 MB; no dockerd says that much of itself; see who listens there: `ss -ltnp` on the machine",
    );
    expect(process.memoryUsage().rss - before).toBeLessThan(128 * 1024 * 1024);
  });

  test("settings that are not in effect", async () => {
    const info = { LiveRestoreEnabled: false, RegistryConfig: { Mirrors: null } };
    expect((await problemOf(await inputsFor({ info }))).split("\n")).toEqual([
      "b1: tcp://127.0.0.1:PORT: live-restore: false is in effect, not true; dockerd did not take up its configuration; see `journalctl -u docker.service` on the machine, then run `systemctl restart docker` there",
      'b1: tcp://127.0.0.1:PORT: registry-mirrors: [] is in effect, not ["https://mirror.example"]; dockerd did not take up its configuration; see `journalctl -u docker.service` on the machine, then run `systemctl restart docker` there',
    ]);
  });

  test("something else than dockerd answers", async () => {
    expect(await problemOf(await inputsFor({ status: 502 }))).toMatch(
      /^b1: tcp:\/\/127\.0\.0\.1:PORT: GET \/info answered HTTP 502: \{"Name.*; no dockerd answers; see who listens there/,
    );
  });

  test("nobody answers", async () => {
    const inputs = await inputsFor();
    await endpoint?.stop();
    expect(await problemOf(inputs)).toBe(
      "b1: tcp://127.0.0.1:PORT: no connection (ECONNREFUSED); dockerd does not listen there, or a firewall is in between; see `systemctl status docker` on the machine, and let the port through",
    );
  });

  test("the machine's firewall is named by what changes; a look leaves that to the machine's own", async () => {
    const inputs = await inputsFor();
    await endpoint?.stop();
    const asked: string[] = [];
    const firewall = {
      ...{ source: "192.0.2.1", destination: "192.0.2.10", interfaceName: "eth0", nftables: "" },
      iptables: ufw(),
    };
    const telling = new EndpointProofResource((host) => {
      asked.push(host);
      return Promise.resolve(firewall);
    });
    const port = String(inputs["port"]);
    await expect(telling.create(inputs)).rejects.toThrow(
      `b1: tcp://127.0.0.1:${port}: no connection (ECONNREFUSED); ufw on the machine closes the port; run \`ufw allow from 192.0.2.1 to any port ${port} proto tcp\` there`,
    );
    expect(asked).toEqual(["b1"]);
    expect(await telling.read(inputs)).toEqual(await proof.read(inputs));
    expect(asked).toEqual(["b1"]);
  });

  test("a server of another authority", async () => {
    const other = await makeAuthority("CA");
    const line = await problemOf(withTls(await inputsFor(), { ca: other.certificate }));
    expect(line).toMatch(/^b1: tcp:\/\/127\.0\.0\.1:PORT: no mutual TLS \(.*certificate/);
  });

  test("our own client is turned away", async () => {
    const inputs = await inputsFor();
    const line = await problemOf(
      withTls(inputs, {
        clientCertificate: untrusted.certificate,
        clientKey: untrusted.privateKey,
      }),
    );
    expect(line).toMatch(
      /no mutual TLS \(alert 116, certificate required\); the API can't be used/,
    );
  });

  test.each([
    [
      "a name that the certificate does not cover",
      { address: "10.9.9.9" },
      /no mutual TLS \(ERR_TLS_CERT_ALTNAME_INVALID/,
    ],
    [
      "a certificate that has ended",
      { endsIn: -60_000 },
      /no mutual TLS \(CERT_HAS_EXPIRED[^)]*\): its certificate ended on 20\d\d-\d\d-\d\d; no client trusts it any more; run `pulumi up`, which renews it$/,
    ],
  ])("%s", async (_case, options, sign) => {
    const identity = await authority.issue("server", options);
    const inputs = await inputsFor({ identity });
    expect(await problemOf(withTls(inputs, { serverCertificate: identity.certificate }))).toMatch(
      sign,
    );
  });
});

test("a certificate that has ended is refused even where the environment says to trust anyone", async () => {
  const identity = await authority.issue("server", { endsIn: -60_000 });
  const inputs = withTls(await inputsFor({ identity }), {
    serverCertificate: identity.certificate,
  });
  // Node reads the variable from the process itself, and jest has only a copy: so, another process.
  const program = `
    const { EndpointProofResource } = await import(${JSON.stringify(pathToFileURL(join(import.meta.dirname, "../../provider/endpoint-proof.ts")).href)});
    const outs = await new EndpointProofResource().read(JSON.parse(process.env.INPUTS));
    console.log(outs.problems.join("\\n"));
  `;
  const env = {
    ...process.env,
    INPUTS: JSON.stringify(inputs),
    NODE_TLS_REJECT_UNAUTHORIZED: "0",
  };
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ["--input-type=module", "--eval", program],
    { env },
  );
  expect(stdout).toMatch(/no mutual TLS \(CERT_HAS_EXPIRED/);
});

test("what a machine says of itself reaches no terminal as it is", async () => {
  const info = { Name: forgedName, OperatingSystem: forgedName, ServerVersion: forgedName };
  const outs = await proof.create(await inputsFor({ info }));
  for (const said of ["daemonName", "operatingSystem", "serverVersion"]) {
    expect(outs[said]).toBe("[2K 31mDebian drift: b1: everything is gone finding: b1: forged");
  }
});

test("a daemon that is down: what was known stays, and the look does not throw", async () => {
  const outs = await proof.create(await inputsFor());
  await endpoint?.stop();
  const seen = await proof.read(outs);
  expect(seen).toEqual({ ...outs, problems: seen["problems"] });
  expect(seen["problems"]).toHaveLength(1);
});

test("a new converge is a new proof, whatever else stayed the same", async () => {
  const inputs = await inputsFor();
  const outs = await proof.create(inputs);
  expect(proof.changed(outs, { ...inputs, converged: "2" })).toBe(true);
  expect(proof.changed(outs, withTls(inputs, { clientKey: "another" }))).toBe(true);
});
