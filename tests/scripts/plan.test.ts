// What `npm run plan` makes of a preview and of what machines say, on events as the engine streams them.
import type { Configuration } from "../../components/model/configuration/parse.ts";
import type { Census } from "../../components/model/observed/census.ts";
import { parseConfiguration, type Raw } from "../../components/model/configuration/parse.ts";
import { readEvents } from "../../scripts/engine-events.ts";
import { listing } from "../../scripts/plan/listing.ts";
import { exitCodes, failedPlan, planOf, type Asked, type Plan } from "../../scripts/plan/plan.ts";

const types = {
  host: "dockertls:index:Host",
  state: "dockertls-host:index:HostState",
  proof: "dockertls-host:index:EndpointProof",
  certificate: "tls:index/locallySignedCert:LocallySignedCert",
};
const urnOf = (type: string, name: string): string =>
  `urn:pulumi:prod::dockertls::dockertls:index:Fleet$${type}::${name}`;
const line = (event: object): string => `${JSON.stringify({ sequence: 1, ...event })}\n`;

function step(op: string, type: string, name: string, outputs: object = {}): string {
  const urn = urnOf(type, name);
  return line({ resOutputsEvent: { metadata: { op, urn, type, new: { outputs } } } });
}

const told = (host: string, message: string, severity = "info"): string =>
  line({ diagnosticEvent: { urn: urnOf(types.state, `${host}-state`), message, severity } });

/** What a preview streams of a machine: as it was found, what is due, and what is said of it. */
function machine(host: string, due: string, said: readonly string[] = [], found: object = {}) {
  const seen = { drift: [], findings: [], unreachable: "", blocked: "" };
  return [
    ...(due === "create"
      ? []
      : [step("refresh", types.state, `${host}-state`, { ...seen, ...found })]),
    ...said.map((message) => told(host, `${message}\n`)),
    step(due === "delete" ? "delete" : "same", types.host, host),
    step(due, types.state, `${host}-state`),
    ...(due === "same" ? [] : [step("update", "command:remote:Command", `${host}-converge`)]),
  ].join("");
}

const end = line({ summaryEvent: { result: "succeeded" } });

function configured(hosts: Readonly<Record<string, object>>, rollout?: object): Configuration {
  const hostKey =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBCHdPDe7Y1rfdswafUzNE8e399g/B6/jQUheDaMj7rE";
  const whole = Object.entries(hosts).map(([name, host], at) => [
    name,
    { address: `192.0.2.${String(at + 1)}`, ssh: { hostKey }, ...host },
  ]);
  const raw = { hosts: Object.fromEntries(whole), ...(rollout ? { rollout } : {}) };
  const parsed = parseConfiguration(raw as unknown as Raw);
  if ("problems" in parsed) throw new Error(JSON.stringify(parsed.problems));
  return parsed.configuration;
}

const census = (names: readonly string[] = [], more: Partial<Census> = {}): Census => ({
  ...{ silence: "", swarm: false, clients: [] },
  containers: names.map((name) => ({ name, isRemoved: false })),
  ...more,
});

const plan = (text: string, configuration: Configuration, asked: Asked = new Map()): Plan =>
  planOf("prod", configuration, readEvents(text + end), asked);

/** On a terminal of 80 columns. */
const shown = (made: Plan): string[] => listing(made, { columns: 80, hasColour: false });

const restart = "impact: restart: log-driver: dockerd reads it only when it starts";

