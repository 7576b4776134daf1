import { mergeSettings } from "../../../components/model/daemon-json/merge.ts";
import { desiredFiles } from "../../../components/model/desired/desired-files.ts";
import { checkPreconditions } from "../../../components/model/preconditions/preconditions.ts";
import {
  changeImpact,
  combined,
  describeImpact,
  describeTakenAlong,
  readImpact,
  restart,
  type Impact,
} from "../../../components/model/plan/impact.ts";
import { readRepair, repairImpact } from "../../../components/model/plan/repair.ts";
import {
  convergedMachine,
  desiredHost,
  dockerdOn,
  factsOf,
  freshMachine,
  baselineFrom,
  infoOf,
  plainHost,
  tlsListener,
  type Values,
} from "../../support/machine-answer.ts";

const atStart = "dockerd reads it only when it starts";

test("what several things take is the most of them, and every reason is named once", () => {
  const labels = { effect: "reload", keys: ["labels"] } as const;
  const debug = { effect: "reload", keys: ["debug", "labels"] } as const;
  expect(describeImpact(combined([]))).toBe("nothing");
  expect(describeImpact(combined([{ effect: "nothing" }, labels, debug]))).toBe(
    "reload: debug, labels",
  );
  expect(describeImpact(combined([restart("a"), labels, restart("b"), restart("a")]))).toBe(
    "restart: a; b",
  );
});

test("what a preview has said is read as it was meant", () => {
  const said = (impact: Impact, taken: string[] = [], allowContainerRestart = false) =>
    readImpact(`${describeImpact(impact)}${describeTakenAlong(taken, { allowContainerRestart })}`);
  const none = { why: [], takesAlong: [], isRefused: false };
  expect(said({ effect: "nothing" })).toEqual({ ...none, effect: "nothing" });
  expect(said({ effect: "reload", keys: ["debug", "labels"] })).toEqual({
    ...{ ...none, effect: "reload", why: ["debug", "labels"] },
  });
  const both = combined([restart("drop-in"), restart("mtu: at start")]);
  const why = ["drop-in", "mtu: at start"];
  expect(said(both)).toEqual({ ...none, effect: "restart", why });
  const units = ["a.service (container a)", "b.service"];
  const along = { effect: "restart", why, takesAlong: units };
  expect(said(both, units)).toEqual({ ...along, isRefused: true });
  expect(said(both, units, true)).toEqual({ ...along, isRefused: false });
  expect(readImpact("nothing is restored: the machine stays converged, as web")).toBeUndefined();
});

describe("a change of the desired state", () => {
  const before = desiredHost({ daemon: { labels: ["a=b"] } });
  const base = '{"labels": ["rack=1"], "mtu": 1400}';

  test.each([
    ["of nothing", before, "nothing"],
    [
      "of a key that a reload takes up",
      desiredHost({ daemon: { labels: ["a=c"] } }),
      "reload: labels",
    ],
    // The previous value comes back: the key stays in the file.
    ["that gives a key back", desiredHost({ daemon: {} }), "reload: labels"],
    [
      "of a key of others",
      desiredHost({ daemon: { ...before.daemon, mtu: 9 } }),
      `restart: mtu: ${atStart}`,
    ],
    [
      "of the authority",
      { ...before, tlsFiles: { ca: "x", cert: "y", key: "z" } },
      "restart: certificate authority",
    ],
    [
      "of a certificate alone",
      { ...before, tlsFiles: { ca: "", key: "", ...before.tlsFiles, cert: "y" } },
      "restart: server certificate",
    ],
    [
      "of the port",
      { ...before, listener: tlsListener({ port: 2377 }) },
      "restart: hosts: dockerd opens its listeners only when it starts",
    ],
  ])("%s", (_case, after, impact) => {
    expect(describeImpact(changeImpact(before, after, baselineFrom(base)))).toBe(impact);
  });

  test("of the way in, and no TLS file that was only moved is a reason of its own", () => {
    const byFlags = { ...before, listener: tlsListener({ configuredBy: "command-line" }) };
    expect(describeImpact(changeImpact(before, byFlags, baselineFrom(base)))).toMatch(
      /^restart: .*drop-in$/,
    );
    const held = { ...before, listener: tlsListener({ configuredBy: "socket" }) };
    const moved = { ...held, listener: { ...held.listener, port: 2377 } };
    expect(describeImpact(changeImpact(held, moved, baselineFrom(base)))).toBe(
      "restart: drop-in; socket unit",
    );
    const plain = { ...plainHost(), daemon: before.daemon };
    expect(describeImpact(changeImpact(before, plain, baselineFrom(base)))).not.toMatch(
      /certificate/,
    );
  });
});

