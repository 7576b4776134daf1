import fc from "fast-check";
import { readSettings } from "../../components/model/daemon-json.ts";
import { convergeEnvelope } from "../../components/model/converge-envelope.ts";
import type { DesiredHost } from "../../components/model/desired.ts";
import type { Envelope } from "../../components/model/envelope.ts";
import type { Groundwork } from "../../components/model/groundwork.ts";
import { dropIn } from "../../components/model/unit.ts";
import {
  desiredHost,
  ground,
  tlsFiles,
  tlsListener,
  vendorCommand,
} from "../support/machine-answer.ts";

const marked = { ...tlsFiles, key: "-----THE KEY-----\n" };

function envelopeOf(
  desired: DesiredHost = desiredHost(),
  on: Groundwork = ground(""),
  repair = "",
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
    take_over: "false",
    api: "mutual-tls",
    ca_path: "/opt/docker-ssl/ca.pem",
    cert_path: "/opt/docker-ssl/cert.pem",
    key_path: "/opt/docker-ssl/key.pem",
    socket: "/var/run/docker.sock",
    port: "2376",
    base_sha: "absent",
    live_restore: "true",
    current_live_restore: "false",
    repair: "",
  });
  expect(envelope.settings["config"]).toMatch(/^[0-9a-f]{64}$/);
  expect(envelope.settings["restart"]).toMatch(/^[0-9a-f]{64}$/);
  expect(envelope.files.map(({ name, mode }) => `${name} ${mode}`)).toEqual([
    "ca.pem 0444",
    "cert.pem 0444",
    "key.pem 0400",
    "daemon.json 0644",
    "dropin.conf 0644",
    "base.json 0600",
    "current.json 0600",
    "current.keep.json 0600",
    "current.release.json 0600",
  ]);
  expect(fileIn(envelope, "dropin.conf")).toBe(dropIn(vendorCommand, tlsListener()));
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
    const on = ground('{"live-restore": true}');
    const names = envelopeOf(desiredHost(), on).files.map(({ name }) => name);
    expect(names.filter((name) => /keep|release/.test(name))).toEqual([]);
  });

  test("none out of a dockerd that has live-restore as a flag: it would not start on both", () => {
    const on = { ...ground('{"mtu": 1400}'), execStart: `${vendorCommand} --live-restore` };
    const { settings, files } = envelopeOf(desiredHost(), { ...on, edited: true });
    expect(files.filter(({ name }) => /keep|release/.test(name))).toEqual([]);
    expect(settings).toMatchObject({ current_live_restore: "true", undo_live_restore: "true" });
    expect(fileIn({ settings, files }, "dropin.conf")).not.toContain("--live-restore");
  });

  test("out of what the machine has now, which may not be what the merge started from", () => {
    const on = { ...ground('{"mtu": 1400}'), current: '{"mtu": 9000, "live-restore": false}' };
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
    const on = { ...ground('{"mtu": 1400}'), edited: true };
    const envelope = envelopeOf(desiredHost(), on);
    expect(envelope.settings["undo_live_restore"]).toBe("false");
    expect(fileIn(envelope, "undo.json")).toBe(on.base);
    expect(liveRestore(envelope, "undo.keep.json")).toBe(true);
    expect(liveRestore(envelope, "undo.release.json")).toBe(false);
    expect(fileIn(envelopeOf(), "undo.json")).toBeUndefined();
  });
});

describe("the digest of the desired state", () => {
  const digest = (desired: DesiredHost, on = ground(""), repair = ""): string =>
    envelopeOf(desired, on, repair).settings["config"] ?? "";
  const usual = desiredHost();
  const otherKey = { ca: "", cert: "", ...usual.tlsFiles, key: "0".repeat(64) };

  test.each<[string, DesiredHost, Groundwork]>([
    ["a daemon key", desiredHost({ daemon: { mtu: 1400 } }), ground("")],
    ["the port", desiredHost({ listener: tlsListener({ port: 2377 }) }), ground("")],
    ["the directory", desiredHost({ listener: tlsListener({}, "/x") }), ground("")],
    ["a TLS file", desiredHost({ tlsFiles: otherKey }), ground("")],
    ["a foreign key of daemon.json", usual, ground('{"mtu": 1400}')],
    ["the vendor's command", usual, { ...ground(""), execStart: "/usr/bin/dockerd --debug" }],
  ])("another one for another value of %s", (_case, desired, on) => {
    expect(digest(desired, on)).not.toBe(digest(usual));
  });

  test("the same one for the same state, however often a machine is repaired", () => {
    expect(digest(desiredHost(), ground(""), "a token")).toBe(digest(usual));
    const seenAgain = { ...ground(""), current: "{}", baseSha: "0".repeat(64) };
    expect(digest(usual, seenAgain)).toBe(digest(usual));
    fc.assert(
      fc.property(fc.shuffledSubarray(["mtu", "bip", "debug"], { minLength: 3 }), (keys) => {
        const daemon = { mtu: 1400, bip: "10.9.0.1/16", debug: true };
        const again = Object.fromEntries(keys.map((key) => [key, Reflect.get(daemon, key)]));
        expect(digest(desiredHost({ daemon: again }))).toBe(digest(desiredHost({ daemon })));
      }),
    );
  });
});
