// Who gets in and who doesn't, tried with the ordinary docker CLI of this machine.
import { mkdtempSync } from "node:fs";
import { dirname, join } from "node:path";
import Dockerode from "dockerode";
import { execa } from "execa";
import { silent } from "../../../lab/engine/report.ts";
import type { ClientBundle } from "../../../components/model/certificates.ts";
import { writeBundle, type Bundle } from "../../../scripts/client/bundle.ts";
import { writeContexts } from "../../../scripts/client/person-contexts.ts";
import { secretText, usageLines } from "../../../scripts/client/secret.ts";
import { dockerClient } from "../../../scripts/docker-client.ts";
import { dockerCli, signTo, type DockerRun, type TlsFlags } from "../../support/api-clients.ts";
import { makeAuthority, type Identity } from "../../support/authority.ts";
import { closeStacks, StackRun } from "../../support/stack-run.ts";
import { bootMilliseconds, TestMachine } from "../../support/test-machine.ts";

const machine = new TestMachine("t1");
let stack: StackRun;
let bundle: { ca: string; cert: string; key: string };

beforeAll(async () => {
  await machine.pristine();
  stack = await StackRun.onFakeEngine({
    daemon: { "registry-mirrors": ["https://mirror.gcr.io"] },
    hosts: { t1: machine.host() },
  });
  expect((await stack.up()).exitCode).toBe(0);
  bundle = (await stack.output("clientBundle")) as typeof bundle;
}, bootMilliseconds);

afterAll(closeStacks);

/** `docker ARGS` with only these files. */
const docker = (args: string[], files: TlsFlags = {}): Promise<DockerRun> =>
  dockerCli(join(stack.directory, "client"), args, files);

const endpoint = `-H=${machine.address}:2376`;
const info = ["--tlsverify", endpoint, "info", "--format", "{{json .}}"];
const withIdentity = ({ certificate, privateKey }: Identity): Record<string, string> => ({
  ...{ tlscacert: bundle.ca, tlscert: certificate, tlskey: privateKey },
});

describe("a client with the stack's bundle", () => {
  // proves: api.mutual-tls
  test("sees the machine's own info", async () => {
    const seen = await docker(
      info,
      withIdentity({ certificate: bundle.cert, privateKey: bundle.key }),
    );

    expect(seen.stderr).toBe("");
    const answer = JSON.parse(seen.stdout) as Record<string, unknown>;
    expect(answer).toMatchObject({
      Name: "t1",
      ServerVersion: await machine.info("{{.ServerVersion}}"),
      OperatingSystem: await machine.info("{{.OperatingSystem}}"),
      LiveRestoreEnabled: true,
      RegistryConfig: { Mirrors: ["https://mirror.gcr.io/"] },
    });
    // The id is dockerd's own: it is this machine's daemon and no other that answered.
    expect(answer["ID"]).toBe(await machine.info("{{.ID}}"));
  });
});

