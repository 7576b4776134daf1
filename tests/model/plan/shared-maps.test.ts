// Maps of daemon.json of which the stack names some members and the machine's owner others.
import type { DaemonSettings } from "../../../components/model/daemon-json/keys.ts";
import { pathName } from "../../../components/model/daemon-json/members.ts";
import { mergeSettings, readSettings } from "../../../components/model/daemon-json/merge.ts";
import type { Baseline } from "../../../components/model/desired/baseline.ts";
import { desiredFiles } from "../../../components/model/desired/desired-files.ts";
import { foreignPaths, type DesiredHost } from "../../../components/model/desired/desired-host.ts";
import { sha256 } from "../../../components/model/digest.ts";
import { drift } from "../../../components/model/drift/drift.ts";
import { findings } from "../../../components/model/drift/findings.ts";
import { convergeEnvelope } from "../../../components/model/plan/converge-envelope.ts";
import { changeImpact, describeImpact } from "../../../components/model/plan/impact.ts";
import { noRepair, repairImpact } from "../../../components/model/plan/repair.ts";
import { checkPreconditions } from "../../../components/model/preconditions/preconditions.ts";
import {
  baselineFrom,
  convergedMachine,
  desiredHost,
  factsOf,
  tlsFiles,
  type Values,
} from "../../support/machine-answer.ts";

const original = '{\n  "features": {"containerd-snapshotter": false},\n  "mtu": 1400\n}\n';
const host = (daemon: DaemonSettings, changes: Partial<DesiredHost> = {}): DesiredHost =>
  desiredHost({ daemon, ...changes });
const written = (desired: DesiredHost, base = original): string =>
  desiredFiles(desired, baselineFrom(base)).daemonJson;
const featuresOf = (text: string): unknown => readSettings(text)["features"];

function baselineOf(values: Values, desired: DesiredHost): Baseline {
  const result = checkPreconditions(factsOf(values), desired);
  if ("where" in result) throw new Error(result.what);
  return result;
}

const buildkit = host({ features: { buildkit: true } });

describe("members that the stack does not name", () => {
  test("stay, in the text that they have", () => {
    expect(written(buildkit)).toContain(
      '"features": {"containerd-snapshotter": false, "buildkit": true},\n',
    );
  });

  test("are listed as foreign keys are", () => {
    expect(foreignPaths(buildkit, original).map(pathName)).toEqual([
      "features.containerd-snapshotter",
      "mtu",
    ]);
    expect(foreignPaths(host({}), original).map(pathName)).toEqual(["features", "mtu"]);
  });

  test("go with `unmanaged: remove`, and are remembered", () => {
    const removing = host({ features: { buildkit: true } }, { unmanaged: "remove" });
    expect(featuresOf(written(removing))).toEqual({ buildkit: true });
    const { settings } = convergeEnvelope(removing, baselineFrom(original), tlsFiles, noRepair);
    expect(settings["managed"]).toMatch(
      /^features\/buildkit features\/containerd-snapshotter hosts .* mtu /,
    );
  });

  test.each<[string, DaemonSettings, unknown]>([
    ["one", { features: { "containerd-snapshotter": null } }, {}],
    [
      "one, for one of ours",
      { features: { "containerd-snapshotter": null, x: true } },
      { x: true },
    ],
    ["all, for ours", { features: { "*": null, x: true } }, { x: true }],
    ["all", { features: { "*": null } }, undefined],
    ["one that is not there", { features: { y: null } }, { "containerd-snapshotter": false }],
  ])("can be taken out by the stack: %s", (_what, daemon, features) => {
    expect(featuresOf(written(host(daemon)))).toEqual(features);
    expect(
      featuresOf(baselineOf(convergedMachine(host(daemon), original), host(daemon)).base),
    ).toEqual({ "containerd-snapshotter": false });
  });

  test("a null makes no map where none is", () => {
    expect(written(host({ "log-opts": { tag: null } }))).toBe(written(host({})));
  });

  test.each<[string, DaemonSettings, DaemonSettings, DaemonSettings]>([
    [
      "as deep as the key table knows maps",
      { builder: { gc: { enabled: true, policy: [{ all: true }] }, history: { maxAge: "1h" } } },
      { builder: { gc: { enabled: false } } },
      { builder: { gc: { enabled: false, policy: [{ all: true }] }, history: { maxAge: "1h" } } },
    ],
    [
      "but a list is replaced whole",
      { builder: { gc: { policy: [{ all: true }, { all: false }] } } },
      { builder: { gc: { policy: [{ keepStorage: "1GB" }] } } },
      { builder: { gc: { policy: [{ keepStorage: "1GB" }] } } },
    ],
    [
      "and so is a key of which nothing is known",
      { "brand-new": { a: 1 } },
      { "brand-new": { b: 2 } },
      { "brand-new": { b: 2 } },
    ],
  ])("stay %s", (_what, base, daemon, result) => {
    expect(readSettings(written(host(daemon), JSON.stringify(base)))).toMatchObject(result);
    expect(readSettings(mergeSettings(JSON.stringify(base), daemon))).toEqual(result);
  });
});

