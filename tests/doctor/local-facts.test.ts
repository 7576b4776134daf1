import { localSteps, isFittingNode, type LocalFacts } from "../../doctor/local-facts.ts";
import { listing } from "../../doctor/step.ts";

const sound: LocalFacts = {
  ownNode: "v24.21.0",
  pathNode: "v22.18.0",
  engine: { wanted: "3.255.0", origin: "on PATH", pathVersion: "v3.255.0", languageHost: true },
  plugins: [{ name: "tls", version: "5.6.1", origin: "stand-in" }],
  agent: { neededBy: [], socket: undefined, keys: 0 },
  dockerCli: "/usr/bin/docker",
};

test.each([
  ["v22.18.0", true],
  ["v24.0.0", true],
  ["v22.17.9", false],
  ["v20.20.2", false],
])("Node %s strips types: %p", (version, fits) => {
  expect(isFittingNode(version)).toBe(fits);
});

test("a machine that has everything is listed in columns", () => {
  expect(listing([{ title: "this machine", steps: localSteps(sound) }])).toEqual([
    "this machine",
    "  ok    node           v22.18.0",
    "  ok    packages       as package-lock.json names them",
    "  ok    engine         Pulumi 3.255.0 or newer, on PATH",
    "  ok    language host  Node.js, with the engine",
    "  ok    plugin         tls 5.6.1, stand-in",
    "  ok    docker CLI     /usr/bin/docker",
    "",
    "nothing wrong was found",
  ]);
});

const noEngine = { wanted: "3.255.0", origin: undefined, pathVersion: undefined };

test.each<[string, Partial<LocalFacts>, string[]]>([
  [
    "no engine",
    { engine: { ...noEngine, languageHost: true } },
    [
      "pulumi: is not on PATH; this program needs 3.255.0 or newer, with its Node language host; install it from https://www.pulumi.com/docs/install/, or run `npm start`, which gets one",
    ],
  ],
  [
    "an old engine",
    { engine: { ...noEngine, pathVersion: "v3.100.0", languageHost: true } },
    [
      "pulumi: on PATH is v3.100.0; this program needs 3.255.0 or newer, with its Node language host; install it from https://www.pulumi.com/docs/install/, or run `npm start`, which gets one",
    ],
  ],
  [
    "an agent that is needed and not there",
    { agent: { neededBy: ["b1", "b2"], socket: undefined, keys: 0 } },
    [
      "environment: SSH_AUTH_SOCK: is not set; b1, b2: no key is configured, so the agent's are tried; start an agent and add your key: `eval $(ssh-agent) && ssh-add`",
    ],
  ],
  [
    "an agent without keys",
    { agent: { neededBy: ["b1"], socket: "/agent", keys: 0 } },
    [
      "environment: SSH_AUTH_SOCK: names an agent without keys; b1: no key is configured, so the agent's are tried; add yours: `ssh-add`",
    ],
  ],
  ["an agent with a key", { agent: { neededBy: ["b1"], socket: "/agent", keys: 1 } }, []],
  ["an old Node beside the project's own", { pathNode: "v20.20.2" }, []],
  ["no docker CLI", { dockerCli: undefined }, []],
])("%s", (_case, changes, expected) => {
  const steps = localSteps({ ...sound, ...changes });
  expect(steps.filter(({ outcome }) => outcome === "FAIL").map(({ says }) => says)).toEqual(
    expected,
  );
});
