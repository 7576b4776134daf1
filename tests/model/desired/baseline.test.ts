import { mergeSettings, readSettings } from "../../../components/model/daemon-json/merge.ts";
import { desiredFiles } from "../../../components/model/desired/desired-files.ts";
import { sha256 } from "../../../components/model/digest.ts";
import { checkPreconditions } from "../../../components/model/preconditions/preconditions.ts";
import type { Baseline } from "../../../components/model/desired/baseline.ts";
import { formatProblem } from "../../../components/model/problem.ts";
import {
  convergedMachine,
  desiredHost,
  factsOf,
  freshMachine,
  baselineFrom,
  recordOf,
  vendorCommand,
  type Values,
} from "../../support/machine-answer.ts";

const desired = desiredHost();

function baselineOfMachine(values: Values): Baseline {
  const result = checkPreconditions(factsOf(values), desired);
  if ("where" in result) throw new Error(formatProblem(result));
  return result;
}

describe("a machine that was never touched", () => {
  test("without daemon.json", () => {
    expect(baselineOfMachine(freshMachine())).toEqual({
      base: "",
      baseSha: "absent",
      current: "",
      edited: false,
      execStart: vendorCommand,
      systemdSocket: "/run/docker.sock",
    });
  });

  test("with one: it is the base as it stands, keys of ours included", () => {
    const text = '{ "debug":true, "tlsverify": false }\n';
    expect(
      baselineOfMachine(freshMachine({ daemon_json_kind: "file\n", daemon_json: text })),
    ).toMatchObject({
      base: text,
      baseSha: sha256(text),
      current: text,
      edited: false,
    });
  });

  test("with an empty one: that is a file, whatever is not in it", () => {
    expect(
      baselineOfMachine(freshMachine({ daemon_json_kind: "file\n", daemon_json: "" })),
    ).toMatchObject({
      base: "",
      baseSha: sha256(""),
    });
  });
});

describe("a converged machine", () => {
  const original = '{\n  "mtu": 1400,\n  "live-restore": false\n}\n';

  test.each(["", original])(
    "is worked on from what the converge before it worked on: %j",
    (base) => {
      // The same look before and after a converge: or the run after it would not be a no-op.
      expect(baselineOfMachine(convergedMachine(desired, base))).toEqual(baselineFrom(base));
    },
  );

  test("a key that the configuration no longer names goes back to what it was", () => {
    const before = desiredHost({ daemon: { mtu: 9000, debug: true } });
    const files = desiredFiles(desired, baselineOfMachine(convergedMachine(before, original)));
    expect(readSettings(files.daemonJson)).toMatchObject({ mtu: 1400 });
    expect(readSettings(files.daemonJson)).not.toHaveProperty("debug");
  });

  test("someone changed it since: their keys are the new base, ours go back to the original", () => {
    const ours = desiredFiles(desired, baselineFrom(original)).daemonJson;
    const text = mergeSettings(ours, { bip: "10.9.0.1/16", tlsverify: false });
    const result = baselineOfMachine(convergedMachine(desired, original, { daemon_json: text }));
    expect(readSettings(result.base)).toEqual({
      mtu: 1400,
      "live-restore": false,
      bip: "10.9.0.1/16",
    });
    expect(result).toMatchObject({ baseSha: sha256(text), current: text, edited: true });
  });

  test.each([
    ["", "no file"],
    ['{ "mtu":1400 ,"hosts":[ "fd://" ] }', "its bytes"],
  ])("someone changed only our keys: %j goes back to %s", (base) => {
    const ours = desiredFiles(desired, baselineFrom(base)).daemonJson;
    const text = mergeSettings(ours, { tlsverify: false, hosts: ["tcp://0.0.0.0:2375"] });
    expect(baselineOfMachine(convergedMachine(desired, base, { daemon_json: text }))).toMatchObject(
      {
        base,
        current: text,
        edited: false,
      },
    );
  });

  test("someone deleted daemon.json: what others had set in it comes from the last merge", () => {
    const gone = { daemon_json_kind: "absent\n", daemon_json: "" };
    // Without it dockerd would start with none of their keys: another data-root, say, and no container.
    expect(baselineOfMachine(convergedMachine(desired, original, gone))).toEqual(
      baselineOfMachine(convergedMachine(desired, original)),
    );
  });

  test("a key that is wanted no more goes back as well, while somebody adds one of theirs", () => {
    const before = desiredHost({ daemon: { labels: ["a=b"], mtu: 9000 } });
    const written = desiredFiles(
      before,
      baselineOfMachine(convergedMachine(before, original)),
    ).daemonJson;
    const text = mergeSettings(written, { debug: true });
    const answer = convergedMachine(before, original, { daemon_json: text });
    const result = checkPreconditions(factsOf(answer), desiredHost({ daemon: {} }));
    if ("where" in result) throw new Error(result.what);
    expect(readSettings(result.base)).toEqual({
      mtu: 1400,
      "live-restore": false,
      debug: true,
    });
  });
});

describe("a converge that was killed", () => {
  const original = '{"mtu": 1400}\n';
  const ours = desiredFiles(desired, baselineFrom(original)).daemonJson;
  const pending = "owner=dockertls/dev/b1\n";

  test("on its first run, between file and restart: it starts from the original again", () => {
    const killed = freshMachine({
      daemon_json_kind: "file\n",
      daemon_json: ours,
      settled_kind: "file\n",
      settled_daemon_json: original,
      original_daemon_json: original,
      pending,
    });
    expect(baselineOfMachine(killed)).toEqual(baselineFrom(original));
  });

  test("on a later run: it starts from what was recorded before", () => {
    const changed = desiredHost({ daemon: { debug: true } });
    const killed = convergedMachine(desired, original, {
      daemon_json: desiredFiles(changed, baselineFrom(original)).daemonJson,
      settled_kind: "file\n",
      settled_daemon_json: ours,
      record: recordOf(desired, ours, original),
      pending,
    });
    expect(baselineOfMachine(killed)).toEqual(baselineFrom(original));
  });
});