describe("what is done to one machine, by what the preview says", () => {
  const one = configured({ web: {} });
  const away = "web: ssh root@192.0.2.1:22: unreachable (connect ECONNREFUSED); look there; do it";
  const masked = "web: docker.service: is masked; systemd refuses to start it; unmask it";
  test.each<[string, string, object]>([
    ["as it should be", machine("web", "same"), { change: "nothing", why: [] }],
    ["files", machine("web", "update", ["impact: nothing"]), { change: "files", why: [] }],
    [
      "a reload",
      machine("web", "update", ["impact: reload: debug, labels"]),
      { change: "reload", why: ["debug", "labels"] },
    ],
    [
      "a restart, for two reasons",
      machine("web", "update", [`${restart}; server certificate`]),
      { change: "restart", why: [restart.slice("impact: restart: ".length), "server certificate"] },
    ],
    [
      "drift",
      machine("web", "update", ["drift: x: expected 1, found 2", "impact: restart: drop-in"], {
        drift: ["x: expected 1, found 2"],
      }),
      { change: "restart", why: ["drop-in"], drift: ["x: expected 1, found 2"] },
    ],
    [
      "drift and a change",
      machine("web", "update", ["impact of the drift and of the change: reload: labels"]),
      { change: "reload", why: ["labels"] },
    ],
    [
      "a new machine",
      machine("web", "create", ["impact: restart: the machine is not converged yet"]),
      { change: "restart", why: ["the machine is not converged yet"] },
    ],
    [
      "one that was away",
      machine("web", "update", [away], { unreachable: away, drift: ["of earlier"] }),
      { change: "unreachable", problems: [away], drift: [] },
    ],
    [
      "a new one that is away",
      machine("web", "create", [away]),
      { change: "unreachable", problems: [away] },
    ],
    [
      "one that is away by its new SSH settings",
      machine("web", "update", [away]),
      { change: "unreachable", problems: [away] },
    ],
    [
      "one that is to be seen by its new SSH settings alone",
      machine("web", "update", [away, "impact: nothing"], { unreachable: away }),
      { change: "files", problems: [] },
    ],
    [
      "one that can't be converged",
      machine("web", "update", [masked], { blocked: masked }),
      { change: "refused", problems: [masked] },
    ],
    [
      "a new one that can't be",
      machine("web", "create", [masked]),
      { change: "refused", problems: [masked] },
    ],
    [
      "units that stop with dockerd, without leave",
      machine("web", "update", [
        `${restart}; takes along app.service (container app), b.service, so \`pulumi up\` refuses it without \`allowContainerRestart: true\``,
      ]),
      {
        change: "refused",
        takesAlong: ["app.service (container app)", "b.service"],
        problems: [
          expect.stringMatching(
            /^web: the restart takes along app\.service \(container app\), b\.service; /,
          ),
        ],
      },
    ],
    [
      "a finding, and where it was before",
      machine("web", "update", [
        "impact: nothing",
        "finding: clock: off",
        "impact at 192.0.2.9:22: restart: x",
      ]),
      { change: "files", notes: ["finding: clock: off", "impact at 192.0.2.9:22: restart: x"] },
    ],
    [
      "an endpoint that is not proven from here",
      machine("web", "same") +
        step("refresh", types.proof, "web-proof", { problems: ["web: no connection"] }) +
        step("update", types.proof, "web-proof"),
      { change: "nothing", problems: ["web: no connection"] },
    ],
  ])("%s", (_case, text, expected) => {
    expect(plan(text, one).hosts).toMatchObject([{ host: "web", wave: 1, ...expected }]);
  });

  test("one in maintenance is in no wave, whatever the refresh before the program has said", () => {
    const left = configured({ web: { maintenance: "a new disk" } });
    expect(plan(machine("web", "same", [away], { unreachable: away }), left)).toMatchObject({
      outcome: "nothing to do",
      waves: [],
      hosts: [
        { host: "web", wave: null, change: "in maintenance", why: ["a new disk"], problems: [] },
      ],
    });
  });
});

describe("how it ends", () => {
  const two = configured({ a: {}, b: {} });
  const same = machine("a", "same") + machine("b", "same");
  const away = machine("b", "update", ["b: ssh x: away"], { unreachable: "b: ssh x: away" });
  test.each([
    ["nothing", same, "nothing to do"],
    [
      "a machine that changes",
      machine("a", "update", ["impact: nothing"]) + machine("b", "same"),
      "changes",
    ],
    ["one that is away", machine("a", "same") + away, "could not tell"],
    ["one that changes and one that is away", machine("a", "update", [restart]) + away, "changes"],
    [
      "a certificate of the whole stack",
      same + step("update", types.certificate, "client"),
      "changes",
    ],
    ["a host that leaves", same + machine("old", "delete"), "changes"],
  ])("%s", (_case, text, outcome) => {
    expect(plan(text, two).outcome).toBe(outcome);
  });

  test("by the exit codes of npm run drift", () => {
    expect(exitCodes).toEqual({ "nothing to do": 0, changes: 2, "could not tell": 1 });
    expect(failedPlan("prod", ["no"]).outcome).toBe("could not tell");
  });

  test("certificates of a machine that changes are told with it, those of the stack by name", () => {
    const text =
      machine("a", "update", ["impact: restart: certificate authority"]) +
      machine("b", "same") +
      ["ca-g2", "client-g2-key", "a-server-g2-key", "a-server", "b-docker"]
        .map((name) => step("create", types.certificate, name))
        .join("");
    expect(plan(text, two).others).toEqual(["ca-g2", "client-g2-key", "b-docker"]);
  });
});

