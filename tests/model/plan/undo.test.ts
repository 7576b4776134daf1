// What its owner changes in a machine's daemon.json while it is ours is what comes back.
import fc from "fast-check";
import { applyEdits, modify } from "jsonc-parser";
import type { DaemonSettings } from "../../../components/model/daemon-json/keys.ts";
import {
  leavesOf,
  readRecordedPath,
  valueAt,
  type Path,
} from "../../../components/model/daemon-json/members.ts";
import { readSettings } from "../../../components/model/daemon-json/merge.ts";
import { sha256 } from "../../../components/model/digest.ts";
import type { Envelope } from "../../../components/model/envelope.ts";
import type { Json } from "../../../components/model/json-value.ts";
import { convergeEnvelope } from "../../../components/model/plan/converge-envelope.ts";
import { noRepair } from "../../../components/model/plan/repair.ts";
import { undoRevision } from "../../../components/model/plan/undo.ts";
import { checkPreconditions } from "../../../components/model/preconditions/preconditions.ts";
import {
  convergedMachine,
  desiredHost,
  factsOf,
  freshMachine,
  tlsFiles,
  type Values,
} from "../../support/machine-answer.ts";

const content = ({ files }: Envelope, name: string): string | undefined =>
  files.find((file) => file.name === name)?.content;

/** A machine's daemon.json, and what the machine remembers of it: remote/record.sh and remote/remove.sh. */
class Machine {
  text: string | undefined;
  #original: string | undefined;
  #last: { readonly envelope: Envelope; readonly daemon: DaemonSettings } | undefined;

  constructor(text: string | undefined) {
    this.text = text;
  }

  /** Kept before the first touch. */
  get original(): string | undefined {
    return this.#original;
  }

  get managed(): Path[] {
    const settings = this.#last?.envelope.settings["managed"] ?? "";
    return settings.split(" ").map(readRecordedPath);
  }

