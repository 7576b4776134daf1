// Whatever is written in the place of a setting, what a person reads is a line of ours and none of zod's own.
import * as z from "zod";
import { parseConfiguration, type Raw } from "../../../components/model/configuration/parse.ts";
import { formatProblem } from "../../../components/model/problem.ts";
import { stackSchema } from "../../../components/model/configuration/schema.ts";
import { daemonProblems } from "../../../components/model/daemon-json/key-checks.ts";
import type { DaemonSettings } from "../../../components/model/daemon-json/keys.ts";
import { daemonKeys } from "../../../components/model/daemon-json/key-table.ts";
import { machine } from "../../support/stack-configuration.ts";

const wrongValues: readonly unknown[] = [
  ...[null, true, 0, -1, 1.5, 1e300, "", "x y", "200%", "a\nb", "x".repeat(300)],
  ...[[], [null], [-1], ["200%"], [[]], {}, { x: 1 }, { "x y": {} }, { x: { y: 1 } }],
];

/** Every place at which something can be written, lists by their first entry, maps with free names by one of them. */
function placesOf(schema: unknown, place: readonly string[] = []): string[][] {
  if (!(schema instanceof z.ZodType)) return [];
  const here = [[...place]];
  if (schema instanceof z.ZodObject) {
    return [
      ...here,
      ...Object.entries(schema.shape).flatMap(([name, inner]) => placesOf(inner, [...place, name])),
    ];
  }
  if (schema instanceof z.ZodRecord)
    return [...here, ...placesOf(schema.valueType, [...place, "b1"])];
  if (schema instanceof z.ZodArray) return [...here, ...placesOf(schema.element, [...place, "0"])];
  if (schema instanceof z.ZodPipe)
    return [...placesOf(schema.in, place), ...placesOf(schema.out, place)];
  const inner =
    schema instanceof z.ZodOptional ||
    schema instanceof z.ZodDefault ||
    schema instanceof z.ZodPrefault
      ? schema.unwrap()
      : undefined;
  return inner === undefined ? here : placesOf(inner, place);
}

/** A value at a place, below which nothing else is written. */
function put(at: unknown, [name, ...rest]: readonly string[], value: unknown): unknown {
  if (name === undefined) return value;
  if (name === "0") return [put(undefined, rest, value)];
  const map = typeof at === "object" && at !== null ? at : {};
  return { ...map, [name]: put(Reflect.get(map, name), rest, value) };
}

const linesOf = (place: readonly string[], value: unknown): string[] => {
  const [first, ...key] = place;
  // The key table alone: the whole configuration is slow to check, and says the same.
  if (first === "daemon" && key.length > 0) {
    return daemonProblems("dockertls:daemon", put({}, key, value) as DaemonSettings).map(
      formatProblem,
    );
  }
  const given = put({ hosts: { b1: machine() } }, place, value) as Raw;
  const parsed = parseConfiguration(given);
  return "problems" in parsed ? parsed.problems.map(formatProblem) : [];
};

const places = [
  ...new Map(
    [
      ...placesOf(stackSchema).filter((place) => place.length > 0),
      ...Object.entries(daemonKeys).flatMap(([key, { type }]) => placesOf(type, ["daemon", key])),
    ].map((place) => [place.join("."), place]),
  ),
];

test("there are many places, among them those below lists and free names", () => {
  expect(places.length).toBeGreaterThan(150);
  expect(places.map(([name]) => name)).toEqual(
    expect.arrayContaining(["rollout.waves.0", "hosts.b1.ssh.hostKey", "clients.b1.hours"]),
  );
});

test.each(places)("%s", (_name, place) => {
  const lines = wrongValues.flatMap((value) => linesOf(place, value));
  expect(lines.length).toBeGreaterThan(0);
  const ofZod = /\bexpected\b|Invalid|Too (small|big)|Unrecognized|correct it$|undefined|NaN/;
  expect(lines.filter((line) => ofZod.test(line) || line.split("; ").length < 3)).toEqual([]);
});