describe("containers", () => {
  const restarted = (
    found: Census,
    host: object = { allowContainerRestart: true },
    along = "",
  ): Plan["hosts"][number] | undefined =>
    plan(
      machine("web", "update", [`${restart}${along}`]),
      configured({ web: host }),
      new Map([["web", found]]),
    ).hosts[0];
  const none = { count: 0, names: [] };

  test("outlive a restart, and are counted", () => {
    const many = Array.from({ length: 120 }, (_, at) => `c${String(at)}`);
    const clients = [
      { address: "192.0.2.7", connections: 2 },
      { address: "2001:db8::7", connections: 1 },
    ];
    const host = restarted(census(many, { clients }));
    expect(host).toMatchObject({
      ending: none,
      connections: 3,
      clients: { count: 2, names: ["192.0.2.7", "2001:db8::7"] },
      unknown: "",
    });
    expect(host?.containers?.count).toBe(120);
    expect(host?.containers?.names).toHaveLength(100);
  });

  test.each([
    ["of a unit that stops", "; takes along a.service (container a), c.service", {}, ["a"]],
    [
      "in docker.service's own control group",
      "; takes along the containers in docker.service's own control group",
      {},
      ["a", "b"],
    ],
    ["that a command of somebody may stop", "; takes along what ExecStop= stops", {}, ["a", "b"]],
    ["of a Swarm", "", { swarm: true }, ["a", "b"]],
    [
      "that an old dockerd removes",
      "",
      {
        containers: [
          { name: "a", isRemoved: false },
          { name: "b", isRemoved: true },
        ],
      },
      ["b"],
    ],
  ])("%s do not, with leave", (_case, along, more, names) => {
    const found = census(["a", "b"], more);
    expect(restarted(found, { allowContainerRestart: true }, along)?.ending.names).toEqual(names);
  });

  test.each([
    [{ swarm: true }, /^web: containers: a would not outlive .* Docker Swarm, /],
    [
      { containers: [{ name: "a", isRemoved: true }] },
      /^web: containers: a would not .* started with --rm, /,
    ],
  ])("%j: without leave, the converge would refuse", (more, problem) => {
    const host = restarted(census(["a"], more), {});
    expect(host).toMatchObject({ change: "refused", problems: [expect.stringMatching(problem)] });
    expect(host?.ending).toEqual(none);
  });

  test("none ends where dockerd is not restarted", () => {
    const found = new Map([["web", census(["a"], { swarm: true })]]);
    const made = plan(
      machine("web", "update", ["impact: reload: labels"]),
      configured({ web: {} }),
      found,
    );
    expect(made.hosts[0]).toMatchObject({ change: "reload", ending: none });
  });

  test("of a machine that was not asked are not known", () => {
    const host = { containers: null, connections: null };
    const made = (asked: Asked): Plan =>
      plan(machine("web", "same"), configured({ web: {} }), asked);
    expect(made(new Map([["web", "web: ssh x: away"]])).hosts[0]).toMatchObject({
      ...host,
      unknown: "web: ssh x: away",
    });
  });
});

