import fc from "fast-check";
import {
  daemonChange,
  restartSettings,
  stickyKeys,
} from "../../../components/model/daemon-json/change.ts";
import { equalJson, type Json } from "../../../components/model/json-value.ts";
import { daemonKeys } from "../../../components/model/daemon-json/key-table.ts";
import type { DaemonSettings } from "../../../components/model/daemon-json/keys.ts";

const atStart = "dockerd reads it only when it starts";
const takenOut = "taken out, dockerd keeps the old value until it starts anew";

test.each<[string, DaemonSettings, DaemonSettings, object]>([
  ["nothing at all", {}, {}, { effect: "nothing" }],
  [
    "the same, in another order",
    { "log-opts": { a: "1", b: "2" } },
    { "log-opts": { b: "2", a: "1" } },
    { effect: "nothing" },
  ],
  ["a reloadable key, new", {}, { debug: true }, { effect: "reload", keys: ["debug"] }],
  [
    "a reloadable key, changed",
    { labels: ["a=b"] },
    { labels: ["a=c"] },
    { effect: "reload", keys: ["labels"] },
  ],
  [
    "a sticky key, emptied: that is a value",
    { "registry-mirrors": ["https://m"] },
    { "registry-mirrors": [] },
    { effect: "reload", keys: ["registry-mirrors"] },
  ],
  [
    "a sticky key, taken out",
    { "registry-mirrors": ["https://m"] },
    {},
    { effect: "restart", reasons: [`registry-mirrors: ${takenOut}`] },
  ],
  [
    "a sticky key set to what dockerd passes over",
    { "default-runtime": "kata" },
    { "default-runtime": "" },
    { effect: "restart", reasons: [`default-runtime: ${takenOut}`] },
  ],
  [
    "a key that goes back by itself, taken out",
    { "max-concurrent-downloads": 6 },
    {},
    { effect: "reload", keys: ["max-concurrent-downloads"] },
  ],
  [
    "a key that dockerd reads at its start",
    {},
    { bip: "10.9.0.1/16" },
    { effect: "restart", reasons: [`bip: ${atStart}`] },
  ],
  [
    "features: re-read, but not acted on",
    {},
    { features: { "containerd-snapshotter": true } },
    { effect: "restart", reasons: [`features: ${atStart}`] },
  ],
  [
    "where dockerd listens",
    { hosts: [] },
    { hosts: ["unix:///x"] },
    { effect: "restart", reasons: ["hosts: dockerd opens its listeners only when it starts"] },
  ],
  [
    "TLS",
    { tlscacert: "/a" },
    { tlscacert: "/b" },
    { effect: "restart", reasons: ["tlscacert: dockerd opens its listeners only when it starts"] },
  ],
  [
    "a key that is not known",
    {},
    { "brand-new": 1 },
    { effect: "restart", reasons: ["brand-new: what dockerd does with it is not known here"] },
  ],
  [
    "a reload beside a restart",
    { debug: true },
    { debug: false, mtu: 1400 },
    { effect: "restart", reasons: [`mtu: ${atStart}`] },
  ],
])("%s", (_case, before, after, change) => {
  expect(daemonChange(before, after)).toEqual(change);
});

describe("whatever the settings", () => {
  const key = fc.constantFrom(
    ...Object.keys(daemonKeys),
    "hosts",
    "tlskey",
    "brand-new",
    "toString",
  );
  const value: fc.Arbitrary<Json> = fc.oneof(
    fc.boolean(),
    fc.integer(),
    fc.string(),
    fc.array(fc.string(), { maxLength: 2 }),
    fc.dictionary(fc.string(), fc.string(), { maxKeys: 2 }),
  );
  const settings: fc.Arbitrary<DaemonSettings> = fc.dictionary(key, value, { maxKeys: 6 });
  const rank = { nothing: 0, reload: 1, restart: 2 };

  test("nothing is what equals need, and only they", () => {
    fc.assert(
      fc.property(settings, settings, (one, other) => {
        expect(daemonChange(one, structuredClone(one))).toEqual({ effect: "nothing" });
        const equal = JSON.stringify(sorted(one)) === JSON.stringify(sorted(other));
        expect(daemonChange(one, other).effect === "nothing").toBe(equal);
      }),
    );
  });

  test("a whole change needs what its hardest part needs, and says no value", () => {
    fc.assert(
      fc.property(settings, settings, (before, after) => {
        const whole = daemonChange(before, after);
        const parts = [...new Set([...Object.keys(before), ...Object.keys(after)])].map((name) =>
          daemonChange(only(before, name), only(after, name)),
        );
        expect(rank[whole.effect]).toBe(Math.max(0, ...parts.map(({ effect }) => rank[effect])));
        if (whole.effect === "reload") {
          expect(whole.keys).toEqual(
            [...whole.keys].filter((name) => daemonKeys[name]?.effect === "reload").sort(),
          );
        }
      }),
    );
  });

  test("a key that only reloads is either there afterwards, or was not sticky", () => {
    fc.assert(
      fc.property(settings, settings, (before, after) => {
        const change = daemonChange(before, after);
        if (change.effect !== "reload") return;
        for (const name of change.keys) {
          expect(Object.hasOwn(after, name) || daemonKeys[name]?.sticky === false).toBe(true);
        }
      }),
    );
  });

  test("the machine, which compares a digest and names, comes to the same", () => {
    fc.assert(
      fc.property(settings, settings, (before, after) => {
        const sameStart = equalJson(restartSettings(before), restartSettings(after));
        const kept = stickyKeys(before).every((name) => stickyKeys(after).includes(name));
        // A sticky key that says nothing, and goes, is a restart here to be sure.
        const restarts = daemonChange(before, after).effect === "restart";
        if (!(sameStart && kept)) expect(restarts).toBe(true);
        if (restarts && sameStart && kept) {
          const said = (all: DaemonSettings, name: string): boolean =>
            Object.hasOwn(all, name) && daemonKeys[name]?.sticky === true;
          expect(
            [...Object.keys(before), ...Object.keys(after)].some(
              (name) => said(before, name) || said(after, name),
            ),
          ).toBe(true);
        }
      }),
    );
  });

  function only(all: DaemonSettings, name: string): DaemonSettings {
    const found = Object.hasOwn(all, name) ? all[name] : undefined;
    return found === undefined ? {} : { [name]: found };
  }
});

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1));
  // Not as an array: one without entries is another value than a list without any.
  return { entries: entries.map(([name, inner]) => [name, sorted(inner)]) };
}
