// What goes into a report, by events as the engine tells them; its published schema; and how it is written.
import "../../support/errors-of-node.ts";
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { EngineEvent } from "@pulumi/pulumi/automation/events.js";
import { eventsIn } from "../../../scripts/engine-events.ts";
import { certificateRows, hostFacts } from "../../../scripts/report/facts.ts";
import { checkReport, writeReport } from "../../../scripts/report/write.ts";
import { changesIn } from "../../../scripts/rollout/changes.ts";
import { hostResults, type TurnEnd } from "../../../scripts/rollout/host-results.ts";
import { makeAuthority } from "../../support/authority.ts";
import {
  convergeOf,
  failedConvergeOf,
  failedLookOf,
  looked,
  proofOf,
  said,
  stateVersions,
} from "../../support/engine-events.ts";
import { reportProblems } from "../../support/report-schema.ts";
import { drift, rollout } from "../../support/reports.ts";

// proves: report.schema
test("the published schema takes reports of both kinds, and no other", () => {
  expect(reportProblems(rollout)).toEqual([]);
  expect(reportProblems(drift)).toEqual([]);
  expect(reportProblems({ ...rollout, run: "other" })).not.toEqual([]);
  expect(reportProblems({ ...drift, privateKey: "x" })).not.toEqual([]);
});

describe("what became of a machine", () => {
  const restart = said("a", "info", "impact: restart: a listener");
  const at = (timestamp: number, event: EngineEvent): EngineEvent => ({ ...event, timestamp });

  /** Its preview, then what its up told. */
  const result = (
    preview: readonly EngineEvent[],
    end: Partial<TurnEnd> & { readonly up?: readonly EngineEvent[] },
  ): [string, number] | undefined => {
    const { hosts } = changesIn(preview, stateVersions);
    const events = [...preview, ...(end.up ?? [])];
    const [found] = hostResults(hosts, { outcome: "failed", errors: [], ...end, events });
    return found === undefined ? undefined : [found.outcome, found.seconds];
  };

  test.each<[string, readonly EngineEvent[], Parameters<typeof result>[1], [string, number]]>([
    ["unchanged", looked("a"), { outcome: "unchanged" }, ["unchanged", 0]],
    ["due", [...looked("a"), restart], { outcome: "due" }, ["due", 0]],
    [
      "changed",
      [...looked("a"), restart],
      {
        outcome: "changed",
        up: [at(100, convergeOf("update", "a")), at(131, proofOf("update", "a"))],
      },
      ["changed", 31],
    ],
    [
      "failed",
      [...looked("a"), restart],
      { up: [at(100, convergeOf("update", "a")), at(107, failedConvergeOf("a"))] },
      ["failed", 7],
    ],
    [
      "failed, when it was proven once more",
      looked("a"),
      { up: [at(7, proofOf("update", "a"))], errors: ["a: tcp://a: no answer; why; fix"] },
      ["failed", 0],
    ],
    ["refused", [...looked("a"), restart], { up: [failedLookOf("a")] }, ["refused", 0]],
    ["refused", looked("a", { blocked: "a: masked" }), {}, ["refused", 0]],
    ["unreachable", looked("a", { unreachable: "a: ssh" }), {}, ["unreachable", 0]],
    ["not begun", [...looked("a"), restart], { up: looked("a") }, ["not begun", 0]],
  ])("%s", (_what, preview, end, wanted) => {
    expect(result(preview, end)).toEqual(wanted);
  });
});

describe("what the engine told besides", () => {
  const prefix = "urn:pulumi:s::dockertls::dockertls:index:Fleet";
  const event = (
    op: string,
    [type, name, parent = ""]: readonly string[],
    members: object,
    planning = false,
  ): object => {
    const urn = `${prefix}$${type ?? ""}::${name ?? ""}`;
    return {
      resOutputsEvent: { planning, metadata: { op, urn, type, new: { parent, ...members } } },
    };
  };
  const state = ["dockertls-host:index:HostState", "a-state"];
  const proof = ["dockertls-host:index:EndpointProof", "a-proof"];
  const facts = (...events: readonly object[]) => hostFacts("a", eventsIn(events));

  test("is the endpoint, the versions and the proof, as the run left them", () => {
    const inputs = { address: "192.0.2.4", port: 2376 };
    const outputs = { endpoint: "tcp://192.0.2.4:2376", serverVersion: "26.1.5", problems: [] };
    expect(
      facts(
        event("refresh", state, {
          outputs: { dockerdVersion: "20.10", operatingSystem: "Debian" },
        }),
        event("refresh", proof, {
          outputs: { ...outputs, serverVersion: "20.10", problems: ["x"] },
        }),
        event("update", proof, { outputs: { ...outputs, refusals: ["a stranger: refused"] } }),
      ),
    ).toEqual({
      ...{ endpoint: "tcp://192.0.2.4:2376", dockerd: "26.1.5", system: "Debian" },
      ...{ proof: "proven", refusals: ["a stranger: refused"] },
    });
    // Of a machine to be set up, a preview knows where it will be.
    expect(facts(event("create", proof, { inputs, outputs: {} }, true))).toEqual({
      ...{ endpoint: "tcp://192.0.2.4:2376", dockerd: "", system: "", proof: "none", refusals: [] },
    });
  });

  test("is every certificate that is in the state, and none that a preview would make", async () => {
    const { certificate } = await (await makeAuthority("dockertls CA g1")).issue("server");
    const type = "tls:index/locallySignedCert:LocallySignedCert";
    const parent = `${prefix}$dockertls:index:ServerCertificate::a-server`;
    const known = event("refresh", [type, "a-server", parent], {
      outputs: { certPem: certificate, earlyRenewalHours: 8 },
    });
    const planned = event(
      "update",
      [type, "a-server", parent],
      { outputs: { certPem: "unknown" } },
      true,
    );
    const deleted = event("delete", [type, "a-server", parent], {});
    const rows = (...events: readonly object[]) =>
      certificateRows("prod", eventsIn(events), new Date());

    expect(rows(known, planned)).toMatchObject([
      { stack: "prod", kind: "machine", owner: "a", state: "valid", daysLeft: 0 },
    ]);
    expect(rows(known, deleted)).toEqual([]);
  });
});

describe("the files", () => {
  const directory = mkdtempSync(join(tmpdir(), "dockertls-report-"));
  afterAll(() => rmSync(directory, { recursive: true }));

  test("are a page and the same as JSON beside it", () => {
    const path = join(directory, "prod.html");
    checkReport(path);
    expect(writeReport(path, rollout)).toBeUndefined();
    expect(readdirSync(directory).sort()).toEqual(["prod.html", "prod.json"]);
    expect(JSON.parse(readFileSync(join(directory, "prod.json"), "utf8"))).toEqual(rollout);
    expect(readFileSync(path, "utf8")).toMatch(/^<!doctype html>/);
  });

  test("are refused before anything is done where they could not be written", () => {
    expect(() => {
      checkReport(join(directory, "prod.json"));
    }).toThrow(/^--report: "[^"]+" does not end in \.html; /);
    expect(() => {
      checkReport(join(directory, "none", "prod.html"));
    }).toThrow(/^--report: \S+ can't be written \(ENOENT\); [^\n]+$/);
  });

  test("that can't be written after all are one line", () => {
    const path = join(directory, "taken.html");
    mkdirSync(path);
    expect(writeReport(path, rollout)).toMatch(
      /^--report: \S+ can't be written \(EISDIR\); [^\n]+$/,
    );
  });
});
