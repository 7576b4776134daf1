import fc from "fast-check";
import { parseTree, type Node } from "jsonc-parser";
import {
  jsonProblem,
  mergeSettings,
  readSettings,
  withoutManaged,
} from "../../../components/model/daemon-json/merge.ts";
import { leavesOf } from "../../../components/model/daemon-json/members.ts";
import { canonical, equalJson, type Json } from "../../../components/model/json-value.ts";
import type { DaemonSettings } from "../../../components/model/daemon-json/keys.ts";

// Keys whose values are taken whole; members.property.test.ts has the maps. Few, so that what is ours and what is foreign meet often.
const keys = ["debug", "hosts", "labels", "dns", "mtu", "registry-mirrors", "ключ", 'a"b\\c'];
const value = fc
  .json({ maxDepth: 2 })
  .filter((json) => !json.includes("__proto__") && json !== "null")
  .map((json) => JSON.parse(json) as Json);
const settings: fc.Arbitrary<DaemonSettings> = fc.dictionary(fc.constantFrom(...keys), value, {
  maxKeys: 6,
});

/** A daemon.json as people write them: any indentation, either line end, or nothing at all. */
const base = fc
  .record({
    content: settings,
    indent: fc.constantFrom(undefined, 1, 2, 4, "\t"),
    eol: fc.constantFrom("\n", "\r\n"),
    tail: fc.constantFrom("", "\n", "\n\n", " "),
    blank: fc.integer({ min: 0, max: 9 }),
  })
  .map(({ content, indent, eol, tail, blank }) =>
    blank === 0
      ? tail
      : `${JSON.stringify(content, undefined, indent)}${tail}`.replaceAll("\n", eol),
  );

const pathsOf = (daemon: DaemonSettings) => leavesOf(daemon).map(({ path }) => path);

/** The text of each top-level value, by key. */
function textOf(json: string): Map<string, string> {
  const properties = parseTree(json)?.children ?? [];
  return new Map(
    properties.map(({ children: [key, inner] = [] }: Node) => [
      String(key?.value),
      json.slice(inner?.offset ?? 0, (inner?.offset ?? 0) + (inner?.length ?? 0)),
    ]),
  );
}

test("a merged text is JSON that holds our settings, and every foreign key in value and in text", () => {
  fc.assert(
    fc.property(base, settings, (text, ours) => {
      const merged = mergeSettings(text, ours);
      expect(jsonProblem(merged)).toBeUndefined();
      expect(JSON.parse(merged)).toEqual({ ...readSettings(text), ...ours });
      const after = textOf(merged);
      for (const [key, written] of textOf(text)) {
        const kept = !Object.hasOwn(ours, key) || equalJson(ours[key], readSettings(text)[key]);
        if (kept) expect(after.get(key)).toBe(written);
      }
    }),
  );
});

test("merging twice is merging once, and what holds the settings comes back byte for byte", () => {
  fc.assert(
    fc.property(base, settings, (text, ours) => {
      const once = mergeSettings(text, ours);
      expect(mergeSettings(once, ours)).toBe(once);
    }),
  );
});

test("the order in which settings come changes nothing, not a byte", () => {
  // The program and the plugin each compute the text; a difference would be drift for ever.
  const reversed = (json: Json): Json =>
    typeof json === "object" && json !== null && !Array.isArray(json)
      ? Object.fromEntries(
          Object.entries(json)
            .reverse()
            .map(([key, inner]) => [key, reversed(inner)]),
        )
      : json;
  fc.assert(
    fc.property(base, settings, (text, ours) => {
      const other = reversed(ours) as DaemonSettings;
      expect(mergeSettings(text, other)).toBe(mergeSettings(text, ours));
    }),
  );
});

test("taking ours out of a merge gives back the settings that the base had", () => {
  fc.assert(
    fc.property(base, settings, (text, ours) => {
      const back = withoutManaged(mergeSettings(text, ours), text, pathsOf(ours));
      expect(jsonProblem(back)).toBeUndefined();
      expect(readSettings(back)).toEqual(readSettings(text));
    }),
  );
});

test("what someone else changed meanwhile survives taking ours out", () => {
  fc.assert(
    fc.property(base, settings, value, (text, ours, theirs) => {
      const edited = mergeSettings(mergeSettings(text, ours), { theirs });
      const back = withoutManaged(edited, text, pathsOf(ours));
      expect(readSettings(back)).toEqual({ ...readSettings(text), theirs });
    }),
  );
});

test("canonical text is the same whatever the order of keys, and parses to the same value", () => {
  fc.assert(
    fc.property(settings, (one) => {
      const reversed = Object.fromEntries(Object.entries(one).reverse());
      expect(canonical(reversed)).toBe(canonical(one));
      expect(JSON.parse(canonical(one))).toEqual(one);
    }),
  );
});