describe("drift", () => {
  const driftAfter = (edit: (text: string) => string, desired = buildkit): string[] => {
    const values = convergedMachine(desired, original, { daemon_json: edit(written(desired)) });
    return drift(factsOf(values), desired, baselineOf(values, desired));
  };
  const replaced = (from: string, to: string) => (text: string) => {
    expect(text).toContain(from);
    return text.replace(from, to);
  };

  test.each([
    ["changed", '"buildkit": true', '"buildkit": false', "false"],
    ["taken out", ', "buildkit": true', "", "nothing"],
  ])("a member of ours that was %s is told by its name", (_what, from, to, found) => {
    expect(driftAfter(replaced(from, to))).toEqual([
      `daemon.json: features.buildkit: expected true, found ${found}`,
    ]);
  });

  test("one that is to be out is told as well", () => {
    const without = host({ features: { "containerd-snapshotter": null } });
    expect(
      driftAfter(
        replaced('"features": {}', '"features": {"containerd-snapshotter": true}'),
        without,
      ),
    ).toEqual(["daemon.json: features.containerd-snapshotter: expected nothing, found true"]);
  });

  test("what others made of a member may be a password", () => {
    const options = host({ "log-opts": { "splunk-token": "ours" }, "log-driver": "splunk" });
    expect(driftAfter(replaced('"ours"', '"geheim"'), options)).toEqual([
      'daemon.json: log-opts.splunk-token: expected "ours", found "***"',
    ]);
    const secret = { ...options, daemonIsSecret: true };
    expect(driftAfter(replaced('"ours"', '"geheim"'), secret)).toContain(
      "daemon.json: log-opts: expected other than found (the value is a secret)",
    );
  });

  test("a member that somebody adds is no drift of ours, and their own from then on", () => {
    const edit = replaced('"buildkit": true', '"buildkit": true, "cdi": true');
    expect(driftAfter(edit)).toEqual([
      "daemon.json: expected what was written, found it changed by someone else",
    ]);
    const values = convergedMachine(buildkit, original, { daemon_json: edit(written(buildkit)) });
    const { base } = baselineOf(values, buildkit);
    expect(base).toBe(original.replace("false}", 'false, "cdi": true}'));
  });

  test("one that stands twice is told, unless it is ours", () => {
    const twice = '{"log-opts": {"tag": "1", "env": "2", "tag": "3", "env": "4"}}';
    const facts = factsOf(convergedMachine(host({}), "", { epoch: "1000\n" }));
    const [line, ...rest] = findings(facts, host({ "log-opts": { tag: "x" } }), 1000, twice);
    expect(line).toMatch(/^daemon\.json: log-opts\.env: /);
    expect(rest).toEqual([]);
  });
});

describe("impact", () => {
  const baseline = baselineFrom(original);
  const of = (before: DaemonSettings, after: DaemonSettings): string =>
    describeImpact(changeImpact(host(before), host(after), baseline));

  test("is that of the merged files", () => {
    expect(of({}, { features: { "containerd-snapshotter": false } })).toBe("nothing");
    expect(of({ features: { buildkit: true } }, { features: {} })).toMatch(/^restart: features: /);
    expect(of({ runtimes: { a: { path: "/a" } } }, { runtimes: { b: { path: "/b" } } })).toBe(
      "reload: runtimes",
    );
  });
});

describe("a machine that an earlier version converged", () => {
  /** Its record names whole keys, and its maps are the stack's alone. */
  function earlier(desired: DesiredHost, base: string): Values {
    const whole = Object.fromEntries(
      Object.entries(desired.daemon).map(([key, value]) => [
        key,
        { ...(value as object), "*": null },
      ]),
    );
    const text = written({ ...desired, daemon: whole }, base);
    const values = convergedMachine(desired, base, { daemon_json: text });
    const record = String(values["record"])
      .replace(/daemon_json=.*/, `daemon_json=${sha256(text)}`)
      .replace("features/buildkit", "features");
    expect(record).toMatch(/managed=.*\bfeatures /);
    return { ...values, record };
  }
  const look = (desired: DesiredHost, base: string) => {
    const facts = factsOf(earlier(desired, base));
    const baseline = baselineOf(earlier(desired, base), desired);
    const observation = { facts, endpointProbe: {}, baseline };
    return {
      lines: drift(facts, desired, baseline),
      impact: describeImpact(repairImpact(observation, desired, written(desired, base))),
    };
  };

  test.each([
    ["a map that the machine had not", "{}"],
    ["one whose members the stack names all", '{ "features":  {"buildkit":false} ,"mtu": 1 }'],
    ["one that is the same", '{ "features":  {"buildkit":true} }'],
  ])("needs nothing with %s", (_what, base) => {
    expect(look(buildkit, base)).toEqual({ lines: [], impact: "nothing" });
  });

  test("gets back the members that it lost, which is told by their names", () => {
    const { lines, impact } = look(buildkit, original);
    expect(lines).toEqual([
      "daemon.json: features.containerd-snapshotter: expected the machine's own value, found another or none",
    ]);
    expect(impact).toMatch(/^restart: features: /);
  });
});
