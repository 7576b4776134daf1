// Which stack comes after which, and whether one may begin.
import fc from "fast-check";
import { formatProblem } from "../../../components/model/problem.ts";
import { formatMark, parseMark, type Mark } from "../../../scripts/rollout/mark.ts";
import {
  orderProblem,
  predecessors,
  promotionProblem,
} from "../../../scripts/rollout/promotion.ts";

const order = ["dev", "staging", "prod"];
const release = { id: "abc/1", name: "commit abc", note: "" };
const green: Mark = { state: "green", release: "abc/1", at: "2026-01-02T03:04:05Z" };

test("a stack comes after the one that its file names, otherwise after the one before it", () => {
  const recorded = new Map([["prod", "dev"]]);
  expect([...predecessors(order, recorded)]).toEqual([
    ["dev", undefined],
    ["staging", "dev"],
    ["prod", "dev"],
  ]);
  expect([...predecessors(["prod"], new Map([["prod", "staging"]]))]).toEqual([
    ["prod", "staging"],
  ]);
});

test.each<[string, readonly string[], readonly (readonly [string, string])[], RegExp]>([
  ["a stack twice", ["dev", "prod", "dev"], [], /^stack dev: is named twice; /],
  [
    "against what a file says",
    ["prod", "staging"],
    [["prod", "staging"]],
    /^stack prod: dockertls:rollout\.after: is staging, which is named after it; /,
  ],
  [
    "after itself",
    ["prod"],
    [["prod", "prod"]],
    /^stack prod: dockertls:rollout\.after: names the stack itself; /,
  ],
])("%s is no order", (_what, stacks, recorded, line) => {
  const problem = orderProblem(stacks, new Map(recorded));
  expect(problem === undefined ? "" : formatProblem(problem)).toMatch(line);
});

test("the order given and one that leaves stacks out are orders", () => {
  const recorded = new Map([
    ["staging", "dev"],
    ["prod", "staging"],
  ]);
  expect(orderProblem(order, recorded)).toBeUndefined();
  expect(orderProblem(["prod"], recorded)).toBeUndefined();
});

// proves: rollout.promotion-rule
test("only green at the same commit lets the next one begin", () => {
  const states = fc.constantFrom("green", "begun", "red");
  const marks = fc.option(
    fc.record({
      state: states,
      release: fc.constantFrom("abc/1", "abc+9/1", "abd/1"),
      at: fc.constant(green.at),
    }),
    { nil: undefined },
  );
  fc.assert(
    fc.property(marks, (mark) => {
      const allowed = promotionProblem("prod", "staging", mark, release) === undefined;
      expect(allowed).toBe(mark?.state === "green" && mark.release === "abc/1");
    }),
  );
});

test.each<[Mark | undefined, string]>([
  [undefined, "was never rolled out"],
  [
    { ...green, state: "begun" },
    "has a rollout that did not come to its end (2026-01-02T03:04:05Z)",
  ],
  [{ ...green, state: "red" }, "failed (2026-01-02T03:04:05Z)"],
  [{ ...green, release: "abd/1" }, "is green at another commit (abd/1, and this is abc/1)"],
])("a refusal says what the predecessor is: %j", (mark, words) => {
  const problem = promotionProblem("prod", "staging", mark, release);
  expect(problem === undefined ? "" : formatProblem(problem)).toBe(
    `stack prod: staging, which goes before it, ${words}; nothing of it was begun; ` +
      "run `npm run rollout -- staging prod`, or go without with --skip-promotion",
  );
});

test("a mark survives being a tag; anything else is none", () => {
  expect(parseMark(formatMark(green))).toEqual(green);
  for (const text of [undefined, "", "green", "blue abc/1 now"])
    expect(parseMark(text)).toBeUndefined();
});
