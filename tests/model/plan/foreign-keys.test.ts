// Keys of daemon.json that are others', or others' as well: kept, taken out, and given back.
import { noRepair } from "../../../components/model/plan/repair.ts";
import {
  managedSettings,
  mergeSettings,
  readSettings,
} from "../../../components/model/daemon-json/merge.ts";
import { type DesiredHost } from "../../../components/model/desired/desired-host.ts";
import { desiredFiles } from "../../../components/model/desired/desired-files.ts";
import { drift } from "../../../components/model/drift/drift.ts";
import { findings } from "../../../components/model/drift/findings.ts";
import { convergeEnvelope } from "../../../components/model/plan/converge-envelope.ts";
import { checkPreconditions } from "../../../components/model/preconditions/preconditions.ts";
import type { Baseline } from "../../../components/model/desired/baseline.ts";
import {
  convergedMachine,
  desiredHost,
  factsOf,
  baselineFrom,
  tlsFiles,
  tlsListener,
  type Values,
} from "../../support/machine-answer.ts";

function groundOf(values: Values, host: DesiredHost): Baseline {
  const result = checkPreconditions(factsOf(values), host);
  if ("where" in result) throw new Error(result.what);
  return result;
}

describe("a key that both want", () => {
  const wants = (daemon: DesiredHost["daemon"]): DesiredHost => desiredHost({ daemon });
  const after = (host: DesiredHost, base: string, text?: string): Values =>
    convergedMachine(host, base, text === undefined ? {} : { daemon_json: text });
  const onDisk = (host: DesiredHost, base: string): string =>
    desiredFiles(host, baselineFrom(base)).daemonJson;
  const base = (values: Values, host: DesiredHost): string => groundOf(values, host).base;

  // proves: adopt.their-value-back
  test("is what others made of it after the adoption, not what it was before", () => {
    // Adopted without mtu; somebody sets it; the configuration takes it over; somebody edits the file.
    const adopted = wants({});
    const theirs = mergeSettings(onDisk(adopted, ""), { mtu: 1400 });
    const first = base(after(adopted, "", theirs), adopted);
    expect(readSettings(first)).toEqual({ mtu: 1400 });
    const taken = wants({ mtu: 1500 });
    const edited = mergeSettings(onDisk(taken, first), { bip: "10.9.0.1/16" });
    const second = base({ ...after(taken, first, edited), original_daemon_json: "" }, taken);
    expect(readSettings(second)).toEqual({ mtu: 1400, bip: "10.9.0.1/16" });
  });

  test("edited by others just before the configuration takes it over, is theirs as edited", () => {
    const original = '{"mtu": 1400}\n';
    const adopted = wants({});
    const edited = mergeSettings(onDisk(adopted, original), { mtu: 1450 });
    const result = base(after(adopted, original, edited), wants({ mtu: 1500 }));
    expect(readSettings(result)).toEqual({ mtu: 1450 });
  });

  test("that a killed run had written already goes back to what it was before that run", () => {
    const original = '{"mtu": 1400}\n';
    const taken = wants({ mtu: 1500 });
    const edited = mergeSettings(onDisk(taken, original), { bip: "10.9.0.1/16" });
    const killed = {
      ...after(wants({}), original, edited),
      pending: "owner=dockertls/dev/b1\n",
    };
    expect(readSettings(base(killed, taken))).toEqual({ mtu: 1400, bip: "10.9.0.1/16" });
  });

  test("comes back in the very text that it had: past 2^53, and with a key that stands twice in it", () => {
    const original =
      '{ "shutdown-timeout":9007199254740993 ,"log-opts": {"max-size":"1m", "max-size":"7m"}}';
    const host = wants({ "shutdown-timeout": 5, "log-opts": { "max-size": "8m" } });
    const edited = mergeSettings(onDisk(host, original), { mtu: 1400 });
    expect(base(after(host, original, edited), host)).toMatch(
      /"shutdown-timeout":9007199254740993 .*"log-opts": \{"max-size":"1m", "max-size":"7m"\}/,
    );
    // What is no other number to a parser is another one to whoever set it.
    const almost = edited.replace('"shutdown-timeout":5', '"shutdown-timeout":9007199254740992');
    expect(base(after(host, original, almost), host)).toContain("9007199254740993");
  });
});

