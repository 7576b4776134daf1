import { unwrap } from "../../provider/wire.ts";
import { run, the, type Run } from "../support/program.ts";
import { machine } from "../support/stack-configuration.ts";

let program: Run;
beforeAll(async () => {
  program = await run({
    daemon: { "registry-mirrors": ["https://mirror.example"] },
    hosts: {
      b1: machine(),
      b2: machine({ address: "2001:db8::1", daemon: { "live-restore": false } }),
    },
    tls: { port: 2377 },
  });
});

test("the proof holds the endpoint to what was issued and configured", () => {
  expect(unwrap(the(program, "b1-proof").inputs)).toEqual({
    host: "b1",
    address: "10.0.0.4",
    port: 2377,
    tls: {
      ca: "certificate ca-g1",
      clientCertificate: "certificate client",
      clientKey: "-----BEGIN EC PRIVATE KEY-----\nclient-key\n",
      strangerCertificate: "certificate stranger",
      strangerKey: "-----BEGIN EC PRIVATE KEY-----\nstranger-key\n",
      serverCertificate: "certificate b1-server",
      misused: {
        certificate: "certificate b1-server",
        privateKey: "-----BEGIN EC PRIVATE KEY-----\nb1-server-key\n",
      },
    },
    liveRestore: true,
    registryMirrors: ["https://mirror.example"],
    settingsAreSecret: false,
    converged: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
  });
  expect(the(program, "b2-proof").inputs).toMatchObject({ liveRestore: false });
});

test("it is made anew whenever the machine was converged, and never before", () => {
  expect(the(program, "b1-proof").sources["converged"]).toContain("b1-converge");
});

test("the docker provider takes its arguments from the proof: a broken daemon blocks no preview", () => {
  const { inputs, sources } = the(program, "b1-docker");
  expect(inputs["host"]).toBe("tcp://seen-by-b1-proof:2376");
  expect(sources["host"]).toEqual(["b1-proof"]);
  expect(unwrap(inputs)).toMatchObject({
    caMaterial: "certificate ca-g1",
    certMaterial: "certificate client",
    keyMaterial: "-----BEGIN EC PRIVATE KEY-----\nclient-key\n",
  });
});

test("each machine is asked through its own provider", () => {
  expect(program.calls).toEqual(
    ["b1-docker", "b2-docker"].map((provider) => ({
      token: "docker:index/getNetwork:getNetwork",
      inputs: { name: "host" },
      provider,
    })),
  );
});
