// What `npm run drift` makes of what the engine tells, on events as the engine streams them.
import { readEvents } from "../../../scripts/engine-events.ts";
import {
  driftReport,
  exitCodes,
  failedStack,
  stackReport,
  summary,
  table,
  type HostReport,
} from "../../../scripts/drift/report.ts";

const versions = { hostState: 3, endpointProof: 2 };
const types = {
  component: "dockertls:index:Host",
  state: "dockertls-host:index:HostState",
  proof: "dockertls-host:index:EndpointProof",
};

function line(event: object): string {
  return `${JSON.stringify({ sequence: 1, timestamp: 1, ...event })}\n`;
}

function metadata(type: string, name: string, outputs: object = {}): object {
  const urn = `urn:pulumi:prod::dockertls::dockertls:index:Fleet$${type}::${name}`;
  return { metadata: { op: "refresh", urn, type, new: { urn, type, outputs } } };
}

/** What the engine streams of a machine: as it was recorded, then as it was found. */
function machine(host: string, found: object, proof: object = {}): string {
  const state = { stateVersion: 3, drift: [], findings: [], unreachable: "", blocked: "" };
  const proven = { stateVersion: 2, problems: [] };
  return [
    line({ resourcePreEvent: metadata(types.component, host) }),
    line({
      resourcePreEvent: metadata(types.state, `${host}-state`, { ...state, drift: ["old"] }),
    }),
    line({ resOutputsEvent: metadata(types.state, `${host}-state`, { ...state, ...found }) }),
    line({ resOutputsEvent: metadata(types.proof, `${host}-proof`, { ...proven, ...proof }) }),
  ].join("");
}

const end = line({ summaryEvent: { result: "succeeded" } });
const report = (text: string) => stackReport("prod", readEvents(text), versions);
const reportOf = (text: string): HostReport | undefined => report(text).hosts[0];

describe("one machine", () => {
  test.each<[string, object, object, string, string]>([
    ["as it should be", {}, {}, "in sync", "in sync"],
    // proves: drift.findings
    ["findings alone", { findings: ["clock: off"] }, {}, "in sync", "in sync"],
    ["drift", { drift: ["x: expected 1, found 2"] }, {}, "drift", "drift"],
    ["away", { unreachable: "no way" }, { problems: ["no way"] }, "unreachable", "could not tell"],
    [
      "away, with what was found before",
      { unreachable: "x", drift: ["y"] },
      {},
      "unreachable",
      "could not tell",
    ],
    ["not to be converged", { blocked: "b1: docker: is not installed" }, {}, "blocked", "drift"],
    [
      "an endpoint that can't be reached",
      {},
      { problems: ["no connection"] },
      "unproven",
      "could not tell",
    ],
    ["drift that has broken the endpoint", { drift: ["x"] }, { problems: ["y"] }, "drift", "drift"],
    ["a state of another version", { stateVersion: 1, drift: [] }, {}, "unknown", "could not tell"],
    ["a proof of another version", {}, { stateVersion: 1 }, "unproven", "could not tell"],
  ])("%s", (_case, found, proof, state, outcome) => {
    const { outcome: seen, hosts } = report(machine("web", found, proof) + end);
    expect(hosts.map((one) => one.state)).toEqual([state]);
    expect(seen).toBe(outcome);
  });

  test("in its maintenance it is not looked at, and is no reason to call anybody", () => {
    const text = machine("web", { unreachable: "x", drift: ["y"] }).replaceAll(
      '"outputs":',
      '"inputs":{"maintenance":true},"outputs":',
    );
    const { outcome, hosts } = report(text + end);
    expect(outcome).toBe("in sync");
    expect(hosts).toEqual([
      {
        host: "web",
        state: "in maintenance",
        drift: [],
        problems: ["not looked at"],
        findings: [],
      },
    ]);
  });

  test("that an up never got to is unknown, not in sync", () => {
    const text = line({ resourcePreEvent: metadata(types.component, "web") }) + end;
    expect(reportOf(text)).toMatchObject({ host: "web", state: "unknown", drift: [] });
  });

  test("what was found is what counts, not what was recorded before", () => {
    expect(reportOf(machine("web", { drift: ["new"] }))?.drift).toEqual(["new"]);
  });
});

describe("the end", () => {
  const inSync = report(machine("a", {}));
  const drifted = report(machine("b", { drift: ["x: expected 1, found 2"] }));
  const away = report(machine("c", { unreachable: "no way" }));
  const failed = failedStack("gone", "stack gone: there is no stack of that name");
  test.each([
    [[], 0],
    [[inSync], 0],
    [[inSync, drifted], 2],
    [[inSync, away], 1],
    [[failed], 1],
    [[away, failed, drifted], 2],
  ])("%#: %j", (stacks, code) => {
    expect(exitCodes[driftReport(stacks).outcome]).toBe(code);
  });
});

test("an engine that died on the way has not told the end", () => {
  expect(readEvents(machine("web", {})).ended).toBe(false);
  expect(readEvents(machine("web", {}) + end).ended).toBe(true);
});

test("errors of the engine are kept, and what is no event is passed over", () => {
  const text = `warning: hello\n{"half\n${line({ diagnosticEvent: { severity: "error", message: "no passphrase" } })}`;
  expect(readEvents(text)).toEqual({
    ...{ config: {}, hosts: [], steps: [], resources: [], told: [] },
    errors: ["no passphrase"],
    ended: false,
  });
});

test("the table has a line for each thing to know", () => {
  const stack = report(
    machine("web-1", { drift: ["a: expected 1, found 2", "b: expected 3, found 4"] }) +
      machine("db", { findings: ["clock: behind"] }) +
      machine("far", { unreachable: "no way" }),
  );
  const empty = stackReport("new", readEvents(end), versions);
  expect(table(driftReport([stack, failedStack("gone", "not there"), empty]))).toEqual([
    "STACK  HOST   STATE           WHAT",
    "prod   db     in sync",
    "prod   db     finding         clock: behind",
    "prod   far    unreachable     no way",
    "prod   web-1  drift           a: expected 1, found 2",
    "prod   web-1  drift           b: expected 3, found 4",
    "gone   -      could not tell  not there",
    "new    -      in sync         its state knows no machine",
  ]);
});

describe("a stack of many machines", () => {
  const names = Array.from({ length: 8 }, (_, index) => `web-${String(index + 1)}`);
  const drifted = { drift: ["daemon.json: expected the file, found none"] };
  const text = names.map((name, at) => machine(name, at < 2 ? drifted : {})).join("");
  const many = driftReport([report(text)]);

  test("is told by what machines have in common", () => {
    expect(table(many)).toEqual([
      "STACK  HOST     STATE    WHAT",
      "prod   2 hosts  drift    daemon.json: expected the file, found none (web-1, web-2)",
      "prod   6 hosts  in sync  web-3, web-4, web-5, web-6, web-7, web-8",
    ]);
  });

  test("is summed up at the end; a few machines are not", () => {
    expect(summary(many)).toBe("8 machines: 6 in sync, 2 drift");
    expect(summary(driftReport([report(machine("web", {}))]))).toBe("");
  });
});
