import { isFittingGo } from "../../lab/engine/build.ts";
import { engineEnvironment } from "../../lab/engine/environment.ts";
import { describePlugins } from "../../lab/engine/plugins.ts";
import { sparingly } from "../../lab/engine/report.ts";
import { isFittingEngine } from "../../lab/engine/versions.ts";
import { infoArguments, pasted } from "../../scripts/docker-client.ts";

test.each([
  ["v3.255.0\n", true],
  ["3.255.1", true],
  ["v3.260.0", true],
  ["v3.254.9", false],
  ["v4.0.0", false],
  ["v2.255.0", false],
  ["", false],
  ["command not found", false],
])("engine %p fits 3.255.0: %p", (version, fits) => {
  expect(isFittingEngine(version, "3.255.0")).toBe(fits);
});

test.each([
  ["1.19", false],
  ["1.21", true],
  ["1.26.8", true],
  ["2.0", true],
])("Go %s can fetch the toolchain that is needed: %p", (version, fits) => {
  expect(isFittingGo(version)).toBe(fits);
});

test("the engine hears nothing of the person's own Pulumi or Docker", () => {
  const environment = engineEnvironment(
    {
      engine: { directory: "/cache/engine", origin: "" },
      home: "/p/home",
      state: "/p/state",
      passphraseFile: "/p/passphrase",
      stack: "dev",
      configFile: "/p/Pulumi.dev.yaml",
    },
    {
      PATH: "/usr/bin",
      PULUMI_ACCESS_TOKEN: "theirs",
      PULUMI_CONFIG_PASSPHRASE: "theirs",
      DOCKER_HOST: "tcp://elsewhere:2375",
      SSH_AUTH_SOCK: "/agent",
    },
  );
  expect(environment).not.toHaveProperty("PULUMI_ACCESS_TOKEN");
  expect(environment).not.toHaveProperty("PULUMI_CONFIG_PASSPHRASE");
  expect(environment).not.toHaveProperty("DOCKER_HOST");
  expect(environment).toMatchObject({
    SSH_AUTH_SOCK: "/agent",
    PULUMI_BACKEND_URL: "file:///p/state",
    PULUMI_OPTION_CONFIG_FILE: "/p/Pulumi.dev.yaml",
  });
  expect(environment["PATH"]).toMatch(/^\/cache\/engine:.*node_modules\/\.bin:\/usr\/bin$/);
});

test("one line says which plugins are stand-ins, and why", () => {
  expect(
    describePlugins([
      { name: "command", version: "1.2.1", origin: "stand-in", refusal: "no such host" },
      { name: "tls", version: "5.6.1", origin: "installed" },
      { name: "docker", version: "5.2.0", origin: "stand-in", refusal: "no such host" },
    ]),
  ).toBe(
    "tls 5.6.1 (installed), stand-ins of this project for command 1.2.1, docker 5.2.0, " +
      "since Pulumi's downloads are not available here (no such host)",
  );
});

test("a log gets a progress line now and then, the first one at once", () => {
  const lines: string[] = [];
  let now = 0;
  const report = sparingly(
    (line) => lines.push(line),
    30,
    () => now,
  );
  for (; now < 70_000; now += 1000) report(`at ${String(now / 1000)}`);
  expect(lines).toEqual(["at 0", "at 30", "at 60"]);
});

test("the line to paste works in a folder whose name has a blank", () => {
  const files = { ca: "/my files/ca.pem", cert: "/x/cert.pem", key: "/x/key.pem" };
  expect(pasted(["docker", ...infoArguments(files, "tcp://10.231.76.11:2376")])).toBe(
    "docker --tlsverify '--tlscacert=/my files/ca.pem' --tlscert=/x/cert.pem --tlskey=/x/key.pem -H=10.231.76.11:2376 info",
  );
});
