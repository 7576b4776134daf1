// Maps that a stack and a machine's owner share, member by member.
import fc from "fast-check";
import { applyEdits, modify } from "jsonc-parser";
import { exactValue, textAt } from "../../../components/model/daemon-json/json-text.ts";
import type { DaemonSettings } from "../../../components/model/daemon-json/keys.ts";
import {
  leavesOf,
  patchOfBoth,
  pathsBeside,
  readRecordedPath,
  recordedPath,
  valueAt,
  type Path,
} from "../../../components/model/daemon-json/members.ts";
import {
  jsonProblem,
  mergeSettings,
  readSettings,
  withoutManaged,
} from "../../../components/model/daemon-json/merge.ts";
import { isMap, type Json } from "../../../components/model/json-value.ts";

// Few names, so that what is ours and what is foreign meet often.
const optional: { requiredKeys: [] } = { requiredKeys: [] };
const text = fc.constantFrom("1m", "x", "", "é\\");
const names = fc.constantFrom("a", "b", "c.d", "e f/%");

type Shape = (leaf: (value: fc.Arbitrary<Json>) => fc.Arbitrary<Json>) => fc.Arbitrary<Json>;

const features: Shape = (leaf) => fc.dictionary(names, leaf(fc.boolean()), { maxKeys: 3 });
const logOpts: Shape = (leaf) => fc.dictionary(names, leaf(text), { maxKeys: 3 });
const builder: Shape = (leaf) =>
  fc.record(
    {
      gc: leaf(
        fc.record(
          {
            enabled: leaf(fc.boolean()),
            policy: leaf(fc.array(fc.record({ all: fc.boolean() }), { maxLength: 2 })),
            defaultKeepStorage: leaf(text),
          },
          optional,
        ),
      ),
      history: leaf(fc.record({ maxEntries: leaf(fc.nat(9)) }, optional)),
    },
    optional,
  );
const ulimits: Shape = (leaf) =>
  fc.dictionary(
    names,
    leaf(fc.record({ Hard: leaf(fc.nat(9)), Soft: leaf(fc.nat(9)) }, optional)),
    { maxKeys: 2 },
  );

function settingsOf(leaf: Parameters<Shape>[0]): fc.Arbitrary<DaemonSettings> {
  return fc.record(
    {
      features: leaf(features(leaf)),
      "log-opts": leaf(logOpts(leaf)),
      builder: leaf(builder(leaf)),
      "default-ulimits": leaf(ulimits(leaf)),
      labels: leaf(fc.array(text, { maxLength: 2 })),
      debug: leaf(fc.boolean()),
    },
    optional,
  );
}

const plain = settingsOf((value) => value);

/** With null here and there, and maps that are replaced whole. */
const patch = settingsOf((value) =>
  fc
    .tuple(value, fc.integer({ min: 0, max: 9 }))
    .map(([inner, kind]) =>
      kind === 0 ? null : kind === 1 && isMap(inner) ? { ...inner, "*": null } : inner,
    ),
);

const layout = fc.record({
  indent: fc.constantFrom(undefined, 1, 2, 4, "\t"),
  eol: fc.constantFrom("\n", "\r\n"),
  colon: fc.constantFrom('":', '" :  '),
  tail: fc.constantFrom("", "\n", " \n"),
});

/** A daemon.json as people write them. */
const base = fc
  .tuple(plain, fc.dictionary(fc.constantFrom("mtu", "ключ"), fc.nat(9)), layout)
  .map(([shared, foreign, { indent, eol, colon, tail }]) =>
    `${JSON.stringify({ ...foreign, ...shared }, undefined, indent).replaceAll('":', colon)}${tail}`.replaceAll(
      "\n",
      eol,
    ),
  );

const pathsOf = (daemon: DaemonSettings): Path[] => leavesOf(daemon).map(({ path }) => path);

/** Maps with nothing in them say nothing. */
function meant(value: Json | DaemonSettings): Json {
  if (!isMap(value)) return value;
  const kept = Object.entries(value as Record<string, Json>)
    .map(([name, inner]): [string, Json] => [name, meant(inner)])
    .filter(([, inner]) => !isMap(inner) || Object.keys(inner).length > 0);
  return Object.fromEntries(kept);
}

test("a merge holds what the stack says, and every foreign member in value and in text", () => {
  fc.assert(
    fc.property(base, patch, (before, ours) => {
      const merged = mergeSettings(before, ours);
      expect(jsonProblem(merged)).toBeUndefined();
      for (const { path, value } of leavesOf(ours)) {
        expect(valueAt(readSettings(merged), path)).toEqual(value);
      }
      for (const path of pathsBeside(readSettings(before), pathsOf(ours))) {
        expect(textAt(merged, path)).toBe(textAt(before, path));
      }
      expect(mergeSettings(merged, ours)).toBe(merged);
    }),
  );
});

