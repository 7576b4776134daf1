import fc from "fast-check";
import { readSettings } from "../../../components/model/daemon-json/merge.ts";
import { convergeEnvelope } from "../../../components/model/plan/converge-envelope.ts";
import type { DaemonSettings } from "../../../components/model/daemon-json/keys.ts";
import type { DesiredHost } from "../../../components/model/desired/desired-host.ts";
import type { Envelope } from "../../../components/model/envelope.ts";
import type { Baseline } from "../../../components/model/desired/baseline.ts";
import { noRepair } from "../../../components/model/plan/repair.ts";
import { dropIn } from "../../../components/model/systemd/drop-ins.ts";
import {
  desiredHost,
  baselineFrom,
  tlsFiles,
  tlsListener,
  vendorCommand,
} from "../../support/machine-answer.ts";

const marked = { ...tlsFiles, key: "-----THE KEY-----\n" };

function envelopeOf(
  desired: DesiredHost = desiredHost(),
  on: Baseline = baselineFrom(""),
  repair = noRepair,
): Envelope {
  return convergeEnvelope(desired, on, marked, repair);
}

function fileIn(envelope: Envelope, name: string): string | undefined {
  return envelope.files.find((file) => file.name === name)?.content;
}

test("what remote/apply.sh is told, for a machine without daemon.json", () => {
  const envelope = envelopeOf();
  expect(envelope.settings).toMatchObject({
    owner: "dockertls/dev/b1",
    api: "mutual-tls",
    ca_path: "/opt/docker-ssl/ca.pem",
    cert_path: "/opt/docker-ssl/cert.pem",
    key_path: "/opt/docker-ssl/key.pem",
    socket: "/run/docker.sock",
    socket_of: "systemd",
    port: "2376",
    base_sha: "absent",
    live_restore: "true",
    current_live_restore: "false",
    repair: "",
    repair_effect: "nothing",
    repair_from: "",
    allow_container_restart: "false",
    sticky: "live-restore registry-mirrors",
  });
  expect(envelope.settings["restart"]).toMatch(/^[0-9a-f]{64}$/);
  expect(envelope.files.map(({ name, mode }) => `${name} ${mode}`)).toEqual([
    "ca.pem 0444",
    "cert.pem 0444",
    "key.pem 0400",
    "daemon.json 0644",
    "dropin.conf 0644",
    "restart.conf 0644",
    "base.json 0600",
    "current.json 0600",
    "current.keep.json 0600",
    "current.release.json 0600",
  ]);
  expect(fileIn(envelope, "dropin.conf")).toBe(dropIn(vendorCommand, tlsListener(), ["fd://"]));
  expect(readSettings(fileIn(envelope, "daemon.json") ?? "")).toMatchObject({
    "live-restore": true,
    tlsverify: true,
  });
});

test("the private key stands in its own file and nowhere else", () => {
  const { settings, files } = envelopeOf();
  const holders = files.filter(({ content }) => content.includes("THE KEY"));
  expect(holders).toEqual([{ name: "key.pem", mode: "0400", content: marked.key }]);
  expect(JSON.stringify(settings)).not.toContain("THE KEY");
});