  up(daemon: DaemonSettings): void {
    const desired = desiredHost({ daemon });
    if (this.#last === undefined) this.#original = this.text;
    const baseline = checkPreconditions(factsOf(this.#values(daemon)), desired);
    if ("where" in baseline) throw new Error(baseline.what);
    const envelope = convergeEnvelope(desired, baseline, tlsFiles, noRepair);
    this.#last = { envelope, daemon };
    this.text = content(envelope, "daemon.json");
  }

  destroy(): void {
    if (this.#last === undefined) return;
    const { envelope, daemon } = this.#last;
    const revision = undoRevision(factsOf(this.#values(daemon)), "1000");
    this.text = content(revision ?? envelope, "undo.json") ?? this.#original;
    this.#last = undefined;
  }

  #values(daemon: DaemonSettings): Values {
    const found = {
      daemon_json_kind: this.text === undefined ? "absent\n" : "file\n",
      daemon_json: this.text ?? "",
      original_daemon_json: this.#original ?? "",
      // dockerd runs on whatever it holds.
      ...{ daemon_json_time: "1\n", dockerd_start: "2\n" },
    };
    if (this.#last === undefined) return freshMachine(found);
    const { envelope } = this.#last;
    const { owner, managed, base_sha } = envelope.settings;
    const written = sha256(content(envelope, "daemon.json") ?? "");
    return convergedMachine(desiredHost({ daemon }), "", {
      ...found,
      record: `owner=${owner}\ndaemon_json=${written}\nbase_sha=${base_sha}\nmanaged=${managed}\n`,
      base: content(envelope, "base.json"),
      current: content(envelope, "current.json"),
    });
  }
}

interface Edit {
  readonly path: Path;
  readonly value: Json | undefined;
}

function edited(text: string | undefined, { path, value }: Edit): string | undefined {
  if (value === undefined && valueAt(readSettings(text ?? ""), path) === undefined) return text;
  const formattingOptions = { insertSpaces: true, tabSize: 2 };
  return applyEdits(text ?? "", modify(text ?? "", [...path], value, { formattingOptions }));
}

/** Maps with nothing in them say nothing, and neither does a file. */
const meant = (text: string | undefined): Record<string, Json> =>
  Object.fromEntries(
    Object.entries(readSettings(text ?? "")).filter(([, value]) => JSON.stringify(value) !== "{}"),
  );

test("a key that somebody adds, that an up takes up, and that somebody takes out again", () => {
  const machine = new Machine(undefined);
  machine.up({});
  machine.text = edited(machine.text, { path: ["experimental"], value: true });
  machine.up({});
  machine.text = edited(machine.text, { path: ["experimental"], value: undefined });

  machine.destroy();

  expect(machine.text).toBeUndefined();
});

const features = fc.tuple(fc.constant("features"), fc.constantFrom("a", "b", "c"));
const path: fc.Arbitrary<Path> = fc.oneof(features, fc.constantFrom(["mtu"], ["init"]));
const edit = (value: fc.Arbitrary<Json | undefined>): fc.Arbitrary<Edit> =>
  fc.tuple(path, value, fc.nat(9)).map(([where, flag, number]) => ({
    path: where,
    value: where[0] === "mtu" && flag !== undefined ? number : flag,
  }));
const settings = (value: fc.Arbitrary<Json | undefined>): fc.Arbitrary<string> =>
  fc
    .array(edit(value), { maxLength: 4 })
    .map((edits) => edits.reduce<string | undefined>(edited, undefined) ?? "{}");
const original = fc.option(settings(fc.boolean()), { nil: undefined });
const theirs = edit(fc.option(fc.boolean(), { nil: undefined }));
const step = fc.oneof(
  fc.record({ theirs }),
  fc.record({ ours: settings(fc.boolean()).map(readSettings) }),
);

test("whatever is changed between any ups and a destroy", () => {
  fc.assert(
    fc.property(original, fc.array(step, { maxLength: 8 }), (before, steps) => {
      const machine = new Machine(before);
      let expected = before;
      for (const one of steps) {
        if ("ours" in one) {
          machine.up(one.ours);
        } else {
          const { theirs: change } = one;
          const isOurs = machine.managed.some(
            (ours) => ours.join() === change.path.join() || ours.join() === change.path[0],
          );
          if (!isOurs) expected = edited(expected, change);
          machine.text = edited(machine.text, change);
        }
      }

      machine.destroy();

      expect(meant(machine.text)).toEqual(meant(expected));
      // To the byte, where nothing but what is ours was changed since the first up.
      if (expected === machine.original) expect(machine.text).toBe(expected);
    }),
    { numRuns: 300 },
  );
});

describe("is told to the machine only", () => {
  const desired = desiredHost({ daemon: { mtu: 1400 } });
  const machine = (changes: Values = {}): Values =>
    convergedMachine(desired, '{"ipv6": true}', changes);
  const written = String(machine()["daemon_json"]);
  const revisionOf = (values: Values) => undoRevision(factsOf(values), "7");

  test("where somebody has changed the file since", () => {
    expect(revisionOf(machine())).toBeUndefined();
    const text = written.replace('"ipv6": true', '"ipv6": false');
    expect(revisionOf(machine({ daemon_json: text }))).toMatchObject({
      settings: { owner: "dockertls/dev/b1", claim: "7", base_sha: sha256(text) },
      files: [{ name: "undo.json", content: '{"ipv6": false}' }, {}, {}],
    });
    // Ours is none of theirs, whatever they make of it.
    const ours = written.replace('"mtu": 1400', '"mtu": 9000');
    expect(revisionOf(machine({ daemon_json: ours }))?.files).toEqual([]);
  });

  test.each<[string, Values]>([
    ["a machine that is not converged", { record: undefined }],
    ["a run that was interrupted", { pending: "owner=x\n" }],
    ["no daemon.json", { daemon_json_kind: "absent\n", daemon_json: "" }],
    ["a daemon.json that is none", { daemon_json: "{" }],
  ])("not for %s", (_what, changes) => {
    expect(revisionOf(machine(changes))).toBeUndefined();
  });
});

test("the paths of a patch are those that a record holds", () => {
  const machine = new Machine("{}");
  const daemon = { features: { a: true }, mtu: 1400 };
  machine.up(daemon);
  expect(machine.managed).toEqual(
    expect.arrayContaining(leavesOf(daemon).map(({ path: one }) => [...one])),
  );
});
