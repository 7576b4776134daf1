import fc from "fast-check";
import { plannedWaves } from "../../../components/model/configuration/waves.ts";

/** The waves of these hosts, by their names. */
const plannedNames = (hosts: readonly string[], rollout: Parameters<typeof plannedWaves>[1]) =>
  plannedWaves(
    hosts.map((name) => ({ name })),
    rollout,
  ).map((wave) => wave.map(({ name }) => name));

const named = (count: number): string[] => Array.from({ length: count }, (_, at) => `b${at + 1}`);

test.each<[number, readonly (number | string)[] | undefined, readonly string[], string[][]]>([
  [1, undefined, [], [["b1"]]],
  [3, undefined, [], [["b1", "b2", "b3"]]],
  [4, undefined, [], [["b1"], ["b2", "b3", "b4"]]],
  [3, undefined, ["b2"], [["b2"], ["b1", "b3"]]],
  [
    4,
    undefined,
    ["b4", "b2"],
    [
      ["b2", "b4"],
      ["b1", "b3"],
    ],
  ],
  [4, [1], [], [["b1"], ["b2"], ["b3"], ["b4"]]],
  [7, [1, "20%", "100%"], [], [["b1"], ["b2", "b3"], ["b4", "b5", "b6", "b7"]]],
  [5, [2, 1], ["b5"], [["b5", "b1"], ["b2"], ["b3"], ["b4"]]],
  [4, ["1%"], ["b2", "b1"], [["b1", "b2"], ["b3"], ["b4"]]],
  [3, ["100%"], [], [["b1", "b2", "b3"]]],
  [2, [50], [], [["b1", "b2"]]],
  [0, undefined, [], []],
])("%i machines, sizes %j, canaries %j", (count, waves, canaries, expected) => {
  expect(plannedNames(named(count), { waves: waves?.slice(), canaries: [...canaries] })).toEqual(
    expected,
  );
});

const size = fc.oneof(
  fc.integer({ min: 1, max: 40 }),
  fc.integer({ min: 1, max: 100 }).map((percent) => `${percent}%`),
);
const plan = fc.record({
  count: fc.integer({ min: 0, max: 100 }),
  waves: fc.option(fc.array(size, { minLength: 1, maxLength: 5 }), { nil: undefined }),
  canaries: fc.uniqueArray(
    fc.integer({ min: 1, max: 120 }).map((at) => `b${at}`),
    { maxLength: 6 },
  ),
});

test("every machine is in one wave, canaries in the first, the others in their order", () => {
  fc.assert(
    fc.property(plan, ({ count, waves, canaries }) => {
      const hosts = named(count);
      const planned = plannedNames(hosts, { waves, canaries });
      const [first = []] = planned;
      const known = hosts.filter((host) => canaries.includes(host));
      expect(planned.flat().toSorted()).toEqual(hosts.toSorted());
      expect(planned.every((wave) => wave.length > 0)).toBe(true);
      expect(first.slice(0, known.length)).toEqual(known);
      const others = planned.flat().filter((host) => !known.includes(host));
      expect(others).toEqual(hosts.filter((host) => !known.includes(host)));
    }),
  );
});

test("no wave but the first is larger than its size, and only the last of all is smaller", () => {
  fc.assert(
    fc.property(plan, ({ count, waves, canaries }) => {
      const planned = plannedNames(named(count), { waves, canaries });
      const sizes = (waves ?? [1, "100%"]).map((one) =>
        typeof one === "number" ? one : Math.ceil((Number.parseInt(one) / 100) * count - 1e-9),
      );
      const expected = (at: number): number => sizes[Math.min(at, sizes.length - 1)] ?? 0;
      planned.forEach((wave, at) => {
        if (at === 0) return;
        if (at < planned.length - 1) expect(wave).toHaveLength(expected(at));
        else expect(wave.length).toBeLessThanOrEqual(expected(at));
      });
    }),
  );
});