describe("for a person, on 80 columns", () => {
  test("a wave per paragraph, a machine per line or two", () => {
    const away =
      "web-5: ssh root@192.0.2.5:22: unreachable (connect ECONNREFUSED 192.0.2.5:22); the machine can't be looked at; check the address";
    const text =
      machine(
        "web-1",
        "update",
        ["drift: a: expected 1, found 2", `${restart}; server certificate`],
        {
          drift: ["a: expected 1, found 2", "b: x", "c: x", "d: x", "e: x"],
        },
      ) +
      machine("web-2", "update", ["impact: reload: labels", "finding: clock: 9 s behind"]) +
      machine("web-3", "same") +
      machine("web-4", "same") +
      machine("web-5", "update", [away], { unreachable: away }) +
      machine("web-6", "same") +
      machine("old", "delete", ["impact: restart: the machine is restored as it was"]) +
      step("update", types.certificate, "client");
    const made = plan(
      text,
      configured(
        {
          "web-1": { allowContainerRestart: true },
          "web-2": {},
          "web-3": {},
          "web-4": {},
          "web-5": {},
          "web-6": { maintenance: "a new disk" },
        },
        { canaries: ["web-1"], soak: "30s" },
      ),
      new Map<string, Census | string>([
        [
          "web-1",
          census(["app", "batch", "cache", "db", "front", "mail", "proxy"], {
            containers: ["app", "batch", "cache", "db", "front", "mail", "proxy"].map((name) => ({
              name,
              isRemoved: name === "batch",
            })),
            clients: [{ address: "192.0.2.77", connections: 1 }],
          }),
        ],
        ["web-2", census(["app"], { clients: [{ address: "192.0.2.77", connections: 2 }] })],
        ["web-3", census(["app"])],
      ]),
    );
    expect(shown(made)).toEqual([
      "stack prod: 2 waves; each that was changed is proven, and again after 30 s,",
      "before the next",
      "",
      "wave 1 of 2, canary",
      "  web-1  restart: log-driver: dockerd reads it only when it starts; server",
      "         certificate",
      "         drift: a: expected 1, found 2",
      "         drift: b: x",
      "         drift: c: x",
      "         drift: and 2 more",
      "         1 container ends: batch; 6 containers outlive it: app, cache, db,",
      "         front, mail and 1 more; 1 API connection ends: 192.0.2.77",
      "",
      "wave 2 of 2",
      "  web-2  reload: labels",
      "         1 container runs on: app; 2 API connections of 1 client stay:",
      "         192.0.2.77",
      "         finding: clock: 9 s behind",
      "  web-5  unreachable: ssh root@192.0.2.5:22: unreachable (connect ECONNREFUSED",
      "         192.0.2.5:22); the machine can't be looked at; check the address",
      "  nothing on web-3, web-4",
      "",
      "in maintenance, left alone: web-6: a new disk",
      "",
      "leaves the stack: old  restart: the machine is restored as it was",
      "",
      "other resources that change: client",
      "",
      "6 machines: 2 nothing, 1 reload, 1 restart, 1 unreachable, 1 in maintenance",
      "`pulumi up` fails as it is: see web-5",
    ]);
  });

  test("a few machines at once, with nothing to do, or with a dockerd that is down", () => {
    const two = configured({ a: {}, b: {} });
    expect(shown(plan(machine("a", "same") + machine("b", "same"), two))).toEqual([
      ...["stack prod", "", "  nothing on a, b", "", "nothing to do", "2 machines: 2 nothing"],
    ]);
    const down = census([], { containers: undefined, silence: "dockerd does not run" });
    const text =
      machine("a", "update", ["impact: restart: dockerd does not serve"]) + machine("b", "same");
    expect(shown(plan(text, two, new Map([["a", down]])))).toEqual([
      ...["stack prod", "", "  a  restart: dockerd does not serve"],
      "     containers: unknown (dockerd does not run); no API connection is open",
      ...["  nothing on b", "", "2 machines: 1 nothing, 1 restart"],
    ]);
  });

  test("what kept the engine from a preview, and nothing else", () => {
    expect(shown(failedPlan("prod", ["a: b; c; d", "e"]))).toEqual(["a: b; c; d", "e"]);
  });
});

test("what the program logs for those who debug it is dropped as it is read: it holds keys", () => {
  const secret = line({ diagnosticEvent: { message: "PRIVATE KEY", severity: "debug" } });
  expect(JSON.stringify(readEvents(secret + machine("web", "same") + end))).not.toContain(
    "PRIVATE",
  );
});