describe("the detour that lets containers survive", () => {
  const liveRestore = (envelope: Envelope, name: string): unknown =>
    readSettings(fileIn(envelope, name) ?? "")["live-restore"];

  test("into a daemon without live-restore", () => {
    const envelope = envelopeOf(desiredHost({ daemon: { "live-restore": false, mtu: 1400 } }));
    expect(envelope.settings["live_restore"]).toBe("false");
    expect(liveRestore(envelope, "daemon.json")).toBe(false);
    expect(liveRestore(envelope, "daemon.keep.json")).toBe(true);
    expect(liveRestore(envelope, "daemon.release.json")).toBe(false);
    expect(readSettings(fileIn(envelope, "daemon.keep.json") ?? "")).toMatchObject({ mtu: 1400 });
  });

  test("none is sent for a file that has live-restore", () => {
    const on = baselineFrom('{"live-restore": true}');
    const names = envelopeOf(desiredHost(), on).files.map(({ name }) => name);
    expect(names.filter((name) => /keep|release/.test(name))).toEqual([]);
  });

  test("none out of a dockerd that has live-restore as a flag: it would not start on both", () => {
    const on = { ...baselineFrom('{"mtu": 1400}'), execStart: `${vendorCommand} --live-restore` };
    const { settings, files } = envelopeOf(desiredHost(), { ...on, edited: true });
    expect(files.filter(({ name }) => /keep|release/.test(name))).toEqual([]);
    expect(settings).toMatchObject({ current_live_restore: "true", undo_live_restore: "true" });
    expect(fileIn({ settings, files }, "dropin.conf")).not.toContain("--live-restore");
  });

  test("out of what the machine has now, which may not be what the merge started from", () => {
    const on = {
      ...baselineFrom('{"mtu": 1400}'),
      current: '{"mtu": 9000, "live-restore": false}',
    };
    const envelope = envelopeOf(desiredHost(), on);
    expect(envelope.settings["current_live_restore"]).toBe("false");
    expect(fileIn(envelope, "current.json")).toBe(on.current);
    expect(fileIn(envelope, "current.release.json")).toBe(on.current);
    expect(readSettings(fileIn(envelope, "current.keep.json") ?? "")).toEqual({
      mtu: 9000,
      "live-restore": true,
    });
  });

  test("back to what others have edited, when the machine is given back", () => {
    const on = { ...baselineFrom('{"mtu": 1400}'), edited: true };
    const envelope = envelopeOf(desiredHost(), on);
    expect(envelope.settings["undo_live_restore"]).toBe("false");
    expect(fileIn(envelope, "undo.json")).toBe(on.base);
    expect(liveRestore(envelope, "undo.keep.json")).toBe(true);
    expect(liveRestore(envelope, "undo.release.json")).toBe(false);
    expect(fileIn(envelopeOf(), "undo.json")).toBeUndefined();
  });
});

describe("the digest of what only a start of dockerd puts in effect", () => {
  const digest = (daemon: DaemonSettings, on = baselineFrom("")): string =>
    envelopeOf(desiredHost({ daemon }), on).settings["restart"] ?? "";

  test.each<[string, DaemonSettings, Baseline]>([
    ["a key that is read at the start", { mtu: 1400 }, baselineFrom("")],
    ["a foreign one", {}, baselineFrom('{"mtu": 1400}')],
    ["one that is not known", { "brand-new": 1 }, baselineFrom("")],
  ])("is another one for another value of %s", (_case, daemon, on) => {
    expect(digest(daemon, on)).not.toBe(digest({}));
  });

  test("is another one for another port", () => {
    const moved = desiredHost({ daemon: {}, listener: tlsListener({ port: 2377 }) });
    expect(envelopeOf(moved).settings["restart"]).not.toBe(digest({}));
  });

  test("is the same for keys that a reload takes up, and however often a machine is repaired", () => {
    expect(digest({ debug: true, labels: ["a=b"], "live-restore": false })).toBe(digest({}));
    const repaired = { id: "a token", effect: "restart", from: "" } as const;
    expect(
      envelopeOf(desiredHost({ daemon: {} }), baselineFrom(""), repaired).settings["restart"],
    ).toBe(digest({}));
    fc.assert(
      fc.property(fc.shuffledSubarray(["mtu", "bip", "dns"], { minLength: 3 }), (keys) => {
        const daemon: DaemonSettings = { mtu: 1400, bip: "10.9.0.1/16", dns: ["1.1.1.1"] };
        const again = Object.fromEntries(keys.map((key) => [key, daemon[key] ?? null]));
        expect(digest(again)).toBe(digest(daemon));
      }),
    );
  });
});