test("taking ours out of a merge gives back the original, byte for byte", () => {
  fc.assert(
    fc.property(base, patch, (before, ours) => {
      expect(withoutManaged(mergeSettings(before, ours), before, pathsOf(ours))).toBe(before);
    }),
  );
});

test("where nothing foreign stays in a map, the text is that of the versions that replaced maps whole", () => {
  const whole = (text_: string, ours: DaemonSettings): string =>
    mergeSettings(
      text_,
      Object.fromEntries(
        Object.entries(ours).map(([key, value]) => [
          key,
          isMap(value) ? { ...value, "*": null } : value,
        ]),
      ),
    );
  fc.assert(
    fc.property(base, plain, (before, ours) => {
      const foreign = pathsBeside(readSettings(before), pathsOf(ours));
      fc.pre(foreign.every(({ length }) => length === 1));
      // An empty map asks for nothing: only here it differs from one that is replaced by nothing.
      fc.pre(Object.values(ours).every((value) => !isMap(value) || Object.keys(value).length > 0));
      const merged = mergeSettings(before, ours);
      const replaced = whole(before, ours);
      if (exactValue(merged) === exactValue(replaced)) expect(merged).toBe(replaced);
    }),
  );
});

test("two patches in one do what they do one after the other", () => {
  fc.assert(
    fc.property(base, patch, patch, (before, first, second) => {
      const both = mergeSettings(before, patchOfBoth(first, second));
      const inTurn = mergeSettings(mergeSettings(before, first), second);
      expect(meant(readSettings(both))).toEqual(meant(readSettings(inTurn)));
    }),
  );
});

test("a path is read from a record as it was written there, in one word", () => {
  const path = fc.array(fc.string({ unit: "grapheme" }), { minLength: 1, maxLength: 3 });
  fc.assert(
    fc.property(path, (one) => {
      const text_ = recordedPath(one);
      expect(text_).toMatch(/^[!-~]*$/);
      expect(readRecordedPath(text_)).toEqual(one);
    }),
  );
});

describe("what the owner of a machine changes while it is ours", () => {
  /** Adds a member or a key, or takes one out, by an edit of the text. */
  interface Edit {
    readonly path: Path;
    readonly value: Json | undefined;
  }
  const edit: fc.Arbitrary<Edit> = fc.oneof(
    fc.record({
      path: fc.tuple(fc.constant("features"), names),
      value: fc.option(fc.boolean(), { nil: undefined }),
    }),
    fc.record({
      path: fc.constant(["builder", "gc", "enabled"]),
      value: fc.option(fc.boolean(), { nil: undefined }),
    }),
    fc.record({
      path: fc.constantFrom(["mtu"], ["debug"], ["labels"]),
      value: fc.option(fc.nat(9), { nil: undefined }),
    }),
    fc.record({
      path: fc.constantFrom(["features"], ["builder"], ["log-opts"]),
      value: fc.constant(undefined),
    }),
  );
  const edited = (before: string, { path, value }: Edit): string => {
    if (value === undefined && valueAt(readSettings(before), path) === undefined) return before;
    return applyEdits(
      before,
      modify(before === "" ? "{}" : before, [...path], value, {
        formattingOptions: { insertSpaces: true, tabSize: 3 },
      }),
    );
  };
  const isWithin = (path: Path, outer: Path): boolean =>
    outer.every((name, at) => path[at] === name);

  /** The same edits on a machine that never was ours, but for what an edit of ours would have been. */
  function alone(before: string, { path, value }: Edit, managed: readonly Path[]): string {
    if (managed.some((ours) => isWithin(path, ours))) return before;
    const kept = managed.filter((ours) => isWithin(ours, path));
    const after = edited(before, { path, value });
    return kept.reduce((text_, ours) => {
      const own = valueAt(readSettings(before), ours);
      return own === undefined ? text_ : edited(text_, { path: ours, value: own });
    }, after);
  }

  type Step = { readonly edits: readonly Edit[] } | { readonly up: DaemonSettings };
  const step: fc.Arbitrary<Step> = fc.oneof(
    fc.record({ edits: fc.array(edit, { maxLength: 3 }) }),
    fc.record({ up: patch }),
  );

  test("is what comes back, additions and removals alike", () => {
    fc.assert(
      fc.property(base, fc.array(step, { maxLength: 6 }), (original, steps) => {
        let [file, expected, known, managed] = [original, original, original, [] as Path[]];
        for (const one of steps) {
          if ("up" in one) {
            known = withoutManaged(file, known, managed);
            file = mergeSettings(known, one.up);
            managed = pathsOf(one.up).map(recordedPath).map(readRecordedPath);
          } else {
            for (const change of one.edits) {
              expected = alone(expected, change, managed);
              file = edited(file, change);
            }
          }
        }
        const back = withoutManaged(file, known, managed);
        expect(meant(readSettings(back))).toEqual(meant(readSettings(expected)));
      }),
      { numRuns: 500 },
    );
  });
});