// proves: client.each-way
describe("a bundle, used in each way that it is made for, shows the machine to", () => {
  let folder: string;
  let pems: ClientBundle;
  let written: Bundle;

  beforeAll(async () => {
    pems = bundle;
    folder = join(stack.directory, "it's a bundle");
    const hosts = (await stack.output("hosts")) as Bundle["hosts"];
    written = { stack: "test", client: "alice", pems, hosts };
    writeBundle(written, { folder, force: false, now: new Date() });
  });

  /** A shell's line, with docker at hand and nothing of the person's own set-up. */
  const inShell = async (line: string, input = ""): Promise<string> => {
    const program = (await dockerClient(silent)) ?? "docker";
    const configuration = mkdtempSync(join(stack.directory, "docker-config-"));
    const PATH = [dirname(program), process.env["PATH"]].join(":");
    const env = { PATH, HOME: configuration, DOCKER_CONFIG: configuration, FOLDER: folder };
    return (await execa("sh", ["-euc", line], { env, extendEnv: false, input })).stdout;
  };

  test("docker in a shell that has read env.sh", async () => {
    const seen = await inShell(`. "$FOLDER/env.sh"; docker info --format '{{.Name}}'`);
    expect(seen).toBe("t1");
  });

  test("docker by an imported context", async () => {
    const seen = await inShell(`
      docker context import b1 "$FOLDER/t1.dockercontext" >/dev/null
      docker --context b1 info --format '{{.Name}}'`);
    expect(seen).toBe("t1");
  });

  test("docker by a context in the person's configuration, which it can list and remove", async () => {
    const configuration = join(stack.directory, ".docker");
    writeContexts({ ...written, pems }, configuration, false);
    const seen = await inShell(`
      export DOCKER_CONFIG='${configuration}'
      docker --context test-t1 info --format '{{.Name}}'
      docker context ls --format '{{.Name}} {{.DockerEndpoint}}'
      docker context rm test-t1`);
    expect(seen.split("\n")).toEqual([
      "t1",
      "default unix:///var/run/docker.sock",
      `test-t1 tcp://${machine.address}:2376`,
      "test-t1",
    ]);
  });

  test("docker in a job that has the secret, both ways", async () => {
    const output = written.hosts["t1"]!;
    const secret = { stack: "test", client: "ci", host: "t1", pems, output };
    const lines = usageLines(secret, "DOCKERTLS").filter((line) => line.startsWith("  "));
    const seen = await inShell(
      `DOCKERTLS=$(cat)
      { ${lines[0] ?? ""}; } >/dev/null
      docker info --format '{{.Name}}'
      ${lines.slice(1).join("\n")}
      docker context use default >/dev/null 2>&1
      docker info --format '{{.Name}}'`,
      secretText(secret),
    );
    expect(seen).toBe("t1\nt1");
  });

  test("dockerode", async () => {
    const { ca, cert, key } = pems;
    const client = new Dockerode({ host: machine.address, port: 2376, ca, cert, key });
    expect(await client.info()).toMatchObject({ Name: "t1" });
  });
});

describe("turned away by the machine, each for its own reason, is", () => {
  test("a client without a certificate", async () => {
    const refused = await docker(info, { tlscacert: bundle.ca });

    expect(refused.stderr).toMatch(/tls: (certificate required|bad certificate)/);
    expect(refused.exitCode).not.toBe(0);
  });

  test("a client with a certificate of another authority", async () => {
    const other = await makeAuthority("another authority");

    const refused = await docker(info, withIdentity(await other.issue("client")));

    // The CLI keeps a certificate to itself whose issuer the server has not named.
    expect(refused.stderr).toMatch(
      /tls: (certificate required|unknown certificate authority|bad certificate)/,
    );
    expect(refused.exitCode).not.toBe(0);
  });

  test("a client that shows such a certificate all the same", async () => {
    const { certificate, privateKey } = await (await makeAuthority("other")).issue("client");
    const sign = await signTo(machine.address, { ca: bundle.ca, certificate, privateKey });

    expect(sign).toMatch(/alert (unknown ca|bad certificate)/);
  });

  test("a client with the machine's own server certificate", async () => {
    // Whoever reads the key of one machine must not become root on all of them.
    const stolen = {
      certificate: await machine.sh("cat /opt/docker-ssl/cert.pem"),
      privateKey: await machine.sh("cat /opt/docker-ssl/key.pem"),
    };

    const refused = await docker(info, withIdentity(stolen));

    expect(refused.stderr).toMatch(/tls: (bad certificate|unsupported certificate)/);
    expect(refused.exitCode).not.toBe(0);
  });

  test("a client in plaintext", async () => {
    const refused = await docker([endpoint, "info"]);

    expect(refused.stderr + refused.stdout).toMatch(
      /Client sent an HTTP request to an HTTPS server/,
    );
    expect(refused.exitCode).not.toBe(0);
  });
});

test("there is no door beside the one on 2376", async () => {
  const listening = await machine.sh("ss -Hltnp | grep dockerd | awk '{ print $4 }'");
  expect(listening).toBe("*:2376");
});

test("nobody takes another server for the machine", async () => {
  // The bundle's authority vouches for this address only, so an endpoint moved elsewhere is noticed.
  const elsewhere = await docker(
    ["--tlsverify", "-H=localhost:2376", "info"],
    withIdentity({ certificate: bundle.cert, privateKey: bundle.key }),
  );
  expect(elsewhere.exitCode).not.toBe(0);

  const { certificate } = await makeAuthority("somebody else's");
  const distrusted = await docker(info, {
    ...withIdentity({ certificate: bundle.cert, privateKey: bundle.key }),
    tlscacert: certificate,
  });
  expect(distrusted.stderr).toMatch(/x509: certificate signed by unknown authority/);
});