describe("unmanaged: remove", () => {
  const original = '{\n  "mtu": 1400,\n  "log-opts": {"max-size": "7m"},\n  "debug": false\n}\n';
  const removing = desiredHost({ daemon: { debug: true }, unmanaged: "remove" });
  /** With what apply.sh records of it. */
  const managed = (values: Values): Values => {
    const sent = convergeEnvelope(removing, baselineFrom(original), tlsFiles, noRepair).settings[
      "managed"
    ];
    const record = String(values["record"]).replace(/^managed=.*$/m, `managed=${String(sent)}`);
    return { ...values, record };
  };

  // proves: adopt.unmanaged-remove
  test("takes out what the configuration does not name, and keeps ours", () => {
    const files = desiredFiles(removing, baselineFrom(original));
    expect(readSettings(files.daemonJson)).toEqual(
      managedSettings(tlsListener(), { debug: true }, ["fd://"]),
    );
  });

  test("remembers what it took out, so that an edit by others loses none of it", () => {
    const text = mergeSettings(desiredFiles(removing, baselineFrom(original)).daemonJson, {
      ipv6: true,
    });
    const machine = managed(convergedMachine(removing, original, { daemon_json: text }));
    const result = groundOf(machine, removing);
    expect(readSettings(result.base)).toEqual({ ...readSettings(original), ipv6: true });
    expect(readSettings(desiredFiles(removing, result).daemonJson)).not.toHaveProperty("ipv6");
    const keeping = desiredFiles(desiredHost({ daemon: { debug: true } }), result);
    expect(readSettings(keeping.daemonJson)).toMatchObject({
      mtu: 1400,
      "log-opts": { "max-size": "7m" },
      ipv6: true,
    });
  });

  test("a key that somebody adds is drift, told by its name alone", () => {
    const text = mergeSettings(desiredFiles(removing, baselineFrom(original)).daemonJson, {
      proxies: { "http-proxy": "http://u:geheim@proxy" },
    });
    const machine = managed(convergedMachine(removing, original, { daemon_json: text }));
    const result = groundOf(machine, removing);
    expect(drift(factsOf(machine), removing, result)).toEqual([
      "daemon.json: proxies: expected nothing (unmanaged: remove), found a value",
    ]);
  });

  test("nothing taken out is nothing drifted", () => {
    const machine = managed(convergedMachine(removing, original));
    const result = groundOf(machine, removing);
    expect(drift(factsOf(machine), removing, result)).toEqual([]);
  });
});

describe("a key that stands twice in what others wrote", () => {
  const base =
    '{"mtu": 1400, "log-opts": {"a": "1", "a": "2"}, "mtu": 1500, "hosts": [], "hosts": []}';

  // proves: adopt.duplicate-keys
  test("is told, unless it is one of ours, which is written once", () => {
    const facts = factsOf(convergedMachine(desiredHost(), base, { epoch: "1000\n" }));
    expect(findings(facts, desiredHost(), 1000, base)).toEqual([
      "daemon.json: log-opts.a: expected it once, found it again; dockerd takes the last; keep one of them",
      "daemon.json: mtu: expected it once, found it again; dockerd takes the last; keep one of them",
    ]);
  });

  test("stays as it is while ours is put in", () => {
    const merged = mergeSettings(base, { hosts: ["unix:///x"], debug: true });
    expect(merged).toBe(
      '{"mtu": 1400, "log-opts": {"a": "1", "a": "2"}, "mtu": 1500, "hosts": ["unix:///x"], "debug": true}',
    );
  });
});

test.each([
  '{"shutdown-timeout": 9007199254740993}',
  '{\r\n  "n": 123456789012345678901234567890\r\n}\r\n',
])("numbers past 2^53 of others keep their digits: %j", (text) => {
  const number = /\d{6,}/.exec(text)?.[0] ?? "";
  expect(mergeSettings(text, { debug: true, labels: ["a=b"] })).toContain(number);
});
