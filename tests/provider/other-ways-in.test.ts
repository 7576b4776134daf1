// An endpoint in plaintext, and one that only the machine itself can reach.
import "../support/errors-of-node.ts";
import { EndpointProofResource } from "../../provider/endpoint-proof.ts";
import type { Properties } from "../../provider/provider.ts";
import { secret } from "../../provider/wire.ts";
import { connectionTo, startSshServer, type SshServer } from "../../standins/tests/ssh-server.ts";
import { makeAuthority, proofTls, type Authority, type Identity } from "../support/authority.ts";
import { startEndpoint, type Endpoint, type EndpointOptions } from "../support/docker-endpoint.ts";
import { withFastClock } from "../support/fast-clock.ts";

const proof = new EndpointProofResource();
let authority: Authority;
let server: Identity;
let client: Identity;
let untrusted: Identity;
let endpoint: Endpoint;

beforeAll(async () => {
  authority = await makeAuthority("CA");
  server = await authority.issue("server");
  client = await authority.issue("client");
  untrusted = await (await makeAuthority("other")).issue("client", { kind: "RSA" });
});

afterEach(() => endpoint.stop());

async function inputsFor(options: Partial<EndpointOptions> = {}): Promise<Properties> {
  endpoint = await startEndpoint({ authority, identity: server, ...options });
  return {
    host: "b1",
    address: "127.0.0.1",
    port: endpoint.port,
    liveRestore: true,
    registryMirrors: ["https://mirror.example"],
    settingsAreSecret: false,
    converged: "1",
  };
}

const mutualTls = (): Properties => ({
  tls: secret(proofTls({ authority, server, client, untrusted })),
});

async function problemsOf(inputs: Properties): Promise<string> {
  const { problems } = await proof.read({ ...inputs, problems: [] });
  return (problems as string[]).join("\n").replaceAll(`:${String(inputs["port"])}`, ":PORT");
}

describe("plain TCP", () => {
  test("who answers, and that what was configured is in effect; there is nobody to turn away", async () => {
    const outs = await proof.create(await inputsFor({ plaintext: "let in" }));
    expect(outs).toMatchObject({
      daemonName: "b1",
      registryMirrorsInEffect: ["https://mirror.example/"],
      certificateExpiresAt: "",
      refusals: [],
      problems: [],
    });
  });

  test("a daemon that speaks TLS there is a problem", async () => {
    const inputs = await inputsFor();
    await expect(proof.create(inputs)).rejects.toThrow(/GET \/info answered HTTP 400: /);
  });

  test("nobody there", async () => {
    const inputs = await inputsFor({ plaintext: "let in" });
    await endpoint.stop();
    expect(await problemsOf(inputs)).toMatch(
      /^b1: tcp:\/\/127\.0\.0\.1:PORT: no connection \(ECONNREFUSED\)/,
    );
  });

  test("settings that are not in effect", async () => {
    const info = { LiveRestoreEnabled: false };
    expect(await problemsOf(await inputsFor({ plaintext: "let in", info }))).toMatch(
      /live-restore: false is in effect, not true/,
    );
  });
});

describe("through a tunnel", () => {
  let ssh: SshServer;
  const tunnel = (): Properties => ({ tunnel: secret({ user: "root", ...connectionTo(ssh, {}) }) });

  beforeEach(async () => {
    ssh = await startSshServer();
  });
  afterEach(() => ssh.stop());

  test("mutual TLS: the same proof with the same refusals, in one login", async () => {
    const outs = await proof.create({ ...(await inputsFor()), ...mutualTls(), ...tunnel() });
    expect(outs["problems"]).toEqual([]);
    expect(outs["refusals"]).toEqual([
      "a client without a certificate: refused",
      "a client of another authority: refused",
      "a client in plaintext: refused",
      "a client of TLS 1.1: refused",
    ]);
    expect(ssh.logins()).toBe(1);
  });

  test("plain TCP", async () => {
    const inputs = { ...(await inputsFor({ plaintext: "let in" })), ...tunnel() };
    expect((await proof.create(inputs))["daemonName"]).toBe("b1");
  });

  test("everyone who is let in is seen", async () => {
    const inputs = {
      ...(await inputsFor({ untrustedClients: "let in" })),
      ...mutualTls(),
      ...tunnel(),
    };
    expect(await problemsOf(inputs)).toMatch(/a client without a certificate: let in \(HTTP 200\)/);
  });

  test("nobody at its end", async () => {
    const inputs = { ...(await inputsFor()), ...mutualTls(), ...tunnel() };
    await endpoint.stop();
    expect(await problemsOf(inputs)).toMatch(/no connection \(ECONNREFUSED\)|no tunnel to/);
  });

  test("a server that never says whether it forwards is given up", async () => {
    const inputs = { ...(await inputsFor()), ...mutualTls(), ...tunnel() };
    ssh.forward = false;
    expect(await withFastClock(() => problemsOf(inputs))).toMatch(/no connection \(ETIMEDOUT\)/);
  }, 20_000);

  test("no login: said as ssh would, recorded by a look, and an error of a deployment", async () => {
    const inputs = { ...(await inputsFor()), ...mutualTls(), ...tunnel() };
    await ssh.stop();
    expect(await problemsOf(inputs)).toMatch(/^b1: ssh root@127\.0\.0\.1:\d+: unreachable \(/);
    await expect(proof.create(inputs)).rejects.toThrow(/unreachable/);
    ssh = await startSshServer();
  });
});