describe("what repairs a machine", () => {
  const desired = desiredHost();
  const written = desiredFiles(desired, baselineFrom("")).daemonJson;
  const edited = (settings: Record<string, never> | object): Values => {
    const text = mergeSettings(written, settings as never);
    return { daemon_json: text, settled_daemon_json: text };
  };
  const impactOf = (changes: Values, known = written): string => {
    const facts = factsOf(convergedMachine(desired, "", changes));
    const on = checkPreconditions(facts, desired);
    if ("where" in on) throw new Error(on.what);
    return describeImpact(repairImpact({ facts, endpointProbe: {}, baseline: on }, desired, known));
  };

  test("that is as it should be", () => expect(impactOf({})).toBe("nothing"));

  test("that is not converged", () => {
    const facts = factsOf(freshMachine());
    expect(
      describeImpact(
        repairImpact({ facts, endpointProbe: {}, baseline: baselineFrom("") }, desired, undefined),
      ),
    ).toBe("restart: the machine is not converged yet");
  });

  test.each<[string, Values, string]>([
    ["modes", { daemon_json_stat: "600 0 0\n" }, "nothing"],
    [
      "a key of ours that a reload takes up",
      edited({ "registry-mirrors": [] }),
      "reload: registry-mirrors",
    ],
    [
      "a key of ours that it does not",
      edited({ tlsverify: false }),
      "restart: tlsverify: dockerd opens its listeners only when it starts",
    ],
    // It stays; whether dockerd was told of it, nobody knows.
    ["a key of others that a reload takes up", edited({ debug: true }), "reload: debug"],
    ["a key of others that it does not", edited({ mtu: 9 }), `restart: mtu: ${atStart}`],
    [
      "what dockerd took up in between",
      {
        docker_info: infoOf({
          LiveRestoreEnabled: false,
          RegistryConfig: { Mirrors: ["https://mirror.example/"] },
        }),
      },
      "reload: live-restore",
    ],
    [
      "a stopped dockerd",
      { unit_show: "LoadState=loaded\nActiveState=inactive\nNeedDaemonReload=no\n" },
      "restart: dockerd does not serve",
    ],
    ["a dockerd that does not answer", { docker_info: "" }, "restart: dockerd does not serve"],
    [
      "unit files that are not loaded",
      { unit_show: "LoadState=loaded\nActiveState=active\nNeedDaemonReload=yes\n" },
      "restart: systemd has not loaded the unit's files",
    ],
    ["the drop-in", { dropin: "" }, "restart: drop-in"],
    ["a TLS file", { tls_cert: `${"0".repeat(64)} 444 0 0\n` }, "restart: TLS files"],
    [
      "an interrupted run",
      { pending: "owner=dockertls/dev/b1\n" },
      "restart: a run was interrupted before it ended",
    ],
    [
      "a daemon.json that was edited, started on, and put back",
      { record_time: "100\n", dockerd_start: "200\n", daemon_json_time: "300\n" },
      "restart: daemon.json was not in effect",
    ],
    ["another port", { listeners: dockerdOn("*", 2375) }, "restart: where dockerd listens"],
  ])("in %s", (_case, changes, impact) => {
    expect(impactOf(changes)).toBe(impact);
  });

  test("edited since a state of which nothing is known any more", () => {
    expect(impactOf(edited({ debug: true }), "{}")).toBe(
      "restart: daemon.json was changed by someone else",
    );
  });
});

test("a repair that an earlier version recorded", () => {
  expect(readRepair("token")).toEqual({ id: "token", effect: "nothing", from: "" });
  expect(readRepair(undefined)).toEqual({ id: "", effect: "nothing", from: "" });
});

describe("a node of a Docker Swarm", () => {
  const swarm = infoOf({ Swarm: { LocalNodeState: "active" }, ContainersRunning: 3 });
  const without = { "live-restore": false };

  test.each<[string, Parameters<typeof desiredHost>[0], string | undefined]>([
    ["with live-restore", { daemon: {}, allowContainerRestart: true }, "live-restore"],
    ["whose containers would stop", { daemon: without }, "containers"],
    ["whose containers may stop", { daemon: without, allowContainerRestart: true }, undefined],
  ])("%s", (_case, changes, where) => {
    const result = checkPreconditions(
      factsOf(freshMachine({ docker_info: swarm })),
      desiredHost(changes),
    );
    expect("where" in result ? result.where : undefined).toBe(where);
  });
});
